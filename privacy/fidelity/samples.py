"""The three tables cut to comparable size and coded, so that a difference and its floor mean the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy.evidence import Evidence
from privacy.schema import Kind

MAX_ROWS = 30_000
"""Rows taken of each table: differences of half a per cent are plain at this size, and time is bounded."""

Codes = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Trio:
    """One thing measured on each table; `train` and `synthetic` have equal length."""

    train: Codes
    control: Codes
    synthetic: Codes

    def over(self, other: Trio, size: int) -> Trio:
        """The crossing with another column whose codes lie below `size`: one code for each pair."""
        return Trio(
            self.train * np.int32(size) + other.train,
            self.control * np.int32(size) + other.control,
            self.synthetic * np.int32(size) + other.synthetic,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """The tables that fidelity compares, always synthetic against control and train against control.

    train, synthetic: the same number of rows, drawn at random and in random order. control: up to MAX_ROWS
    rows. Columns without
    any value in control and train, and free text, are left out. units: (train rows + control rows,) whose row
    it is. numeric, nominal: names of the columns in the frames.
    """

    train: pd.DataFrame
    control: pd.DataFrame
    synthetic: pd.DataFrame
    units: NDArray[np.int64]
    numeric: tuple[str, ...]
    nominal: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.train.columns)

    def three(self, name: str) -> tuple[pd.Series, pd.Series, pd.Series]:
        """The column in train, control and synthetic."""
        return self.train[name], self.control[name], self.synthetic[name]

    def said_of_sizes(self) -> str:
        """The sizes in words, for the sentences of the measures."""
        return (
            f"{len(self.synthetic):,} synthetic rows against {len(self.control):,} control rows;"
            f" floor: {len(self.train):,} train rows against the same control rows"
        )


def draw(evidence: Evidence, rng: np.random.Generator) -> Samples:
    """Random rows of the three tables: as many train rows as synthetic ones."""
    equal = min(len(evidence.train), len(evidence.synthetic), MAX_ROWS)
    train = rng.permutation(len(evidence.train))[:equal]
    synthetic = rng.permutation(len(evidence.synthetic))[:equal]
    control = rng.permutation(len(evidence.control))[:MAX_ROWS]
    kinds = {column.name: column.kind for column in evidence.schema.compared}
    present = [
        name
        for name in evidence.train.columns
        if kinds.get(name) is not Kind.TEXT
        and (evidence.train[name].notna().any() or evidence.control[name].notna().any())
    ]
    numeric = tuple(name for name in present if kinds.get(name) in (Kind.NUMERIC, Kind.DATETIME))
    return Samples(
        train=evidence.train[present].iloc[train],
        control=evidence.control[present].iloc[control],
        synthetic=evidence.synthetic[present].iloc[synthetic],
        units=evidence.units[np.concatenate([train, len(evidence.train) + control])],
        numeric=numeric,
        nominal=tuple(name for name in present if name not in numeric),
    )


def coded(samples: Samples, name: str, cells: int) -> Trio:
    """The column as codes 0 .. cells + 1: `cells` bins or most frequent levels, then the rest, then missing.

    Bins are quantiles, and levels the most frequent, of the pool train + control: a value of the synthetic
    table decides nothing.
    """
    three = samples.three(name)
    pool = pd.concat(three[:2], ignore_index=True).dropna()
    if name in samples.numeric:
        inner = np.unique(np.quantile(pool.to_numpy(float), np.linspace(0, 1, cells + 1)[1:-1]))
        train, control, synthetic = (np.searchsorted(inner, s.to_numpy(float), side="left") for s in three)
    else:
        levels = pool.value_counts().index[:cells]
        place = pd.Series(np.arange(len(levels)), index=levels)
        train, control, synthetic = (s.map(place).fillna(cells).to_numpy(np.int32) for s in three)
    parts = zip((train, control, synthetic), three, strict=True)
    return Trio(*(np.where(s.isna().to_numpy(), cells + 1, code).astype(np.int32) for code, s in parts))


def code_limit(cells: int) -> int:
    """One more than the largest code that `coded` gives."""
    return cells + 2


def total_variation(left: Codes, right: Codes, size: int) -> float:
    """Half the sum of |p - q| over the cells 0 .. size - 1: 0 when equal, 1 when nothing is shared."""
    p = np.bincount(left, minlength=size) / max(len(left), 1)
    q = np.bincount(right, minlength=size) / max(len(right), 1)
    return float(np.abs(p - q).sum() / 2)
