"""Values the ruler can not measure: other units, other spelling, mirrored numbers; and what is no such thing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from privacy.evidence import gather
from privacy.evidence.foreign import foreign_values
from privacy.schema import Schema

People = Callable[[int, int], pd.DataFrame]
ROWS = 1500

Trio = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]


@pytest.fixture
def trio(people: People) -> Trio:
    rows = people(3 * ROWS, 31)
    return rows[:ROWS], rows[ROWS : 2 * ROWS], rows[2 * ROWS :].reset_index(drop=True)


@pytest.fixture
def named(people_schema: Schema) -> Callable[..., list[str]]:
    """`named(train, control, made)`: the columns that are said to be foreign; every reason gates."""

    def ask(train: pd.DataFrame, control: pd.DataFrame, made: pd.DataFrame) -> list[str]:
        found = foreign_values(gather(train, control, made, people_schema, np.random.default_rng(0)))
        assert all(skip.gating and skip.name == "comparable values" for skip in found)
        return [skip.reason.split(":")[0].removeprefix("column ") for skip in found]

    return ask


def test_fresh_rows_are_comparable(trio: Trio, named: Callable[..., list[str]]) -> None:
    assert named(*trio) == []


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("age", lambda s: s * 12),
        ("cost", lambda s: s.max() - s),
        ("cost", lambda s: np.log1p(s)),
        ("admitted", lambda s: s + pd.Timedelta(days=900)),
        ("area", lambda s: s.str.lower()),
    ],
    ids=["months", "mirrored cost", "logarithm", "later dates", "small letters"],
)
def test_a_whole_column_in_other_terms(
    trio: Trio,
    named: Callable[..., list[str]],
    column: str,
    change: Callable[[pd.Series], pd.Series],
) -> None:
    train, control, _ = trio
    assert named(train, control, train.assign(**{column: change(train[column])})) == [column]


def test_a_mirrored_column_that_is_its_own_mirror_image_is_not_seen(
    trio: Trio, named: Callable[..., list[str]]
) -> None:
    """The limit of a look at distributions; a copy with one such column still matches on all the others."""
    train, control, _ = trio
    assert (
        named(train, control, train.assign(age=train["age"].max() + train["age"].min() - train["age"])) == []
    )


@pytest.mark.parametrize("column", ["area", "diagnosis"])
def test_two_per_cent_of_the_rows_in_another_spelling(
    trio: Trio, named: Callable[..., list[str]], column: str
) -> None:
    train, control, fresh = trio
    fresh.loc[:29, column] = train[column].iloc[:30].str.lower().to_numpy()
    assert named(train, control, fresh) == [column]


def test_one_word_for_all_rare_levels_is_no_spelling(trio: Trio, named: Callable[..., list[str]]) -> None:
    train, control, fresh = trio
    pooled = fresh["area"].where(fresh["area"].isin(["A01", "A02", "A03"]), "other")
    assert named(train, control, fresh.assign(area=pooled)) == []


def test_what_control_does_not_share_with_train_either(trio: Trio, named: Callable[..., list[str]]) -> None:
    """A column of people's own words is new in every table: control says so."""
    texts = (table.assign(area=[f"{n} of {side}" for n in range(ROWS)]) for side, table in enumerate(trio))
    assert named(*texts) == []


def test_few_rows_prove_nothing(trio: Trio, named: Callable[..., list[str]]) -> None:
    """Sixty rows, of which three hold a new label, may be chance; a mirrored column is told apart even so."""
    train, control, fresh = trio
    few = fresh[:60].copy()
    few.loc[:2, "diagnosis"] = ["D91", "D92", "D93"]
    assert named(train[:60], control[:60], few) == []
    assert named(train, control, few.assign(cost=few["cost"].max() - few["cost"])) == ["cost"]


@pytest.mark.slow
@pytest.mark.parametrize("rows", [100, 400, 2000])
def test_fresh_rows_and_independent_columns_never(
    people: People, named: Callable[..., list[str]], rows: int
) -> None:
    flagged = 0
    for seed in range(50):
        drawn = people(3 * rows, 500 + seed)
        fresh = drawn[2 * rows :]
        independent = fresh.apply(np.random.default_rng(seed).permutation)
        for made in (fresh, independent):
            flagged += bool(named(drawn[:rows], drawn[rows : 2 * rows], made))
    assert flagged == 0
