"""Predicates as boxes: a record is selected when every named column lies between two levels.

Levels are the ruler's: ranks for numbers, codes for everything else. An equality is a box without width, so
one rule serves all kinds and nothing is ever written out as a query.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from privacy.ruler import Coordinates

WINDOW = 0.01
"""Half-width of a window on a number, as a share of the pool."""

Rows = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Predicate:
    """low <= level <= high on each of `columns` (positions among the levels)."""

    columns: tuple[int, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    @classmethod
    def around(cls, centre: tuple[float, ...], columns: tuple[int, ...], ranked: int) -> Predicate:
        """Equal codes, and numbers within WINDOW of the centre; the first `ranked` columns are numbers."""
        width = [WINDOW if column < ranked else 0.0 for column in columns]
        low = tuple(level - half for level, half in zip(centre, width, strict=True))
        high = tuple(level + half for level, half in zip(centre, width, strict=True))
        return cls(columns, low, high)

    @classmethod
    def between(cls, column: int, low: float, high: float) -> Predicate:
        """One column; equal bounds make an equality."""
        return cls((column,), (low,), (high,))


class Levels:
    """A table to put predicates to: every column sorted once, so that a box is a slice of its narrowest side.

    grid: (columns, rows) float32, the `ranked` number columns first.
    """

    def __init__(self, grid: NDArray[np.float32], ranked: int) -> None:
        self.grid = grid
        self.ranked = ranked
        self._order: Rows = np.argsort(grid, axis=1, kind="stable").astype(np.int32)
        self._ascending = np.take_along_axis(grid, self._order, axis=1)

    @classmethod
    def of(cls, table: Coordinates) -> Levels:
        grid = np.ascontiguousarray(np.hstack([table.ranks, table.codes.astype(np.float32)]).T)
        return cls(grid, table.ranks.shape[1])

    @property
    def rows(self) -> int:
        return self.grid.shape[1]

    def isolated_by(self, predicate: Predicate) -> int | None:
        """The only row selected (Cohen & Nissim, PNAS 2020: predicate singling out), else None."""
        sides = sorted(map(self._side, predicate.columns, predicate.low, predicate.high), key=len)
        (narrowest, *others) = sides
        rows = narrowest.rows
        for side in others:
            if rows.size == 0:
                return None
            levels = self.grid[side.column, rows]
            rows = rows[(levels >= side.low) & (levels <= side.high)]
        return int(rows[0]) if rows.size == 1 else None

    def _side(self, column: int, low: float, high: float) -> _Side:
        # As float32: a wider number would make searchsorted copy the whole column.
        bounds = np.float32(low), np.float32(high)
        ascending = self._ascending[column]
        first, last = ascending.searchsorted(bounds[0], "left"), ascending.searchsorted(bounds[1], "right")
        return _Side(column, *bounds, self._order[column, first:last])


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """One column of a box, and the rows between its bounds."""

    column: int
    low: np.float32
    high: np.float32
    rows: Rows

    def __len__(self) -> int:
        return len(self.rows)
