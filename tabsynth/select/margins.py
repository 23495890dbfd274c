"""The margins of a table: how many rows fall into each cell of one, two or three columns at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from tabsynth.domain import Encoded
from tabsynth.groups import Map, groups_by_mass

GROUPS = {1: 64, 2: 20, 3: 8}
"""Groups a column may have, by how many columns a margin counts at once."""

_MOST_PAIRS, _MOST_TRIPLES, _COLUMNS_OF_TRIPLES = 2000, 60, 16

Floats = NDArray[np.float64]
Cells = NDArray[np.uint16]
Columns = tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Margins:
    """columns: of each margin. maps: by the number of columns counted at once, the group of each code of every
    axis. counts: of each margin, rows in its cells, first column slowest; where persons have several rows, scaled
    down to the number of rows of different persons that would tell as much. noise: variance of what was added to
    each count; with some, counts may be below 0."""

    columns: tuple[Columns, ...]
    maps: dict[int, tuple[Map, ...]]
    counts: tuple[Floats, ...]
    noise: float = 0.0

    @classmethod
    def of(cls, table: Encoded) -> Margins:
        """Every column; every pair, or the 2,000 that tell most of each other; the triples of such columns."""
        axes = table.domain.axes
        maps = {
            ways: tuple(groups_by_mass(axis, table.codes[:, at], most) for at, axis in enumerate(axes))
            for ways, most in GROUPS.items()
        }
        bare = cls((), maps, ())
        pairs = list(combinations(range(len(axes)), 2))
        told = {pair: bare._dependence(table, pair) for pair in pairs}
        pairs = sorted(pairs, key=lambda pair: -told[pair])[:_MOST_PAIRS]
        columns = (*((at,) for at in range(len(axes))), *pairs, *_triples(told))
        believed = _independent_rows(table) / max(len(table), 1)
        return cls(columns, maps, tuple(bare.count(table, each) * believed for each in columns))

    def joined_by(self, people: Encoded, noise: float, rng: np.random.Generator | None = None) -> Margins:
        """With further people counted, each as one; with `rng`, normal noise of this variance on every count."""
        weights = people.person_weights()
        sums = [
            counts + np.bincount(self.cells(people, columns), weights, len(counts))
            for columns, counts in zip(self.columns, self.counts, strict=True)
        ]
        if rng is not None:
            sums = [each + rng.normal(0, np.sqrt(noise), len(each)) for each in sums]
        return replace(self, counts=tuple(sums), noise=noise)

    def size(self, columns: Columns) -> int:
        """Cells of a margin."""
        return int(np.prod([self._groups(column, len(columns)) for column in columns]))

    def cells(self, table: Encoded, columns: Columns) -> Cells:
        """(rows,) the cell of each row of a table on the same axes."""
        place = np.zeros(len(table), np.uint16)
        for column in columns:
            group = self.maps[len(columns)][column][table.codes[:, column]]
            place = place * np.uint16(self._groups(column, len(columns))) + group
        return place

    def count(self, table: Encoded, columns: Columns) -> Floats:
        """(cells,) rows of a table in each cell of a margin."""
        return np.bincount(self.cells(table, columns), minlength=self.size(columns)).astype(np.float64)

    def _groups(self, column: int, ways: int) -> int:
        return int(self.maps[ways][column].max()) + 1

    def _dependence(self, table: Encoded, pair: Columns) -> float:
        """Mutual information of two columns in nats, less what noise alone would show on average."""
        joint = self.count(table, pair).reshape(self._groups(pair[0], 2), -1) / max(len(table), 1)
        expected = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0)
        seen = joint > 0
        told = float((joint[seen] * np.log(joint[seen] / expected[seen])).sum())
        freedom = (joint.any(axis=1).sum() - 1) * (joint.any(axis=0).sum() - 1)
        return told - float(freedom) / (2 * max(len(table), 1))


def _independent_rows(table: Encoded) -> float:
    """As many rows of different persons would tell as much: Kish's effective number, rows all alike at worst."""
    if table.persons is None:
        return float(len(table))
    _, rows = np.unique(table.persons, return_counts=True)
    return float(rows.sum() ** 2 / (rows**2).sum()) if len(rows) else 0.0


def _triples(told: dict[tuple[int, int], float]) -> list[Columns]:
    """Triples of the columns in the strongest pairs, those with the strongest pairs first."""
    ranked = sorted(told, key=lambda pair: -told[pair])
    strong = list(dict.fromkeys(column for pair in ranked for column in pair))[:_COLUMNS_OF_TRIPLES]
    triples: list[Columns] = list(combinations(sorted(strong), 3))
    strength = {triple: sum(told[pair] for pair in combinations(triple, 2)) for triple in triples}
    return sorted(strength, key=lambda triple: -strength[triple])[:_MOST_TRIPLES]
