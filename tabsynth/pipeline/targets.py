"""How much of a record is seen in a synthetic table: what an attacker measures about one target."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy import Coordinates, Distance, Ruler, k_nearest
from tabsynth.pipeline.vulnerable import NEAR

Floats = NDArray[np.float64]

NEIGHBOURS = (1, 5, 25)
"""The nearest row, and the mean over a few and over some more: the inverse of counts in balls of three sizes."""

QUERIES = 60
"""Counting queries about each target."""

MOST_CONDITIONS = 3
AGREE = 0.02
"""Two numbers no further apart than this, in ranks, meet the same condition."""

_TOUCHING = 0.02
"""Distances below, in columns, are as good as none."""


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """Records to look for. queries: (targets, QUERIES, columns) which columns each query is about."""

    ruler: Ruler
    at: Coordinates
    distance: Distance
    queries: NDArray[np.float32]

    @classmethod
    def among(cls, targets: pd.DataFrame, pool: pd.DataFrame, rng: np.random.Generator) -> Targets:
        """The targets on the ruler of `pool`, which holds them whether they were learnt from or not."""
        ruler = Ruler.fit(pool)
        distance = Distance.near_match(ruler.measure(pool), NEAR, rng)
        queries = np.zeros((len(targets), QUERIES, targets.shape[1]), np.float32)
        for query in queries.reshape(-1, targets.shape[1]):
            most = min(MOST_CONDITIONS, len(query))
            query[rng.choice(len(query), int(rng.integers(1, most + 1)), replace=False)] = 1
        return cls(ruler, ruler.measure(targets), distance, queries)

    def traces(self, table: pd.DataFrame, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """(targets, 3) negative log mean distances to the nearest rows of `table`; (targets, QUERIES) counts.

        The counts are those of query-based shadow attacks (Meeus et al., ESORICS 2023): rows that agree with
        the target in the query's columns. Here as 2 sqrt(c + 3/8), which has about variance 1 (Anscombe,
        Biometrika 1948), whatever c.
        """
        at = self.ruler.measure(table)
        _, distances = k_nearest(self.at, at, self.distance, max(NEIGHBOURS), rng=rng)
        near = np.stack([distances[:, :k].mean(axis=1) for k in NEIGHBOURS], axis=1)
        closeness: Floats = -np.log(near.astype(np.float64) + _TOUCHING)
        return closeness, self._counts(at)

    def _counts(self, table: Coordinates) -> Floats:
        counts = np.empty(self.queries.shape[:2])
        for target, queries in enumerate(self.queries):
            unequal = np.hstack(
                [
                    np.abs(table.ranks - self.at.ranks[target]) > AGREE,
                    table.codes != self.at.codes[target],
                ]
            )
            broken = unequal.astype(np.float32) @ queries.T
            counts[target] = (broken == 0).sum(axis=0)
        steady: Floats = 2 * np.sqrt(counts + 3 / 8)
        return steady
