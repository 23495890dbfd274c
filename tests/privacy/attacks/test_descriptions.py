"""What is read off a synthetic table, and that no column crowds out the others."""

from __future__ import annotations

from collections import Counter
from math import ceil

import numpy as np
import pytest

from privacy.attacks.descriptions import MOST_OVER_EVEN, Descriptions, blind_guesses
from privacy.attacks.predicates import Levels, Predicate


def _columns_of(predicates: list[Predicate]) -> Counter[int]:
    return Counter(column for predicate in predicates for column in predicate.columns)


def _telling_and_dull(rows: int = 500, dull: int = 7) -> Levels:
    """One column with a label for every record, and others of a few labels each."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 6, (dull, rows))
    return Levels(np.vstack([rng.permutation(rows), labels]).astype(np.float32), ranked=0)


def test_no_column_supplies_more_than_its_share() -> None:
    distinct = np.random.default_rng(1).permutation(500) / 500
    forty = np.minimum(np.arange(500), 40)
    levels = Levels(np.stack([distinct, forty, np.zeros(500)]).astype(np.float32), ranked=1)
    made = Descriptions(levels, np.random.default_rng(0)).of_one_column(200)
    # The constant has nothing to give, so the others' share is a half each; the labels have forty in all.
    assert _columns_of(made) == {0: 100, 1: 40}


def test_a_share_is_all_where_there_is_one_column() -> None:
    levels = Levels((np.arange(50)[None] / 50).astype(np.float32), ranked=1)
    made = Descriptions(levels, np.random.default_rng(0)).of_one_column(1000)
    assert len(made) == 52, "fifty values and two open ends"
    assert len(Descriptions(levels, np.random.default_rng(0)).of_one_column(10)) == 10


@pytest.mark.parametrize("width", [2, 3, 6])
def test_columns_stand_in_at_most_twice_their_even_share(width: int) -> None:
    levels = _telling_and_dull()
    made = Descriptions(levels, np.random.default_rng(0)).of_columns([width], 100)
    assert made
    even = 100 * width / len(levels.grid)
    assert max(_columns_of(made).values()) <= ceil(MOST_OVER_EVEN * even)
    if width == 2:
        assert _columns_of(made)[0] == ceil(MOST_OVER_EVEN * even), "pairs are unique by that column alone"


def test_all_are_unique_and_none_is_said_twice() -> None:
    levels = _telling_and_dull(rows=60)
    made = Descriptions(levels, np.random.default_rng(0)).of_columns(range(2, 7), 300)
    said = [(levels.isolated_by(predicate), predicate.columns) for predicate in made]
    assert len(said) == len(set(said)) > 100
    assert all(row is not None for row, _ in said)


def test_what_pairs_can_not_supply_goes_to_the_wider() -> None:
    widths = Counter(
        len(predicate.columns)
        for predicate in Descriptions(_telling_and_dull(), np.random.default_rng(0)).of_columns(
            range(2, 7), 500
        )
    )
    assert widths[2] < 100 < widths[6]
    assert sum(widths.values()) == 500


def test_equal_records_describe_nobody() -> None:
    levels = Levels(np.zeros((3, 40), np.float32), ranked=1)
    descriptions = Descriptions(levels, np.random.default_rng(0))
    assert descriptions.of_columns([2, 3], 50) == []
    # The open ends of the number are offered, and fit everybody.
    assert [levels.isolated_by(predicate) for predicate in descriptions.of_one_column(50)] == [None, None]


def test_the_blind_guesser_names_only_what_the_code_book_has() -> None:
    sizes = [0, 3, 5]
    made = blind_guesses(sizes, [1, 2, 3], 600, np.random.default_rng(0))
    assert Counter(len(predicate.columns) for predicate in made).keys() == {1, 2, 3}
    for predicate in made:
        for column, low, high in zip(predicate.columns, predicate.low, predicate.high, strict=True):
            assert low == high in range(sizes[column]) if sizes[column] else 0 < high - low < 0.03
