"""The ruler: mid-ranks of the pool for numbers, codes for everything else, missing beyond both."""

import numpy as np
import pandas as pd
import pytest

from privacy.ruler import MISSING_RANK, Ruler


def frame(number: list[float], level: list[str | None]) -> pd.DataFrame:
    return pd.DataFrame({"number": np.array(number, float), "level": np.array(level, object)})


@pytest.fixture
def pool() -> pd.DataFrame:
    """Twelve values, 11 of them different (so the column is ranked), with a tie at 5."""
    return frame([1, 2, 3, 4, 5, 5, 6, 7, 8, 9, 10, 11, np.nan], ["a"] * 6 + ["b"] * 6 + [None])


def test_pool_values_stand_at_their_mid_ranks(pool: pd.DataFrame) -> None:
    ranks = Ruler.fit(pool).measure(pool).ranks[:, 0]
    assert ranks[0] == pytest.approx(0.5 / 12)
    assert ranks[4] == ranks[5] == pytest.approx((4 + 6) / 2 / 12)
    assert ranks[11] == pytest.approx(11.5 / 12)


def test_other_values_stand_between_their_neighbours_and_never_on_one(pool: pd.DataFrame) -> None:
    ruler = Ruler.fit(pool)
    inside, below, above = ruler.measure(frame([5.5, -100, 100], ["a", "a", "a"])).ranks[:, 0]
    assert (inside, below, above) == (pytest.approx(6 / 12), 0, 1)
    between = ruler.measure(frame([4.5, 5.5], ["a", "a"])).ranks[:, 0]
    assert not set(between) & set(ruler.measure(pool).ranks[:, 0])


@pytest.mark.parametrize("bandwidth", [1.0, 0.15, 0.05])
def test_missing_is_at_itself_and_far_from_every_number(pool: pd.DataFrame, bandwidth: float) -> None:
    ranks = Ruler.fit(pool).measure(pool).ranks[:, 0]
    assert ranks[-1] == MISSING_RANK
    apart = np.minimum(np.abs(ranks - ranks[-1]) / bandwidth, 1)
    assert apart[-1] == 0
    assert (apart[:-1] == 1).all()


def test_unseen_levels_are_negative_and_differ_from_each_other(pool: pd.DataFrame) -> None:
    ruler = Ruler.fit(pool)
    codes = ruler.measure(frame([1.0] * 5, ["b", "new", "newer", "new", None])).codes[:, 0]
    assert codes[0] == ruler.measure(pool).codes[6, 0] >= 0
    assert codes[4] == ruler.measure(pool).codes[12, 0] >= 0
    assert (codes[1:4] < 0).all()
    assert codes[1] == codes[3] != codes[2]


def test_a_missing_level_has_one_code_in_every_table(pool: pd.DataFrame) -> None:
    """Whether the pool has it or not, and wherever in the table it comes first."""
    full = pool.dropna()
    ruler = Ruler.fit(full)
    first = ruler.measure(frame([1.0, 2.0], [None, "a"])).codes[0, 0]
    last = ruler.measure(frame([1.0, 2.0, 3.0], ["x", "y", None])).codes[2, 0]
    assert first == last
    assert first not in ruler.measure(full).codes


def test_a_number_with_few_values_is_a_code(pool: pd.DataFrame) -> None:
    few = pool.assign(number=np.arange(len(pool)) % 10 + 0.5)
    ruler = Ruler.fit(few)
    assert ruler.ranked == ()
    assert ruler.coded == ("number", "level")
    assert ruler.measure(few.assign(number=99.0)).codes[0, 0] < 0


def test_all_missing_and_constant_columns_work(pool: pd.DataFrame) -> None:
    odd = pool.assign(number=np.nan, level=np.array(["a"] * len(pool), object))
    at = Ruler.fit(odd).measure(odd)
    assert at.ranks.shape == (13, 0)
    assert (at.codes == at.codes[0]).all()


def test_columns_can_be_picked_by_name(pool: pd.DataFrame) -> None:
    ruler = Ruler.fit(pool)
    only = ruler.only(ruler.measure(pool), {"level"})
    assert only.ranks.shape == (13, 0)
    assert only.codes.shape == (13, 1)


def test_a_number_between_two_levels_counts_as_the_nearer_one() -> None:
    """Answers from 1 to 5, and a copy that moved them a little without rounding; beyond the ends is nowhere."""
    answers = frame([1, 2, 3, 4, 5], ["a"] * 5)
    ruler = Ruler.fit(answers)
    assert ruler.coded == ("number", "level")
    codes = ruler.measure(frame([1.0, 2.04, 2.6, 4.9, 5.1], ["a"] * 5)).codes[:, 0]
    assert codes[:4].tolist() == ruler.measure(answers).codes[[0, 1, 2, 4], 0].tolist()
    assert codes[4] < 0


def test_a_label_in_capitals_or_with_other_blanks_is_that_label() -> None:
    """Unless the pool itself tells them apart."""
    pool = frame([1.0] * 4, ["New York", "Paris", "PARIS", "Rome"])
    ruler = Ruler.fit(pool)
    known = ruler.measure(pool).codes[:, ruler.coded.index("level")]
    asked = frame([1.0] * 5, ["NEW  york ", "Paris", "PARIS", "rome", "Oslo"])
    codes = ruler.measure(asked).codes[:, ruler.coded.index("level")]
    assert codes[:4].tolist() == known.tolist()
    assert codes[4] < 0
