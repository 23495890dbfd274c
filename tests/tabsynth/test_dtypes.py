"""A data frame's types come back, each as far as it holds what was drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from privacy import Column, Kind, Schema, canonical
from tabsynth import Synthesizer
from tabsynth.dtypes import dtypes_of, in_types, sound_dtypes
from tabsynth.source import released_frame


def table(rows: int = 600) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    days = pd.to_timedelta(rng.integers(0, 900, rows), unit="D")
    gaps = rng.random(rows) < 0.1
    whole = rng.integers(0, 90, rows)
    return pd.DataFrame(
        {
            "small": whole.astype("int8"),
            "whole": whole,
            "with gaps": pd.array(np.where(gaps, None, whole), dtype="Int64"),
            "as numpy has gaps": np.where(gaps, np.nan, whole),
            "single": rng.normal(size=rows).astype("float32"),
            "truth": rng.random(rows) < 0.3,
            "text": rng.choice(["a", "b", "c"], rows),
            "string": pd.array(rng.choice(["a", "b"], rows), dtype="string"),
            "day": pd.Timestamp("2020-01-01") + days,
            "moment": pd.Timestamp("2020-01-01", tz="Europe/Berlin") + days,
        }
    )


def test_a_synthesizer_gives_back_the_types_it_learnt_also_from_its_file(tmp_path: Path) -> None:
    learnt = table()
    synthesizer = Synthesizer("tree", random_state=0).fit(learnt)
    drawn = synthesizer.sample(300, random_state=1)
    assert drawn.dtypes.equals(learnt.dtypes)
    assert drawn["moment"].min() >= pd.Timestamp("2020-01-01", tz="Europe/Berlin")
    synthesizer.save(tmp_path / "m.model")
    again = Synthesizer.load(tmp_path / "m.model").sample(300, random_state=1)
    pd.testing.assert_frame_equal(again, drawn)


def test_categories_come_back_as_what_they_stand_for() -> None:
    learnt = table().assign(
        level=pd.Categorical(np.arange(600) % 2 == 0), code=pd.Categorical(np.arange(600) % 3)
    )
    drawn = Synthesizer("tree", random_state=0).fit(learnt).sample(20)
    assert drawn[["level", "code"]].dtypes.map(str).tolist() == ["boolean", "Int64"]


def test_an_empty_column_with_a_time_zone_is_no_hindrance() -> None:
    nothing = pd.Series([pd.NaT] * 600, dtype="datetime64[ns, UTC]")
    drawn = Synthesizer("tree", random_state=0).fit(table().assign(moment=nothing)).sample(20)
    assert drawn["moment"].isna().all()


def test_an_arrow_table_comes_back_in_the_types_of_a_release() -> None:
    learnt = pa.Table.from_pandas(table()[["small", "text"]])
    assert Synthesizer("tree", random_state=0).fit(learnt).sample(20).dtypes.map(str).to_dict() == {
        "small": "Int64",
        "text": "string",
    }


def test_only_words_that_tell_no_value_are_kept() -> None:
    frame = pd.DataFrame(
        {
            "sparse": pd.arrays.SparseArray([7, 7, 1], fill_value=7),
            "interval": pd.arrays.IntervalArray.from_breaks([1, 2, 3, 4]),
            "level": pd.Categorical(["secret", "b", "b"]),
            "day": pd.to_datetime(["2020-01-01"] * 3),
            "far": pd.to_datetime(["2020-01-01"] * 3).tz_localize("America/Port-au-Prince"),
            "file": pd.to_datetime(["2020-01-01"] * 3).tz_localize("dateutil/Europe/Berlin"),
        }
    )
    assert dtypes_of(frame) == {"day": "datetime64[ns]", "far": "datetime64[ns, America/Port-au-Prince]"}
    assert dtypes_of([1, 2]) == {}


DAYS = [0.0, 86_400.5, np.nan]


@pytest.mark.parametrize(
    ("kind", "values", "word", "comes_back"),
    [
        (Kind.NUMERIC, [1.0, 2.0, 3.0], "int8", "int8"),
        (Kind.NUMERIC, [1.0, 300.0, 3.0], "int8", "Int64"),
        (Kind.NUMERIC, [1.0, -2.0, 3.0], "uint16", "Int64"),
        (Kind.NUMERIC, [1.0, np.nan, 3.0], "int64", "Int64"),
        (Kind.NUMERIC, [1.0, np.nan, 3.0], "float64", "float64"),
        (Kind.NUMERIC, [1.0, 2.0, 3.0], "bool", "Int64"),
        (Kind.NUMERIC, [1.0, 2.0, 3.0], "float32", "float32"),
        (Kind.NUMERIC, [1.0, 1e39, 3.0], "float32", "float64"),
        (Kind.NUMERIC, [1.0, 2.0, 3.0], "datetime64[ns, UTC]", "Int64"),
        (Kind.BOOLEAN, ["true", "false", "true"], "bool", "bool"),
        (Kind.BOOLEAN, ["true", None, "true"], "bool", "boolean"),
        (Kind.CATEGORICAL, ["a", None, "b"], "object", "object"),
        (Kind.CATEGORICAL, ["a", None, "b"], "int64", "string"),
        (Kind.CATEGORICAL, ["a", None, "b"], "datetime64[ns, UTC]", "string"),
        (Kind.DATETIME, DAYS, "datetime64[ns]", "datetime64[ns]"),
        (Kind.DATETIME, DAYS, "datetime64[s]", "datetime64[us]"),
        (Kind.DATETIME, [-2e10, 0.0, 0.0], "datetime64[ns]", "datetime64[us]"),
        (Kind.DATETIME, DAYS, "datetime64[us, Asia/Tokyo]", "datetime64[us, Asia/Tokyo]"),
        (Kind.DATETIME, DAYS, "datetime64[us, Not/There]", "datetime64[us]"),
    ],
)
def test_a_type_that_does_not_hold_all_values_is_left_alone(
    kind: Kind, values: list[Any], word: str, comes_back: str
) -> None:
    decimals = 0 if kind is Kind.NUMERIC else None
    schema = Schema(columns=(Column(name="x", kind=kind, decimals=decimals),))
    frame = pd.DataFrame({"x": pd.Series(values, dtype=object if kind.value[0] in "bc" else float)})
    released = released_frame(frame, schema)
    typed = in_types(released, {"x": word})
    assert str(typed["x"].dtype) == comes_back
    pd.testing.assert_frame_equal(canonical(typed, schema, table="t"), canonical(released, schema, table="t"))


@pytest.mark.parametrize(
    "told", [["x"], {"x": None}, {"x": "category"}, {"x": "S99999999"}, {"x": "Sparse[int64, 7]"}]
)
def test_a_file_with_other_words_is_damaged(told: object) -> None:
    with pytest.raises(ValueError, match="damaged"):
        sound_dtypes(told)
