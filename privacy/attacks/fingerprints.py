"""Records as sums of random 64-bit numbers, one a value: equal on a column set if and only if equal sums.

Adding the columns of a set, or taking a few from the sum of all, gives every column subset in linear time.
Two different records collide with chance 2^-64 (Zobrist hashing, Univ. of Wisconsin TR 88, 1970).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy.evidence import Evidence
from privacy.ruler import Coordinates

BINS = 20
"""Bins over the ranks of a number, for copies that survive rounding and light noise."""

Sums = NDArray[np.uint64]


@dataclass(frozen=True, slots=True, eq=False)
class Subset:
    """The sums over one set of columns: pool (train, then control), synthetic, and its shuffled twin."""

    pool: Sums
    synthetic: Sums
    shuffled: Sums

    def found(self) -> NDArray[np.bool_]:
        """(pool rows,) whether the record stands in the synthetic table."""
        return pd.Series(self.pool).isin(self.synthetic).to_numpy()

    def found_by_chance(self) -> NDArray[np.bool_]:
        """(pool rows,) whether it stands in the table with the synthetic margins and nothing else."""
        return pd.Series(self.pool).isin(self.shuffled).to_numpy()

    def held_by_one(self, people: NDArray[np.int64]) -> NDArray[np.bool_]:
        """(pool rows,) whether only one person of the pool has this combination; the label is not looked at."""
        return held_by_one(self.pool, people)

    def shared_by_two(self, people: NDArray[np.int64]) -> int:
        """How many combinations exactly two people of the pool have."""
        pairs = pd.DataFrame({"kind": self.pool, "person": people}).drop_duplicates()
        return int((pairs["kind"].value_counts() == 2).sum())


def held_by_one(values: NDArray[Any] | pd.Series, people: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(rows,) whether only one person has the value of this row; missing values, if any, are nobody's."""
    codes, distinct = pd.factorize(values)
    holder = np.empty(len(distinct) + 1, dtype=np.int64)
    holder[codes] = people
    shared = np.zeros(len(distinct) + 1, dtype=bool)
    shared[codes[holder[codes] != people]] = True
    alone: NDArray[np.bool_] = ~shared[codes] & (codes >= 0)
    return alone


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprints:
    """One random number per cell. Each array is (columns, rows); columns in the order they were given."""

    pool: Sums
    synthetic: Sums
    shuffled: Sums

    @classmethod
    def of_values(cls, evidence: Evidence, rng: np.random.Generator) -> Fingerprints:
        """From the values as they stand, columns as in the frames."""
        frames = (evidence.train, evidence.control, evidence.synthetic)
        cells = [
            _codes(pd.concat([frame[name] for frame in frames], ignore_index=True))
            for name in evidence.train.columns
        ]
        return cls._from(cells, len(evidence.synthetic), rng)

    @classmethod
    def of_bins(cls, evidence: Evidence, rng: np.random.Generator) -> Fingerprints:
        """From the ruler: numbers in twentieths of the pool's ranks, other columns as they stand."""
        tables = (evidence.train_at, evidence.control_at, evidence.synthetic_at)
        cells = list(np.concatenate([_binned(table) for table in tables]).T)
        return cls._from([pd.factorize(column)[0] for column in cells], len(evidence.synthetic), rng)

    @classmethod
    def _from(
        cls, cells: Sequence[NDArray[np.int64]], synthetic: int, rng: np.random.Generator
    ) -> Fingerprints:
        numbers = np.stack([_random_numbers(codes, rng) for codes in cells])
        pool, copy = numbers[:, :-synthetic], numbers[:, -synthetic:]
        return cls(pool, copy, np.stack([rng.permutation(column) for column in copy]))

    def __len__(self) -> int:
        return len(self.pool)

    def only(self, columns: Sequence[int]) -> Subset:
        """The sums over these columns."""
        kept = list(columns)
        return Subset(*(table[kept].sum(axis=0, dtype=np.uint64) for table in self._tables))

    def without(self, totals: Subset, columns: Sequence[int]) -> Subset:
        """The sums over all columns but these; `totals` are the sums over all."""
        rest = self.only(columns)
        return Subset(
            totals.pool - rest.pool, totals.synthetic - rest.synthetic, totals.shuffled - rest.shuffled
        )

    @property
    def _tables(self) -> tuple[Sums, Sums, Sums]:
        return self.pool, self.synthetic, self.shuffled


def _codes(column: pd.Series) -> NDArray[np.int64]:
    """Codes of equal values, missing equal to missing.

    Numbers are compared in single precision: a copy that went through a float32 generator is still a copy.
    """
    values = column.to_numpy()
    if values.dtype.kind == "f":
        with np.errstate(over="ignore"):
            values = values.astype(np.float32)
    return pd.factorize(values, use_na_sentinel=False)[0].astype(np.int64)


def _binned(table: Coordinates) -> NDArray[np.int64]:
    bins = np.floor(table.ranks * BINS).astype(np.int64)
    return np.hstack([bins, table.codes.astype(np.int64)])


def _random_numbers(codes: NDArray[np.int64], rng: np.random.Generator) -> Sums:
    table = rng.integers(0, 2**64, size=int(codes.max()) + 1, dtype=np.uint64)
    return table[codes]
