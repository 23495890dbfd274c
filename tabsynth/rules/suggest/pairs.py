"""Pairs of columns of which only some combinations occur, and columns of which no value occurs twice."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from privacy import Kind
from tabsynth.rules.combinations import FixedCombinations
from tabsynth.rules.rule import LISTED
from tabsynth.rules.suggest.columns import EXPECTED, Columns
from tabsynth.rules.suggest.suggestion import Suggestion
from tabsynth.rules.unique import Unique

_LEAST_MASS = 0.2
"""Share of the rows that would lie in combinations which never occur, were the columns independent."""

_FEWEST_EXPECTED = 5
"""Rows in a cell: so many, and it is empty by chance in one of 150 cases."""

_MOST_LEVELS = 1000


def fixed_pairs(columns: Columns, decided: frozenset[frozenset[str]]) -> Iterator[Suggestion]:
    """Pairs of columns of words of which many combinations never occur.

    decided: pairs of which one decides the other.
    """
    names = [
        column.name
        for column in columns.of_kind(Kind.CATEGORICAL, Kind.BOOLEAN)
        if 2 < columns.sizes[column.name] <= _MOST_LEVELS
    ]
    for pair in combinations(names, 2):
        if frozenset(pair) not in decided and _unseen_mass(columns, *pair) >= _LEAST_MASS:
            yield Suggestion(FixedCombinations(columns=pair), columns.rows)


def _unseen_mass(columns: Columns, one: str, other: str) -> float:
    first, second = (columns.codes[name][columns.one_each] for name in (one, other))
    known = (first >= 0) & (second >= 0)
    shape = columns.sizes[one], columns.sizes[other]
    cells = np.bincount(first[known] * shape[1] + second[known], minlength=shape[0] * shape[1]).reshape(shape)
    expected = np.outer(cells.sum(axis=1), cells.sum(axis=0)) / max(int(known.sum()), 1) ** 2
    # A cell where few rows would be expected may be empty by chance.
    return float(expected[(cells == 0) & (expected * known.sum() >= _FEWEST_EXPECTED)].sum())


def uniques(columns: Columns) -> Iterator[Suggestion]:
    """Columns, and pairs of them, in which no two rows are equal though by chance some would be."""
    listed = [
        column.name
        for column in columns.of_kind(*LISTED, Kind.DATETIME)
        if column.kind is not Kind.NUMERIC or column.decimals == 0
    ]
    dates = {column.name for column in columns.of_kind(Kind.DATETIME)}
    alone = {
        name
        for name in listed
        if name not in dates and _is_unique(columns, (name,), _by_chance(columns, name))
    }
    for name in listed:
        if name in alone:
            yield Suggestion(Unique(columns=(name,)), int((~columns.gaps[name]).sum()))
    for pair in combinations([name for name in listed if name not in alone], 2):
        if _is_unique(columns, pair, columns.agreement(pair[0]) * columns.agreement(pair[1])):
            known = ~np.any([columns.gaps[name] for name in pair], axis=0)
            yield Suggestion(Unique(columns=pair), int(known.sum()))


def _is_unique(columns: Columns, names: tuple[str, ...], chance: float) -> bool:
    """Whether no two rows are equal, though by chance some would be. chance: that two given rows are."""
    bound = columns.rows - int(np.any([columns.gaps[name] for name in names], axis=0).sum())
    if bound * (bound - 1) / 2 * chance < EXPECTED:
        return False
    for rows in (columns.few, slice(None)):
        codes = [columns.codes[name][rows] for name in names]
        known = np.all([each >= 0 for each in codes], axis=0)
        keys = codes[0] if len(names) == 1 else codes[0] * columns.sizes[names[1]] + codes[1]
        if len(np.unique(keys[known])) < known.sum():
            return False
    return True


def _by_chance(columns: Columns, name: str) -> float:
    """The chance that two rows are equal if whole numbers fell anywhere in their range; of words, as if there were
    no more than rows."""
    kind = next(column.kind for column in columns.columns if column.name == name)
    if kind is not Kind.NUMERIC:
        return 1 / columns.rows
    known = columns.numbers(name)
    return float(1 / (np.nanmax(known) - np.nanmin(known) + 1))
