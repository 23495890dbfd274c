"""Columns as cells that people share: values as they stand where they are few, else twentieths of ranks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy.evidence import Evidence
from privacy.ruler import MISSING_RANK, Coordinates

MOST_VALUES = 100
"""A number with more values in the pool is binned: no file that an attacker holds has it to the last digit."""

BINS = 20

Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Equal codes are equal cells, in all three tables; missing is a cell. Each is (columns, rows), from 0."""

    train: Codes
    control: Codes
    synthetic: Codes

    @classmethod
    def of(cls, evidence: Evidence, names: Sequence[str]) -> Cells:
        """The cells of these columns, in this order; at least one."""
        everyone = _everyone(evidence)
        return cls._from(evidence, [_values(evidence, everyone, name) for name in names])

    @classmethod
    def unbinned(cls, evidence: Evidence) -> Cells:
        """All columns, every value of the pool a cell of its own; other numbers may share one."""
        everyone = _everyone(evidence)
        return cls._from(evidence, [*everyone.ranks.T, *everyone.codes.T])

    @classmethod
    def _from(cls, evidence: Evidence, columns: Sequence[NDArray[Any]]) -> Cells:
        ends = np.cumsum([len(evidence.train), len(evidence.control)])
        codes = np.stack([pd.factorize(column)[0].astype(np.int64) for column in columns])
        return cls(*np.split(codes, ends, axis=1))

    def of_people(self, train: Codes, control: Codes) -> Cells:
        """These rows of train and of control, and all of the synthetic table."""
        return Cells(self.train[:, train], self.control[:, control], self.synthetic)

    def only(self, columns: Sequence[int]) -> Cells:
        """These columns."""
        kept = list(columns)
        return Cells(self.train[kept], self.control[kept], self.synthetic[kept])

    def crossed(self) -> Cells:
        """One column instead, with a cell for every combination: (1, rows) each."""
        ends = np.cumsum([self.train.shape[1], self.control.shape[1]])
        columns = np.hstack([self.train, self.control, self.synthetic])
        combined = columns[0]
        for column in columns[1:]:
            combined = pd.factorize(combined * (column.max() + 1) + column)[0].astype(np.int64)
        return Cells(*np.split(combined[None], ends, axis=1))


def _everyone(evidence: Evidence) -> Coordinates:
    return evidence.train_at.followed_by(evidence.control_at).followed_by(evidence.synthetic_at)


def cell_count(evidence: Evidence, name: str) -> int:
    """Cells of the column in the pool, missing left out."""
    ruler = evidence.ruler
    if name in ruler.coded:
        return len(ruler.levels[ruler.coded.index(name)])
    return BINS if is_binned(evidence, name) else _distinct(evidence, name)


def is_binned(evidence: Evidence, name: str) -> bool:
    """Whether the column is a number or date with so many values that it is cut into twentieths."""
    return name in evidence.ruler.ranked and _distinct(evidence, name) > MOST_VALUES


def _distinct(evidence: Evidence, name: str) -> int:
    return int(np.unique(evidence.ruler.scales[evidence.ruler.ranked.index(name)]).size)


def _values(evidence: Evidence, at: Coordinates, name: str) -> NDArray[np.float64]:
    """(rows,) equal numbers for equal cells."""
    ruler = evidence.ruler
    if name in ruler.coded:
        return at.codes[:, ruler.coded.index(name)].astype(np.float64)
    ranks = at.ranks[:, ruler.ranked.index(name)].astype(np.float64)
    if not is_binned(evidence, name):
        return ranks
    # A synthetic value above all of the pool has rank 1 and belongs to the last bin.
    return np.where(ranks <= 1, np.minimum(np.floor(ranks * BINS), BINS - 1), MISSING_RANK * BINS)
