"""The values of one column on all three tables, and which of them only one person has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy.attacks.fingerprints import held_by_one
from privacy.attacks.targets import people
from privacy.evidence import Evidence
from privacy.stats import Count

Mask = NDArray[np.bool_]

FEWEST_ALONE = 30
"""An id-like column has at least so many values that only one person has, and few others."""


@dataclass(frozen=True, slots=True, eq=False)
class ColumnValues:
    """One column.

    pool: (pool rows,) train's rows first; float64, or object for labels. synthetic: (synthetic rows,) alike.
    people: (pool rows,) whose row it is. in_train: (pool rows,). alone: (pool rows,) only one person has the
    value; never where it is missing. met: (pool rows,) the value stands in the synthetic table. id_like: most
    values are one person's each, as in a key, a time stamp, an amount to the cent, a free text.
    """

    name: str
    pool: NDArray[Any]
    synthetic: NDArray[Any]
    people: NDArray[np.int64]
    in_train: Mask
    alone: Mask
    met: Mask
    id_like: bool

    @classmethod
    def of(
        cls, name: str, values: tuple[NDArray[Any], NDArray[Any]], owners: NDArray[np.int64], in_train: Mask
    ) -> ColumnValues:
        """From the values of pool and synthetic table, the owners of the pool's rows and their side."""
        pool, synthetic = values
        alone = held_by_one(pool, owners)
        met = pd.Series(pool).isin(pd.unique(synthetic)).to_numpy() & pd.notna(pool)
        of_one, different = (int(pd.Series(part).nunique()) for part in (pool[alone], pool))
        id_like = of_one >= FEWEST_ALONE and of_one > different / 2
        return cls(name, pool, synthetic, owners, in_train, alone, met, id_like)

    @property
    def numeric(self) -> bool:
        return self.pool.dtype.kind == "f"

    def counts(self, tried: Mask, found: Mask) -> tuple[Count, Count]:
        """Distinct people of train and of control: found, of those tried."""
        train, control = (
            Count(self._people(tried & found & side), self._people(tried & side))
            for side in (self.in_train, ~self.in_train)
        )
        return train, control

    def _people(self, rows: Mask) -> int:
        return int(np.unique(self.people[rows]).size)


def column_values(evidence: Evidence) -> list[ColumnValues]:
    """Every compared column; numbers in single precision if the synthetic table has no other."""
    owners = np.concatenate(people(evidence))
    columns = []
    for name in evidence.train.columns:
        parts = [frame[name].to_numpy() for frame in (evidence.train, evidence.control, evidence.synthetic)]
        values = _alike(np.concatenate(parts[:2]), parts[2])
        columns.append(ColumnValues.of(str(name), values, owners, evidence.in_train))
    return columns


def _alike(pool: NDArray[Any], synthetic: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """A copy that went through a generator's float32 is still a copy."""
    if pool.dtype.kind != "f":
        return pool, synthetic
    with np.errstate(over="ignore"):
        single = synthetic.astype(np.float32).astype(np.float64)
        if np.array_equal(single, synthetic, equal_nan=True):
            return pool.astype(np.float32).astype(np.float64), synthetic
    return pool, synthetic
