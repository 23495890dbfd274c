"""One ruler for every comparison: mid-ranks of the pool for numbers, codes for everything else, and for texts
sketches besides, so that a text with a few changed letters is still near."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy.text_sketch import SKETCH, sketches

MISSING_RANK = 4.0
"""Where a missing number stands: farther from every rank in [0, 1] than any bandwidth, at itself 0."""

FEW_VALUES = 10
"""A number with at most this many values in the pool is a code: its steps are not comparable distances."""

MANY_WORDS = 50
LONG_WORDS = 8
"""A column of at least so many different words, on average at least so long, is a text."""


def _no_texts() -> NDArray[np.int32]:
    return np.empty((0, 0, SKETCH), np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class Coordinates:
    """A table on the ruler.

    ranks: (rows, numeric columns) float32 in [0, 1], MISSING_RANK where missing.
    codes: (rows, other columns) int32; equal codes are equal values; missing is a value of its own; a value
    the pool does not have gets a negative code that equals no pool code.
    prints: (rows, texts, SKETCH) int32 sketches of the texts, which are the last of the coded columns; the share
    of equal ones estimates how alike two texts are. Negative where the pool has no such print.
    """

    ranks: NDArray[np.float32]
    codes: NDArray[np.int32]
    prints: NDArray[np.int32] = field(default_factory=_no_texts)

    def __post_init__(self) -> None:
        if self.prints.shape[1] == 0:
            object.__setattr__(self, "prints", np.empty((len(self.codes), 0, SKETCH), np.int32))

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: NDArray[np.int64]) -> Coordinates:
        """The rows, in this order."""
        return Coordinates(self.ranks[rows], self.codes[rows], self.prints[rows])

    def followed_by(self, other: Coordinates) -> Coordinates:
        """These rows, then the other's."""
        return Coordinates(
            np.vstack([self.ranks, other.ranks]),
            np.vstack([self.codes, other.codes]),
            np.concatenate([self.prints, other.prints]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Ruler:
    """Fitted on train + control, then frozen.

    ranked: names of the columns measured by rank (numeric or datetime, more than 10 values in the pool).
    coded: names of the others, texts last. texts: names of the texts: many different words, long enough to be
    alike without being equal.
    scales: the sorted pool values of each ranked column, missing left out.
    levels: the distinct pool values of each coded column, missing left out.
    print_levels: for each text, the sorted distinct pool prints at every place of the sketch.
    """

    ranked: tuple[str, ...]
    coded: tuple[str, ...]
    texts: tuple[str, ...]
    scales: tuple[NDArray[np.float64], ...]
    levels: tuple[pd.Index, ...]
    print_levels: tuple[tuple[NDArray[np.uint64], ...], ...]

    @classmethod
    def fit(cls, pool: pd.DataFrame) -> Ruler:
        """The ruler of `pool`, a canonical frame of train and control rows."""
        ranked = tuple(name for name in pool.columns if _is_ranked(pool[name]))
        texts = tuple(name for name in pool.columns if name not in ranked and _is_text(pool[name]))
        coded = (*(name for name in pool.columns if name not in {*ranked, *texts}), *texts)
        scales = tuple(np.sort(pool[name].dropna().to_numpy(np.float64)) for name in ranked)
        levels = tuple(pd.Index(pool[name].dropna().unique()) for name in coded)
        prints = (sketches(of_text) for of_text in levels[len(coded) - len(texts) :])
        print_levels = tuple(tuple(np.unique(place) for place in table.T) for table in prints)
        return cls(ranked, coded, texts, scales, levels, print_levels)

    def measure(self, frame: pd.DataFrame) -> Coordinates:
        """Where the rows of `frame`, canonical and with the pool's columns, stand on the ruler."""
        ranks = np.empty((len(frame), len(self.ranked)), dtype=np.float32)
        codes = np.empty((len(frame), len(self.coded)), dtype=np.int32)
        for place, (name, scale) in enumerate(zip(self.ranked, self.scales, strict=True)):
            ranks[:, place] = _mid_ranks(frame[name].to_numpy(np.float64), scale)
        for place, (name, levels) in enumerate(zip(self.coded, self.levels, strict=True)):
            codes[:, place] = _codes(frame[name], levels)
        prints = np.empty((len(frame), len(self.texts), SKETCH), dtype=np.int32)
        for place, (name, known) in enumerate(zip(self.texts, self.print_levels, strict=True)):
            prints[:, place] = _prints(frame[name], known)
        return Coordinates(ranks, codes, prints)

    def rescaled(self, frame: pd.DataFrame) -> Ruler:
        """The same, but numbers are ranked among those of `frame`; a column without any keeps its scale."""
        own = (np.sort(frame[name].dropna().to_numpy(np.float64)) for name in self.ranked)
        scales = tuple(new if new.size else old for new, old in zip(own, self.scales, strict=True))
        return replace(self, scales=scales)

    def only(self, at: Coordinates, names: Collection[str]) -> Coordinates:
        """`at` with these columns only."""
        ranked = [place for place, name in enumerate(self.ranked) if name in names]
        coded = [place for place, name in enumerate(self.coded) if name in names]
        texts = [place for place, name in enumerate(self.texts) if name in names]
        return Coordinates(at.ranks[:, ranked], at.codes[:, coded], at.prints[:, texts])


def _is_ranked(column: pd.Series) -> bool:
    return column.dtype.kind == "f" and column.nunique(dropna=True) > FEW_VALUES


def _is_text(column: pd.Series) -> bool:
    if column.dtype.kind == "f":
        return False
    distinct = column.dropna().unique()
    return len(distinct) >= MANY_WORDS and float(np.mean([*map(len, distinct)])) >= LONG_WORDS


def _mid_ranks(values: NDArray[np.float64], scale: NDArray[np.float64]) -> NDArray[np.float32]:
    """Mean of the left and right insertion rank, as a share of the pool: for a pool value its mid-rank."""
    left = np.searchsorted(scale, values, side="left")
    right = np.searchsorted(scale, values, side="right")
    ranks = (left + right) / (2 * len(scale))
    return np.where(np.isnan(values), MISSING_RANK, ranks).astype(np.float32)


def _prints(column: pd.Series, known: tuple[NDArray[np.uint64], ...]) -> NDArray[np.int32]:
    """(rows, SKETCH) places of the prints among the known ones; -1 for others; missing after the last."""
    found, values = pd.factorize(column)
    table = np.empty((len(values) + 1, SKETCH), dtype=np.int32)
    table[-1] = [len(levels) for levels in known]
    for place, (prints, levels) in enumerate(zip(sketches(values).T, known, strict=True)):
        at = np.minimum(np.searchsorted(levels, prints), len(levels) - 1)
        table[:-1, place] = np.where(levels[at] == prints, at, -1)
    return table[found]


def _codes(column: pd.Series, levels: pd.Index) -> NDArray[np.int32]:
    """The place of each value among the levels; -1, -2, ... for the distinct values that are not near any.

    A number that lies between two levels counts as the nearer one, a label in other capitals or with other blanks
    as that label: a copy in slightly other values is still one. A missing value's place is after the last level,
    in every table.
    """
    found, values = pd.factorize(column)
    meant = _as_levels(np.asarray(values), levels) if len(levels) else np.asarray(values)
    places = np.asarray(levels.get_indexer(pd.Index(meant)), dtype=np.int64)
    unseen = places < 0
    places[unseen] = -1 - np.arange(np.count_nonzero(unseen))
    return np.append(places, len(levels))[found].astype(np.int32)


def _as_levels(values: NDArray[Any], levels: pd.Index) -> NDArray[Any]:
    """Each value as the level that it means, or as it is where it means none."""
    if values.dtype.kind == "f" and levels.dtype.kind == "f":
        ascending = np.sort(levels.to_numpy())
        middles = (ascending[1:] + ascending[:-1]) / 2
        nearest = ascending[np.searchsorted(middles, values)]
        inside = (values >= ascending[0]) & (values <= ascending[-1])
        return np.where(inside, nearest, values)
    if values.dtype.kind == "f" or levels.dtype.kind == "f":
        return values
    meant = {_spelled_alike(level): level for level in reversed(levels)}
    known = set(levels)
    means = [value if value in known else meant.get(_spelled_alike(value), value) for value in values]
    return np.array([*means, None], dtype=object)[:-1]


def _spelled_alike(label: str) -> str:
    return " ".join(label.split()).casefold()
