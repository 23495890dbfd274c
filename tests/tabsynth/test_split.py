"""The split: a keyed draw by person that nothing but the key and the person decides."""

from __future__ import annotations

import copy
import hashlib
import hmac
import pickle
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from scipy import stats

from privacy.errors import ConfigError, EvidenceError, SchemaError
from privacy.schema import Column, Kind, Role, Schema
from tabsynth.split import Split, split, units_of

KEY = bytes(range(32))
VISITS = Schema(
    columns=(
        Column(name="person", kind=Kind.ID, role=Role.IDENTIFIER),
        Column(name="cost", kind=Kind.NUMERIC),
    ),
    entity="person",
)
ROWS_ONLY = Schema(
    columns=(
        Column(name="row", kind=Kind.ID),
        Column(name="cost", kind=Kind.NUMERIC),
        Column(name="town", kind=Kind.CATEGORICAL),
        Column(name="seen", kind=Kind.DATETIME),
    )
)


def visits(persons: list[object]) -> pd.DataFrame:
    """One row for every person named; the cost tells the rows apart."""
    return pd.DataFrame({"person": pd.Series(persons, dtype=object), "cost": np.arange(len(persons)) * 1.5})


def records(rows: int, seed: int = 0) -> pd.DataFrame:
    """Rows without an owner, of which many are exact twins but for the row number."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "cost": rng.integers(0, 400, rows) / 4,
            "town": rng.choice(["Łódź", "Zürich", "O'Fallon", None], rows),
            "seen": pd.Timestamp("2021-03-01") + pd.to_timedelta(rng.integers(0, 9, rows), unit="D"),
        }
    )
    frame.loc[rng.random(rows) < 0.1, "cost"] = np.nan
    frame.insert(0, "row", [f"r{number}" for number in range(rows)])
    return frame


def sides(result: Split) -> dict[str, pd.DataFrame]:
    return {"train": result.train, "development": result.development, "control": result.control.open()}


def side_of(result: Split, column: str) -> dict[object, str]:
    """Value of `column` -> the side its rows are on; fails if a value is on two sides."""
    found: dict[object, str] = {}
    for side, frame in sides(result).items():
        for value in frame[column].unique():
            assert value not in found
            found[value] = side
    return found


def side_by_definition(person: str, key: bytes) -> str:
    """The draw as its documentation says it, for one person, written without numpy."""
    first = hmac.new(key, person.encode(), hashlib.sha256).digest()[:8]
    place = int.from_bytes(first, "big") / 2**64
    return "train" if place < 0.6 else "development" if place < 0.8 else "control"


def test_the_side_is_the_keyed_hash_of_the_person() -> None:
    persons = [f"P{number}" for number in range(300)] + ["Łukasz", "Nguyễn Thị Hoa", "D'Angelo"]
    found = side_of(split(visits([*persons]), VISITS, key=KEY), "person")
    assert found == {person: side_by_definition(person, KEY) for person in persons}


@settings(max_examples=40, deadline=None)
@given(
    persons=st.lists(st.one_of(st.integers(0, 60).map(str), st.text()), min_size=40, max_size=120),
    key=st.binary(min_size=16, max_size=64),
)
def test_every_row_is_on_one_side_and_every_person_too(persons: list[str], key: bytes) -> None:
    # Eighty persons more, so that no side stays empty.
    frame = visits([f"id {person}" for person in persons] + [f"more {number}" for number in range(80)])
    owner = dict(zip(frame["cost"], frame["person"], strict=True))
    costs = {side: set(rows["cost"]) for side, rows in sides(split(frame, VISITS, key=key)).items()}
    assert sum(map(len, costs.values())) == len(frame)
    assert set.union(*costs.values()) == set(owner)
    owners = [{owner[cost] for cost in side} for side in costs.values()]
    assert sum(map(len, owners)) == len(set(owner.values()))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_row_order_does_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    frame = visits([f"P{number}" for number in rng.integers(0, 150, 250)])
    shuffled = frame.iloc[rng.permutation(len(frame))]
    first, second = split(frame, VISITS, key=KEY), split(shuffled, VISITS, key=KEY)
    assert side_of(first, "person") == side_of(second, "person")
    assert first.commitment == second.commitment


def test_sides_keep_the_rows_order_under_a_fresh_index() -> None:
    frame = visits([f"P{number % 90}" for number in range(200)])
    frame.index = pd.Index(range(1000, 1200))
    for side in sides(split(frame, VISITS, key=KEY)).values():
        assert side["cost"].is_monotonic_increasing
        assert list(side.index) == list(range(len(side)))
        assert list(side.columns) == list(frame.columns)


def test_a_new_person_moves_nobody() -> None:
    known: list[object] = [f"P{number}" for number in range(200)]
    before = side_of(split(visits(known), VISITS, key=KEY), "person")
    after = side_of(split(visits([*known, "newcomer", "another"]), VISITS, key=KEY), "person")
    assert {person: after[person] for person in before} == before


def test_shares_are_met_and_places_are_uniform_over_many_keys() -> None:
    persons: list[object] = [f"P{number}" for number in range(500)]
    frame, rng = visits(persons), np.random.default_rng(7)
    counts = np.zeros(3)
    for _ in range(60):
        found = list(side_of(split(frame, VISITS, key=rng.bytes(32)), "person").values())
        counts += [found.count("train"), found.count("development"), found.count("control")]
    expected = counts.sum() * np.array([0.6, 0.2, 0.2])
    assert stats.chisquare(counts, expected).pvalue > 1e-3


def test_another_key_is_an_independent_draw() -> None:
    persons: list[object] = [f"P{number}" for number in range(4000)]
    first = side_of(split(visits(persons), VISITS, key=KEY), "person")
    second = side_of(split(visits(persons), VISITS, key=KEY[::-1]), "person")
    table = pd.crosstab(pd.Series(first), pd.Series(second))
    assert table.shape == (3, 3)
    assert stats.chi2_contingency(table).pvalue > 1e-3


def test_one_spelling_one_person() -> None:
    """A number read from CSV, Parquet or a table with gaps; an accent in one character or in two."""
    spellings: list[object] = [12, 12.0, "12", " 12", np.int32(12), np.float64(12), Decimal("12.00")]
    accents: list[object] = ["Zoë", "Zoe\u0308", "\u00a0Zoe\u0308 "]
    units = units_of(visits([*spellings, *accents, "1.2", 1.2, "012"]), VISITS)
    assert units.tolist() == [0] * len(spellings) + [1, 1, 1] + [2, 2] + [3]


def test_a_row_without_owner_is_refused_because_it_could_be_anybodys() -> None:
    for missing in (None, np.nan, pd.NA, pd.NaT, "", "  "):
        with pytest.raises(SchemaError, match="2 rows do not say whose they are") as caught:
            split(visits(["P1", missing, "P2", missing]), VISITS, key=KEY)
        assert caught.value.where == "column person"


def test_without_an_entity_rare_twins_stay_together() -> None:
    content = ["cost", "town", "seen"]
    alone = records(4000).drop_duplicates(content)
    again = alone.iloc[::60].assign(row=[f"again {number}" for number in range(len(alone.iloc[::60]))])
    frame = pd.concat([alone, again], ignore_index=True)
    result = split(frame, ROWS_ONLY, key=KEY)
    twins = frame.groupby(content, dropna=False).size()
    assert 40 < (twins > 1).sum() < 0.025 * len(frame)
    # By an independent slow count: no content, missing cells included, is on two sides.
    seen = [set(map(str, side[content].itertuples(index=False))) for side in sides(result).values()]
    assert not (seen[0] & seen[1] or seen[0] & seen[2] or seen[1] & seen[2])
    assert sum(map(len, seen)) == len(twins) == units_of(frame, ROWS_ONLY).max() + 1
    assert side_of(result, "row") == side_of(split(frame[::-1], ROWS_ONLY, key=KEY), "row")


def test_without_an_entity_equal_rows_are_people_where_many_rows_have_equals() -> None:
    frame = records(3000).assign(cost=1.0, seen=pd.NaT)
    assert len(set(units_of(frame, ROWS_ONLY))) == 3000
    result = split(frame, ROWS_ONLY, key=KEY)
    counts = {side: rows["town"].value_counts() for side, rows in sides(result).items()}
    assert (counts["train"] / frame["town"].value_counts()).between(0.5, 0.7).all()
    backwards = split(frame[::-1], ROWS_ONLY, key=KEY)
    assert all((rows["town"].value_counts() == counts[side]).all() for side, rows in sides(backwards).items())
    before = split(frame[:2000], ROWS_ONLY, key=KEY)
    assert set(before.train["row"]) <= set(result.train["row"]), "who comes later moves nobody"


def test_content_is_compared_by_value_not_by_type() -> None:
    plain = records(400)
    other = plain.assign(
        cost=plain["cost"].astype("Float64"),
        town=plain["town"].astype("category"),
        seen=plain["seen"].astype("datetime64[s]"),
    )
    assert side_of(split(plain, ROWS_ONLY, key=KEY), "row") == side_of(
        split(other, ROWS_ONLY, key=KEY), "row"
    )
    costs = [0.0, -0.0, *range(1, 60)]
    zeros = pd.DataFrame({"row": range(61), "cost": costs, "town": None, "seen": pd.NaT})
    assert units_of(zeros, ROWS_ONLY).tolist()[:3] == [0, 0, 1]


def test_development_may_be_left_out() -> None:
    frame = visits([f"P{number}" for number in range(60)])
    result = split(frame, VISITS, key=KEY, train=0.7, development=0, control=0.3)
    assert result.development.empty
    assert list(result.development.columns) == list(frame.columns)
    assert len(result.train) + len(result.control.open()) == 60
    assert result.shares == {
        "train": len(result.train) / 60,
        "development": 0,
        "control": 1 - len(result.train) / 60,
    }


@pytest.mark.parametrize(
    ("shares", "says"),
    [
        ((0.0, 0.5, 0.5), "above 0"),
        ((0.8, 0.2, 0.0), "above 0"),
        ((0.6, 0.3, 0.2), "add up to 1"),
        ((1.2, -0.4, 0.2), "negative"),
        ((float("nan"), 0.2, 0.2), "not a number"),
    ],
)
def test_shares_that_make_no_sense(shares: tuple[float, float, float], says: str) -> None:
    train, development, control = shares
    with pytest.raises(ConfigError, match=says):
        split(visits(["a", "b"]), VISITS, key=KEY, train=train, development=development, control=control)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ConfigError, match="16 bytes"):
        split(visits(["a", "b"]), VISITS, key=b"secret")


@pytest.mark.parametrize("frame", [visits([]), visits(["P1"]), visits(["P1"] * 50)])
def test_too_few_persons_is_said_with_the_remedy(frame: pd.DataFrame) -> None:
    with pytest.raises(
        EvidenceError, match=r"too few persons to split, fewer than 11: .*; bring more persons$"
    ):
        split(frame, VISITS, key=KEY)


def test_missing_and_double_columns_are_named() -> None:
    frame = visits(["P1", "P2"])
    for broken in (frame[["cost"]], pd.concat([frame, frame[["person"]]], axis=1)):
        with pytest.raises(SchemaError, match=r"column person: .*exactly once"):
            split(broken, VISITS, key=KEY)


def test_a_table_of_nothing_but_row_numbers_cannot_be_split() -> None:
    only_ids = Schema(columns=(Column(name="row", kind=Kind.ID),))
    with pytest.raises(SchemaError, match="no column tells one record from another"):
        split(records(10), only_ids, key=KEY)


def test_the_control_is_sealed_and_nothing_shows_a_record() -> None:
    result = split(visits([f"secret-{number}" for number in range(80)]), VISITS, key=KEY)
    assert "secret" not in repr(result) and "secret" not in str(result.control)
    for copying in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="sealed"):
            copying(result.control)
    assert not result.control.open().empty


def test_the_commitment_binds_key_people_and_shares() -> None:
    frame = visits([f"P{number}" for number in range(80)])
    first = split(frame, VISITS, key=KEY)
    others = [
        split(frame, VISITS, key=KEY[::-1]),
        split(frame.iloc[1:], VISITS, key=KEY),
        split(frame, VISITS, key=KEY, train=0.4, control=0.4),
    ]
    assert split(frame, VISITS, key=KEY).commitment == first.commitment
    assert first.commitment not in {other.commitment for other in others}
    assert len(bytes.fromhex(first.commitment)) == 32
