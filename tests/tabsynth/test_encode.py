"""The encoder: a canonical table there and back, and nothing of a single person in it."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp

from privacy.errors import SchemaError, SourceError
from privacy.schema import Column, Kind, Schema, Treatment
from privacy.tables import canonical
from tabsynth.domain import Encoded
from tabsynth.encode import Encoder

RNG = np.random.default_rng(0)


@pytest.fixture
def table(people, people_schema) -> pd.DataFrame:
    return canonical(people(4000, 1), people_schema, table="train")


@pytest.fixture
def encoder(table, people_schema) -> Encoder:
    return Encoder.fit(table, people_schema, table["person"].to_numpy())


def test_the_columns_to_be_learnt_come_back_canonical(encoder, table, people_schema):
    back = encoder.decode(encoder.encode(table), RNG)
    learnt = [column.name for column in people_schema.released_as(Treatment.MODEL)]
    assert list(back.columns) == learnt == list(encoder.columns)
    assert [back[name].dtype for name in learnt] == [table[name].dtype for name in learnt]
    assert (back["age"] % 1 == 0).all() and (back["admitted"] % 86400 == 0).all()
    assert set(back["smoker"]) == {"true", "false"}


def test_words_gaps_and_spikes_are_exact_numbers_nearly(encoder, table):
    back = encoder.decode(encoder.encode(table), RNG)
    for name in ("sex", "smoker", "area"):
        kept = set(encoder.plain_values(encoder.names.index(name)))
        same = [value if value in kept else "other" for value in table[name]]
        assert back[name].tolist() == same
    assert (back["cost"].isna() == table["cost"].isna()).all()
    assert ((back["cost"] == 0) == (table["cost"] == 0)).all()
    assert np.abs(back["age"] - table["age"]).mean() < 0.1


def test_codes_fit_the_domain(encoder, table):
    encoded = encoder.encode(table)
    assert encoded.codes.shape == encoded.residuals.shape == (4000, len(encoder.domain))
    assert (encoded.codes >= 0).all() and (encoded.codes < np.array(encoder.domain.sizes)).all()
    assert (encoded.codes.dtype, encoded.residuals.dtype) == (np.int32, np.float32)


def test_tables_it_has_not_seen_are_coded_too(encoder, people, people_schema):
    stranger = people(300, 2)
    stranger.loc[0, ["sex", "cost", "area"]] = ["unheard of", 1e12, "A99"]
    stranger.loc[1, ["age", "sex", "admitted"]] = [np.nan, None, pd.NaT]
    encoded = encoder.encode(canonical(stranger, people_schema, table="control"))
    assert (encoded.codes < np.array(encoder.domain.sizes)).all()
    assert len(encoder.decode(encoded, RNG)) == 300


def test_any_codes_and_residuals_decode_within_the_bounds(encoder, table):
    rows = 2000
    codes = np.column_stack([RNG.integers(0, size, rows) for size in encoder.domain.sizes]).astype(np.int32)
    drawn = encoder.decode(Encoded(encoder.domain, codes, RNG.random(codes.shape, np.float32)), RNG)
    assert drawn["age"].between(table["age"].min(), table["age"].max()).all()
    assert set(drawn["diagnosis"]) <= {*table["diagnosis"], "other"}
    assert (drawn["cost"].dropna().round(2) == drawn["cost"].dropna()).all()


def test_an_encoder_survives_json_and_is_deterministic(encoder, table, people_schema):
    again = Encoder.from_json(json.loads(json.dumps(encoder.to_json(), allow_nan=False)))
    assert (again.names, again.columns) == (encoder.names, encoder.columns)
    assert again.report() == encoder.report()
    first, second = encoder.encode(table), again.encode(table)
    assert (first.codes == second.codes).all() and (first.residuals == second.residuals).all()
    pd.testing.assert_frame_equal(encoder.decode(first, RNG), again.decode(second, RNG))
    refitted = Encoder.fit(table, people_schema, table["person"].to_numpy())
    assert json.dumps(refitted.to_json()) == json.dumps(encoder.to_json())


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data.update(format="tabsynth-encoder-0"),
        lambda data: data.pop("columns"),
        lambda data: data["axes"].pop(),
        lambda data: data["columns"][0].update(coder="Pickle"),
        lambda data: data["columns"][0]["curve"]["knots"].reverse(),
        lambda data: data["columns"][1].pop("levels"),
    ],
)
def test_a_damaged_encoder_is_refused(encoder, damage):
    data = json.loads(json.dumps(encoder.to_json()))
    damage(data)
    with pytest.raises(SourceError):
        Encoder.from_json(data)


def test_a_missing_column_is_named(encoder, table):
    with pytest.raises(SchemaError, match="column age"):
        encoder.encode(table.drop(columns="age"))


def leaky_table(rows: int = 5000) -> tuple[pd.DataFrame, Schema, list[str]]:
    """A table with one-person secrets in every kind of column, and how they would look in a file."""
    rng = np.random.default_rng(11)
    frame = pd.DataFrame(
        {
            "key": [f"K{n}" for n in range(rows)],
            "whole": rng.normal(500, 90, rows).round(),
            "money": np.exp(rng.normal(7, 1.2, rows)).round(2),
            "real": rng.normal(0, 1, rows),
            "word": rng.choice(["alpha", "beta", "gamma"], rows).astype(object),
            "day": rng.integers(15_000, 16_000, rows) * 86400.0,
            "moment": rng.integers(15_000 * 1440, 16_000 * 1440, rows) * 60.0,
        }
    )
    secrets = {
        "whole": [-7654321.0, 8765432.0, 31415.0],
        "money": [-5551212.11, 9191919.19, 4242424.24],
        "real": [-77.125, 88.0625, 12.34375],
        "day": [-23456.0 * 86400, 39876.0 * 86400, 12321.0 * 86400],
        "moment": [81234567.0 * 60, 36543210.0 * 60, 21234321.0 * 60],
        "word": ["Zebra's disease", "Quux syndrome", "ünique"],
    }
    looks = ["K17", "Zebra", "Quux", "nique"]
    for name, values in secrets.items():
        frame.loc[:2, name] = values
        if name != "word":
            looks += [repr(value).removesuffix(".0") for value in values]
    looks += [str(n) for n in (23456, 39876, 12321)]
    kinds = [Kind.ID, *[Kind.NUMERIC] * 3, Kind.CATEGORICAL, *[Kind.DATETIME] * 2]
    columns = tuple(Column(name=name, kind=kind) for name, kind in zip(frame.columns, kinds, strict=True))
    return frame, Schema(columns=columns, entity="key"), looks


def test_nothing_of_a_single_person_stands_in_the_encoder():
    frame, schema, looks = leaky_table()
    encoder = Encoder.fit(frame, schema, frame["key"].to_numpy())
    written = json.dumps(encoder.to_json(), ensure_ascii=False)
    assert [look for look in looks if look in written] == []
    assert "alpha" in written


def test_every_number_in_the_encoder_is_nobodys_unless_shared():
    """All spikes and exact values are carried by ten persons; no knot is a value of fewer."""
    frame, schema, _ = leaky_table()
    for column in Encoder.fit(frame, schema, frame["key"].to_numpy()).to_json()["columns"]:
        for part in (column, column.get("day"), column.get("clock")):
            curve = (part or {}).get("curve")
            if curve and column["name"] in ("whole", "money", "real"):
                counts = frame[column["name"]].value_counts()
                seen = [counts.get(knot, 0) for knot in curve["knots"]]
                assert len(seen) > 50 and max(seen) == 0


def test_a_person_with_many_rows_stays_one_person():
    frame, schema, _ = leaky_table(1000)
    loud = frame.iloc[[0] * 200].assign(key="K0", word="loud")
    frame = pd.concat([frame, loud], ignore_index=True)
    encoder = Encoder.fit(frame, schema, frame["key"].to_numpy())
    written = json.dumps(encoder.to_json())
    assert "loud" not in written and "7654321" not in written


def test_the_report_holds_counts_and_no_values():
    frame, schema, looks = leaky_table()
    report = Encoder.fit(frame, schema, frame["key"].to_numpy()).report()
    assert [note["column"] for note in report] == ["whole", "money", "real", "word", "day", "moment"]
    word = report[3]
    assert (word["coded_as"], word["levels"], word["pooled_levels"]) == ("levels", 3, 0), (
        "of fewer persons not told"
    )
    assert {note["bounds"] for note in report if "bounds" in note} == {"rounded"}
    assert [look for look in looks if look in json.dumps(report, ensure_ascii=False)] == []


def test_names_tell_axes_apart_even_from_hostile_columns():
    names = ["at", "at time of day", "at time of day'"]
    moments = RNG.integers(0, 10**7, 500) * 60.0
    frame = pd.DataFrame({names[0]: moments, names[1]: ["x"] * 500, names[2]: ["y"] * 500})
    kinds = [Kind.DATETIME, Kind.CATEGORICAL, Kind.CATEGORICAL]
    schema = Schema(columns=tuple(Column(name=n, kind=k) for n, k in zip(names, kinds, strict=True)))
    encoder = Encoder.fit(frame, schema, np.arange(500))
    assert len(encoder.domain) == len(set(encoder.names)) == 4
    assert [encoder.plain_values(encoder.names.index(name)) for name in names[1:]] == [["x"], ["y"]]


def test_booleans_never_become_other():
    frame = pd.DataFrame({"ill": np.array(["false"] * 97 + ["true"] * 3, dtype=object)})
    schema = Schema(columns=(Column(name="ill", kind=Kind.BOOLEAN),))
    encoder = Encoder.fit(frame, schema, np.arange(100))
    assert encoder.decode(encoder.encode(frame), RNG).equals(frame)


def test_two_rows_and_no_columns_to_learn(people, people_schema):
    frame = canonical(people(2, 1), people_schema, table="train")
    encoder = Encoder.fit(frame, people_schema, frame["person"].to_numpy())
    back = encoder.decode(encoder.encode(frame), RNG)
    assert back[["age", "admitted", "cost"]].isna().all().all()
    assert set(back["diagnosis"]) == {"other"} and back["smoker"].tolist() == frame["smoker"].tolist()


def test_ten_thousand_levels_and_the_width_to_be_told_before_fitting():
    levels = np.repeat([f"level {n:05d}" for n in range(10_000)], 10).astype(object)
    schema = Schema(columns=(Column(name="code", kind=Kind.CATEGORICAL),))
    frame = pd.DataFrame({"code": levels})
    encoder = Encoder.fit(frame, schema, np.arange(len(levels)))
    assert encoder.domain.sizes == (10_000,)
    assert encoder.decode(encoder.encode(frame), RNG)["code"].tolist() == levels.tolist()
    width = encoder.width_estimate()
    assert (width.axes, width.codes, width.row_bytes) == (1, 10_000, 40_000)
    assert str(width) == "1 axes, 10,000 codes, one-hot 39.1 KiB a row"


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["adult", "support2", "default_credit_card", "lending_club_loans"])
def test_real_columns_survive_uniform_draws_inside_the_bins(real_table: Callable[..., pd.DataFrame], name):
    frame = real_table(name).select_dtypes("number").astype(float)
    schema = Schema(columns=tuple(Column(name=str(column), kind=Kind.NUMERIC) for column in frame.columns))
    encoder = Encoder.fit(frame, schema, np.arange(len(frame)))
    encoded = encoder.encode(frame)
    binned = encoded.codes >= [axis.plain for axis in encoder.domain.axes]
    uniform = np.where(binned, RNG.random(encoded.residuals.shape, np.float32), np.float32(0))
    drawn = encoder.decode(Encoded(encoded.domain, encoded.codes, uniform), RNG)
    far = {
        column: ks_2samp(frame[column].dropna(), drawn[column].dropna(), method="asymp").statistic
        for column in frame.columns
    }
    assert max(far.values()) < 0.01, far
