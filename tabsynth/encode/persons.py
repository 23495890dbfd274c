"""Whose row each row is: every threshold of the encoder counts persons, never rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Rows = NDArray[np.int64] | NDArray[np.bool_] | slice


@dataclass(frozen=True, slots=True, eq=False)
class Persons:
    """The persons of some rows.

    units: (rows,) a number per person. one_row_each: no person has two rows, so rows may be counted instead.
    """

    units: NDArray[np.int64]
    one_row_each: bool

    @classmethod
    def of(cls, units: NDArray[Any]) -> Persons:
        """The persons of all rows of a table; `units` (rows,) equal on the rows of one person."""
        numbers, distinct = pd.factorize(np.asarray(units), use_na_sentinel=False)
        return cls(numbers.astype(np.int64), len(distinct) == len(numbers))

    def take(self, rows: Rows) -> Persons:
        """The persons of these rows, in this order."""
        return Persons(self.units[rows], self.one_row_each)

    def count(self) -> int:
        """How many persons there are."""
        return len(self.units) if self.one_row_each else len(pd.unique(self.units))

    def per_group(self, groups: NDArray[np.int64], size: int) -> NDArray[np.int64]:
        """(size,) how many persons have a row in each group; groups: (rows,) numbers from 0 to size - 1."""
        if self.one_row_each or not len(groups):
            return np.bincount(groups, minlength=size)
        pairs = groups * (self.units.max() + 1) + self.units
        first = ~pd.Series(pairs).duplicated().to_numpy()
        return np.bincount(groups[first], minlength=size)

    def row_of(self, nth: int) -> int:
        """The row where the `nth` person, counted from 1 in row order, appears for the first time."""
        if self.one_row_each:
            return nth - 1
        first = ~pd.Series(self.units).duplicated().to_numpy()
        return int(np.flatnonzero(first)[nth - 1])
