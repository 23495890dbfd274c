"""One ruler for every comparison: mid-ranks of the pool for numbers, codes for everything else."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

MISSING_RANK = 4.0
"""Where a missing number stands: farther from every rank in [0, 1] than any bandwidth, at itself 0."""

FEW_VALUES = 10
"""A number with at most this many values in the pool is a code: its steps are not comparable distances."""


@dataclass(frozen=True, slots=True, eq=False)
class Coordinates:
    """A table on the ruler.

    ranks: (rows, numeric columns) float32 in [0, 1], MISSING_RANK where missing.
    codes: (rows, other columns) int32; equal codes are equal values; missing is a value of its own; a value
    the pool does not have gets a negative code that equals no pool code.
    """

    ranks: NDArray[np.float32]
    codes: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: NDArray[np.int64]) -> Coordinates:
        """The rows, in this order."""
        return Coordinates(self.ranks[rows], self.codes[rows])

    def followed_by(self, other: Coordinates) -> Coordinates:
        """These rows, then the other's."""
        return Coordinates(np.vstack([self.ranks, other.ranks]), np.vstack([self.codes, other.codes]))


@dataclass(frozen=True, slots=True, eq=False)
class Ruler:
    """Fitted on train + control, then frozen.

    ranked: names of the columns measured by rank (numeric or datetime, more than 10 values in the pool).
    coded: names of the others, in order.
    scales: the sorted pool values of each ranked column, missing left out.
    levels: the distinct pool values of each coded column, missing left out.
    """

    ranked: tuple[str, ...]
    coded: tuple[str, ...]
    scales: tuple[NDArray[np.float64], ...]
    levels: tuple[pd.Index, ...]

    @classmethod
    def fit(cls, pool: pd.DataFrame) -> Ruler:
        """The ruler of `pool`, a canonical frame of train and control rows."""
        ranked = tuple(name for name in pool.columns if _is_ranked(pool[name]))
        coded = tuple(name for name in pool.columns if name not in ranked)
        scales = tuple(np.sort(pool[name].dropna().to_numpy(np.float64)) for name in ranked)
        levels = tuple(pd.Index(pool[name].dropna().unique()) for name in coded)
        return cls(ranked, coded, scales, levels)

    def measure(self, frame: pd.DataFrame) -> Coordinates:
        """Where the rows of `frame`, canonical and with the pool's columns, stand on the ruler."""
        ranks = np.empty((len(frame), len(self.ranked)), dtype=np.float32)
        codes = np.empty((len(frame), len(self.coded)), dtype=np.int32)
        for place, (name, scale) in enumerate(zip(self.ranked, self.scales, strict=True)):
            ranks[:, place] = _mid_ranks(frame[name].to_numpy(np.float64), scale)
        for place, (name, levels) in enumerate(zip(self.coded, self.levels, strict=True)):
            codes[:, place] = _codes(frame[name], levels)
        return Coordinates(ranks, codes)

    def only(self, at: Coordinates, names: Collection[str]) -> Coordinates:
        """`at` with these columns only."""
        ranked = [place for place, name in enumerate(self.ranked) if name in names]
        coded = [place for place, name in enumerate(self.coded) if name in names]
        return Coordinates(at.ranks[:, ranked], at.codes[:, coded])


def _is_ranked(column: pd.Series) -> bool:
    return column.dtype.kind == "f" and column.nunique(dropna=True) > FEW_VALUES


def _mid_ranks(values: NDArray[np.float64], scale: NDArray[np.float64]) -> NDArray[np.float32]:
    """Mean of the left and right insertion rank, as a share of the pool: for a pool value its mid-rank."""
    left = np.searchsorted(scale, values, side="left")
    right = np.searchsorted(scale, values, side="right")
    ranks = (left + right) / (2 * len(scale))
    return np.where(np.isnan(values), MISSING_RANK, ranks).astype(np.float32)


def _codes(column: pd.Series, levels: pd.Index) -> NDArray[np.int32]:
    """The place of each value among the levels; -1, -2, ... for the distinct values that are not there.

    A missing value's place is after the last level, in every table.
    """
    found, values = pd.factorize(column)
    places = np.asarray(levels.get_indexer(pd.Index(values)), dtype=np.int64)
    unseen = places < 0
    places[unseen] = -1 - np.arange(np.count_nonzero(unseen))
    return np.append(places, len(levels))[found].astype(np.int32)
