"""Cells into what models take. All that is learnt here comes from the rows of one training table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from privacy.utility.case import Floats, Ints
from privacy.wording import SMALL_CELL

MOST_LEVELS = 20
"""A column's most frequent levels that are told apart, fewer in wide tables; the rest are one level."""

MOST_TERMS = 300
"""About as many columns as the design of a wide table may have."""


@dataclass(frozen=True, slots=True, eq=False)
class Encoder:
    """Fitted to the training rows. Unknown levels become the pooled rest, unknown gaps the median.

    numbers, names: places of numeric and of nominal cells that have a value in training. middle, mean, spread,
    low, high: of each number. gaps: which numbers have gaps in training. levels: for each nominal cell, the codes
    told apart, most frequent first.
    """

    numbers: Ints
    names: Ints
    middle: Floats
    mean: Floats
    spread: Floats
    low: Floats
    high: Floats
    gaps: NDArray[np.bool_]
    levels: tuple[Ints, ...]

    @classmethod
    def fit(cls, cells: Floats, nominal: NDArray[np.bool_]) -> Encoder:
        """Learn from (rows, features) training cells; levels of fewer than 11 rows are pooled."""
        filled = ~np.isnan(cells).all(axis=0)
        numbers, names = np.flatnonzero(~nominal & filled), np.flatnonzero(nominal & filled)
        values = cells[:, numbers]
        middle = np.nanmedian(values, axis=0) if numbers.size else np.zeros(0)
        whole = np.where(np.isnan(values), middle, values)
        spread = whole.std(axis=0)
        most = int(np.clip(MOST_TERMS // max(names.size, 1), 3, MOST_LEVELS))
        return cls(
            numbers=numbers,
            names=names,
            middle=middle,
            mean=whole.mean(axis=0),
            spread=np.where(spread > 0, spread, 1.0),
            low=whole.min(axis=0, initial=np.inf),
            high=whole.max(axis=0, initial=-np.inf),
            gaps=np.isnan(values).any(axis=0),
            levels=tuple(_frequent(cells[:, at], most) for at in names),
        )

    def codes(self, cells: Floats) -> Floats:
        """(rows, cells with a value) for trees: numbers as they are, then levels by rank; NaN for missing."""
        return np.column_stack([cells[:, self.numbers], *self._ranks(cells)])

    @property
    def nominal(self) -> NDArray[np.bool_]:
        """Which columns of `codes` are levels."""
        return np.arange(self.numbers.size + self.names.size) >= self.numbers.size

    def design(self, cells: Floats, *, reference: bool = False) -> Floats:
        """(rows, terms) for linear models: numbers standardised and kept within training's range, a column for
        gaps, a column for every level. reference: leave out the most frequent level of each, see `terms`."""
        values = cells[:, self.numbers]
        missing = np.isnan(values)
        whole = np.clip(np.where(missing, self.middle, values), self.low, self.high)
        parts = [(whole - self.mean) / self.spread, missing[:, self.gaps].astype(np.float64)]
        for ranks, levels in zip(self._ranks(cells), self.levels, strict=True):
            places = np.where(np.isnan(ranks), len(levels) + 1, ranks).astype(np.int64)
            parts.append(np.eye(len(levels) + 2)[places][:, int(reference) :])
        return np.hstack(parts)

    def terms(self, features: tuple[str, ...]) -> list[tuple[str, str]]:
        """The columns of `design` with reference levels left out: the feature, and what of it."""
        found = [(features[at], "") for at in self.numbers]
        found += [(features[at], "missing") for at in self.numbers[self.gaps]]
        for at, levels in zip(self.names, self.levels, strict=True):
            found += [(features[at], f"level {rank}") for rank in range(2, len(levels) + 1)]
            found += [(features[at], "rarer levels"), (features[at], "missing")][0 if levels.size else 1 :]
        return found

    def _ranks(self, cells: Floats) -> list[Floats]:
        """For each nominal cell (rows,) the rank of its level; of pooled ones, the number of levels; or NaN."""
        return [_ranked(cells[:, at], levels) for at, levels in zip(self.names, self.levels, strict=True)]


def _frequent(column: Floats, most: int) -> Ints:
    counts = np.bincount(column[~np.isnan(column)].astype(np.int64))
    order = np.argsort(-counts, kind="stable")[:most]
    kept: Ints = order[counts[order] >= SMALL_CELL]
    return kept


def _ranked(column: Floats, levels: Ints) -> Floats:
    missing = np.isnan(column)
    codes = np.where(missing, 0, column).astype(np.int64)
    place = np.full(max(codes.max(initial=0), levels.max(initial=0)) + 1, len(levels), np.float64)
    place[levels] = np.arange(len(levels))
    return np.where(missing, np.nan, place[codes])
