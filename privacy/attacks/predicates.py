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


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """A table to put predicates to. grid: (columns, rows) float64, the `ranked` number columns first."""

    grid: NDArray[np.float64]
    ranked: int

    @classmethod
    def of(cls, table: Coordinates) -> Levels:
        grid = np.ascontiguousarray(np.hstack([table.ranks, table.codes]).T, dtype=np.float64)
        return cls(grid, table.ranks.shape[1])

    @property
    def rows(self) -> int:
        return self.grid.shape[1]

    def isolated_by(self, predicate: Predicate) -> int | None:
        """The only row selected (Cohen & Nissim, PNAS 2020: predicate singling out), else None."""
        mask = np.ones(self.rows, dtype=bool)
        for column, low, high in zip(predicate.columns, predicate.low, predicate.high, strict=True):
            levels = self.grid[column]
            mask &= (levels >= low) & (levels <= high)
        first = int(mask.argmax())
        return first if np.count_nonzero(mask) == 1 else None
