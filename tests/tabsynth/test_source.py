"""Writing tables: whole or not at all, harmless to spreadsheets, and the same when read again."""

from __future__ import annotations

import resource
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from privacy import Column, ConfigError, Kind, Schema, SourceError, canonical, guess_schema
from privacy.folders import whole_file
from privacy.tables import read_table
from tabsynth.source import released_frame, write_table

ENDINGS = [".csv", ".parquet", ".arrow"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_release_reads_back_as_the_same_canonical_table(
    ending: str, tmp_path: Path, people: Callable[[int, int], pd.DataFrame], people_schema: Schema
) -> None:
    before = canonical(people(300, 0), people_schema, table="t")
    path = tmp_path / f"t{ending}"
    assert write_table(released_frame(before, people_schema), path) == ()
    pd.testing.assert_frame_equal(canonical(read_table(path), people_schema, table="t"), before)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_released_types_are_those_users_expect(
    people: Callable[[int, int], pd.DataFrame], people_schema: Schema
) -> None:
    frame = released_frame(canonical(people(300, 0), people_schema, table="t"), people_schema)
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == {
        "person": "string",
        "age": "Int64",
        "sex": "string",
        "area": "string",
        "admitted": "datetime64[us]",
        "diagnosis": "string",
        "smoker": "boolean",
        "cost": "float64",
    }


def test_missing_values_and_the_ends_of_the_calendar_are_released_too() -> None:
    schema = Schema(
        columns=(
            Column(name="d", kind=Kind.DATETIME),
            Column(name="b", kind=Kind.BOOLEAN),
            Column(name="n", kind=Kind.NUMERIC, decimals=0),
            Column(name="huge", kind=Kind.NUMERIC, decimals=0),
            Column(name="t", kind=Kind.CATEGORICAL),
        )
    )
    table = {
        "d": ["9999-12-31", None],
        "b": ["yes", None],
        "n": [3.0, None],
        "huge": [1e300, None],
        "t": ["x", None],
    }
    frame = released_frame(canonical(pd.DataFrame(table), schema, table="t"), schema)
    assert frame["d"][0] == np.datetime64("9999-12-31") and frame["n"][0] == 3 and frame["huge"][0] == 1e300
    assert frame.iloc[1].isna().all()
    empty = released_frame(pd.DataFrame({"d": [np.nan], "b": [None], "n": [np.nan], "t": [None]}), schema)
    assert empty.isna().all(axis=None)


def text_file(frame: pd.DataFrame, tmp_path: Path) -> tuple[list[str], tuple[str, ...]]:
    changed = write_table(frame, tmp_path / "t.csv")
    return (tmp_path / "t.csv").read_text(encoding="utf-8").splitlines(), changed


class TestFormulas:
    @pytest.mark.parametrize(
        "cell", ["=1+1", "+49 30", "-cmd", "@SUM(A1)", "\tx", "\rx", "＝1+1", "-1+2", "-"]
    )
    @pytest.mark.parametrize("dtype", [object, "string", "category"])
    def test_a_cell_that_a_spreadsheet_would_run_is_disarmed(
        self, cell: str, dtype: Any, tmp_path: Path
    ) -> None:
        frame = pd.DataFrame({"a": pd.Series([cell, "x"], dtype=dtype), "b": ["y", "z"]})
        assert write_table(frame, tmp_path / "t.csv") == ("a",)
        assert read_table(tmp_path / "t.csv")["a"].tolist() == [f"'{cell}", "x"]

    def test_numbers_and_numbers_as_text_are_not_touched(self, tmp_path: Path) -> None:
        frame = pd.DataFrame({"n": [-1.5, 2.0], "code": ["-3", "4"]})
        assert text_file(frame, tmp_path) == (['"n","code"', '-1.5,"-3"', '2,"4"'], ())

    def test_names_are_disarmed_too(self, tmp_path: Path) -> None:
        written, changed = text_file(pd.DataFrame({"=cmd()": [1], "ok": [2]}), tmp_path)
        assert written[0] == '"\'=cmd()","ok"' and changed == ("=cmd()",)

    @pytest.mark.parametrize("ending", [".parquet", ".arrow"])
    def test_other_formats_keep_the_text(self, ending: str, tmp_path: Path) -> None:
        assert write_table(pd.DataFrame({"a": ["=1+1"]}), tmp_path / f"t{ending}") == ()
        assert read_table(tmp_path / f"t{ending}")["a"].tolist() == ["=1+1"]


def test_days_are_written_as_days_and_times_as_times(tmp_path: Path) -> None:
    day = pd.Series(pd.to_datetime(["2020-01-31", None]))
    written, _ = text_file(pd.DataFrame({"day": day, "time": day + pd.Timedelta(hours=1)}), tmp_path)
    assert written[1].startswith("2020-01-31,2020-01-31 01:00:00") and written[2] == ","


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_times_of_any_zone_and_unit_are_written_in_utc(unit: str, tmp_path: Path) -> None:
    berlin = pd.Series(pd.to_datetime(["2020-01-31 01:00", "2020-07-31 02:30"])).dt.tz_localize(
        "Europe/Berlin"
    )
    written, _ = text_file(pd.DataFrame({"t": berlin.dt.as_unit(unit)}), tmp_path)
    assert written[1:] == ["2020-01-31 00:00:00.000000", "2020-07-31 00:30:00.000000"]


def test_nanoseconds_are_kept(tmp_path: Path) -> None:
    written, _ = text_file(pd.DataFrame({"t": pd.to_datetime(["2020-01-31 00:00:00.000000001"])}), tmp_path)
    assert written[1] == "2020-01-31 00:00:00.000000001"


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """A disk on which no file grows beyond `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class TestAllOrNothing:
    @pytest.mark.parametrize("ending", ENDINGS)
    def test_a_full_disk_leaves_the_old_file_and_nothing_else(self, ending: str, tmp_path: Path) -> None:
        path = tmp_path / f"t{ending}"
        path.write_text("old")
        frame = pd.DataFrame({"x": np.random.default_rng(0).normal(size=200_000)})
        with room_for(4096), pytest.raises(SourceError, match="cannot write"):
            write_table(frame, path)
        assert path.read_text() == "old" and len(list(tmp_path.iterdir())) == 1
        write_table(frame, path)
        assert len(read_table(path)) == 200_000

    def test_an_interruption_leaves_nothing(self, tmp_path: Path) -> None:
        def interrupted() -> None:
            with whole_file(tmp_path / "t.csv") as unfinished:
                unfinished.write_text("half")
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            interrupted()
        assert list(tmp_path.iterdir()) == []

    def test_places_and_endings_that_cannot_be(self, tmp_path: Path) -> None:
        frame = pd.DataFrame({"x": [1]})
        with pytest.raises(SourceError, match=r"use one of \.csv"):
            write_table(frame, tmp_path / "t.xlsx")
        with pytest.raises(ConfigError, match="has no folder to lie in"):
            write_table(frame, tmp_path / "no" / "t.csv")
        (tmp_path / "folder.csv").mkdir()
        with pytest.raises(ConfigError, match="is a folder"):
            write_table(frame, tmp_path / "folder.csv")
        with pytest.raises(SourceError, match="cannot store"):
            write_table(pd.DataFrame({"u": ["\ud800"]}), tmp_path / "t.parquet")
        assert [file.name for file in tmp_path.iterdir()] == ["folder.csv"]


columns = {
    "word": st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    "number": st.none() | st.floats(-1e12, 1e12).map(lambda value: round(value, 3)),
    "whole": st.none() | st.integers(-(2**53), 2**53),
    "day": st.none() | st.datetimes().map(lambda moment: moment.replace(microsecond=0)),
    "truth": st.none() | st.booleans(),
}
KINDS = Schema(
    columns=(
        Column(name="word", kind=Kind.CATEGORICAL),
        Column(name="number", kind=Kind.NUMERIC),
        Column(name="whole", kind=Kind.NUMERIC, decimals=0),
        Column(name="day", kind=Kind.DATETIME),
        Column(name="truth", kind=Kind.BOOLEAN),
    )
)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.lists(st.fixed_dictionaries(columns), min_size=1, max_size=15), st.sampled_from(ENDINGS))
def test_writing_and_reading_changes_nothing_but_formulas(rows: list[dict[str, Any]], ending: str) -> None:
    rows = [dict.fromkeys(columns) | {"word": "one word keeps a column of digits a column of texts"}, *rows]
    frame = pd.DataFrame(rows, columns=list(columns), dtype=object)
    before = canonical(frame, KINDS, table="t")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"t{ending}"
        changed = write_table(released_frame(before, KINDS), path)
        after = canonical(read_table(path), KINDS, table="t")
    if changed:
        assert changed == ("word",) and ending == ".csv"
        pairs = zip(before["word"], after["word"], strict=True)
        assert all(new == old or new == f"'{old}" for old, new in pairs)
        after["word"] = before["word"]
    pd.testing.assert_frame_equal(after, before)


def test_a_guessed_schema_carries_a_table_there_and_back(
    tmp_path: Path, people: Callable[[int, int], pd.DataFrame]
) -> None:
    frame = people(200, 4)
    schema, _ = guess_schema(frame)
    write_table(released_frame(canonical(frame, schema, table="t"), schema), tmp_path / "t.csv")
    assert guess_schema(read_table(tmp_path / "t.csv"))[0] == schema


def test_categories_that_are_whole_numbers_come_back_as_such() -> None:
    """A code like 0 / 1 keeps its type; once rare codes are pooled under a word, the column is text."""
    schema = Schema(columns=(Column(name="code", kind=Kind.CATEGORICAL, decimals=0),))
    frame = pd.DataFrame({"code": ["0", "12", None, "-1"]})
    assert released_frame(frame, schema)["code"].tolist() == [0, 12, pd.NA, -1]
    assert released_frame(frame, schema)["code"].dtype == "Int64"
    assert released_frame(frame.replace("12", "other"), schema)["code"].dtype == "string"
