"""The distance between two records: D(a, b) = sum over columns of w * min(|a - b| / h, 1).

h is one for codes, so two categories are 0 or 1 apart. With h = 1 and w = 1 this is the L1 distance of ranks
plus the number of unequal categories; with a small h it counts the columns that do not nearly agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from privacy.ruler import Coordinates

_PAIRS = 40_000
_RAREST = 0.001
_LEAST_WEIGHT = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Distance:
    """bandwidth: h of the ranked columns, in (0, 1]. rank_weights, code_weights: w of each column, float32."""

    bandwidth: float
    rank_weights: NDArray[np.float32]
    code_weights: NDArray[np.float32]

    @classmethod
    def plain(cls, at: Coordinates) -> Distance:
        """Every column alike, numbers by the whole difference of their ranks."""
        return cls(1.0, np.ones(at.ranks.shape[1], np.float32), np.ones(at.codes.shape[1], np.float32))

    @classmethod
    def near_match(cls, pool: Coordinates, bandwidth: float, rng: np.random.Generator) -> Distance:
        """Numbers agree within `bandwidth`; a column weighs as much as agreeing on it would tell.

        w = -ln(chance that two strangers of the pool agree), scaled to mean 1, at least .02: a nearly
        constant flag then counts nearly nothing, as in Fellegi & Sunter (JASA 1969).
        """
        first, second = rng.integers(0, len(pool), (2, _PAIRS))
        apart = np.minimum(np.abs(pool.ranks[first] - pool.ranks[second]) / bandwidth, 1).mean(axis=0)
        unequal = (pool.codes[first] != pool.codes[second]).mean(axis=0)
        agreement = 1 - np.concatenate([apart, unequal])
        weights = -np.log(np.maximum(agreement, _RAREST))
        scale = weights.mean() if weights.any() else 1.0
        weights = np.maximum(weights / scale, _LEAST_WEIGHT).astype(np.float32)
        return cls(bandwidth, weights[: len(apart)], weights[len(apart) :])

    def without_unmatched(self, queries: Coordinates) -> Distance:
        """The same, blind to coded columns in which no query has a pool value.

        Such a column (made-up names, say) adds the same amount to every distance and would drown the rest.
        """
        matched = (queries.codes >= 0).any(axis=0)
        return Distance(
            self.bandwidth, self.rank_weights, np.where(matched, self.code_weights, np.float32(0))
        )

    def matrix(self, at: Coordinates) -> NDArray[np.float32]:
        """(rows, columns) coordinates on which D is a weighted, clipped L1 distance: |a - b| clipped at 1.

        Ranks are divided by h; different codes differ by 1 or more and are exact below 2^24 levels.
        """
        return np.hstack([at.ranks / np.float32(self.bandwidth), at.codes.astype(np.float32)])

    @property
    def weights(self) -> NDArray[np.float32]:
        """(columns,) in the order of `matrix`."""
        return np.concatenate([self.rank_weights, self.code_weights])
