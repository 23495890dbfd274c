"""Numbers and dates that never stand in the wrong order, and columns that say the same."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from privacy import Kind
from tabsynth.rules.equal import Equal
from tabsynth.rules.order import Order
from tabsynth.rules.suggest.columns import EXPECTED, Columns
from tabsynth.rules.suggest.suggestion import Suggestion

_LEAST_SHARE = 0.01
"""Of the rows must be expected to break an order by chance: one column may just hold larger numbers."""

_ALMOST = 0.001
"""An order that so few rows break is told, since they may be errors."""

Counts = NDArray[np.int64]


def orders(columns: Columns) -> Iterator[Suggestion]:
    """Equal columns, and orders that no row breaks or hardly any; of a <= b <= c not a <= c."""
    for kind in (Kind.NUMERIC, Kind.DATETIME):
        names = [column.name for column in columns.of_kind(kind)]
        if len(names) < 2:
            continue
        values = np.column_stack([columns.numbers(name) for name in names])
        above, both = _compared(values)
        chance = _by_chance(values[columns.one_each])
        found = (both * chance >= EXPECTED) & (chance >= _LEAST_SHARE)
        equal = (above + above.T == 0) & (both > 0) & (found | found.T)
        for left, right in zip(*np.nonzero(np.triu(equal, 1)), strict=True):
            if not equal[:left, left].any():
                yield Suggestion(Equal(columns=(names[left], names[right])), int(both[left, right]))
        second = np.triu(equal, 1).any(axis=0)
        found &= ~equal & ~second & ~second[:, None] & (above <= _ALMOST * both)
        for left, right in zip(*np.nonzero(_direct(found, above == 0)), strict=True):
            broken = int(above[left, right])
            yield Suggestion(Order(columns=(names[left], names[right])), int(both[left, right]), broken)


def _compared(values: NDArray[np.float64]) -> tuple[Counts, Counts]:
    """(columns, columns) rows in which the one is above the other, and rows in which both are known."""
    width = values.shape[1]
    above, both = np.zeros((width, width), np.int64), np.zeros((width, width), np.int64)
    known = ~np.isnan(values)
    for at in range(width):
        above[at] = (values[:, [at]] > values).sum(axis=0)
        both[at] = (known[:, [at]] & known).sum(axis=0)
    np.fill_diagonal(both, 0)
    return above, both


def _by_chance(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(columns, columns) how often the one would be above the other if their rows were shuffled apart."""
    sorted_columns = [np.sort(column[~np.isnan(column)]) for column in values.T]
    chance = np.zeros((values.shape[1],) * 2)
    for left, some in enumerate(sorted_columns):
        for right, others in enumerate(sorted_columns):
            if left != right and len(some) and len(others):
                picked = some[np.linspace(0, len(some) - 1, 500).astype(int)]
                chance[left, right] = np.searchsorted(others, picked, side="left").mean() / len(others)
    return chance


def _direct(found: NDArray[np.bool_], exact: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Those of the found orders that do not follow from two exact others."""
    sure = (found & exact).astype(np.int64)
    return np.asarray(found & ~((sure @ sure) > 0))
