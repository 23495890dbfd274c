"""The distance between two records: D(a, b) = sum over columns of w * min(|a - b| / h, 1).

h is one for codes, so two categories are 0 or 1 apart; two texts are apart by the share of unequal prints.
With h = 1 and w = 1 this is the L1 distance of ranks plus the number of unequal categories; with a small h it
counts the columns that do not nearly agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from privacy.ruler import Coordinates
from privacy.text_sketch import SKETCH

_PAIRS = 40_000
_RAREST = 0.001
_LEAST_WEIGHT = 0.02
_NOTHING = np.float32(0)

Weights = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Distance:
    """bandwidth: h of the ranked columns, in (0, 1]. rank_weights, code_weights: w of each column, float32; a
    text's weight stands in print_weights (texts,) and is shared out over its prints, its code weighs nothing."""

    bandwidth: float
    rank_weights: Weights
    code_weights: Weights
    print_weights: Weights

    @classmethod
    def plain(cls, at: Coordinates) -> Distance:
        """Every column alike, numbers by the whole difference of their ranks."""
        return cls._of(1.0, at, np.ones(_columns(at), np.float32))

    @classmethod
    def near_match(cls, pool: Coordinates, bandwidth: float, rng: np.random.Generator) -> Distance:
        """Numbers agree within `bandwidth`; a column weighs as much as agreeing on it would tell.

        w = -ln(chance that two strangers of the pool agree), scaled to mean 1, at least .02: a nearly
        constant flag then counts nearly nothing, as in Fellegi & Sunter (JASA 1969).
        """
        first, second = rng.integers(0, len(pool), (2, _PAIRS))
        apart = np.minimum(np.abs(pool.ranks[first] - pool.ranks[second]) / bandwidth, 1).mean(axis=0)
        unequal = (pool.codes[first] != pool.codes[second]).mean(axis=0)
        unlike = (pool.prints[first] != pool.prints[second]).mean(axis=(0, 2))
        unequal[len(unequal) - len(unlike) :] = unlike
        agreement = 1 - np.concatenate([apart, unequal])
        weights = -np.log(np.maximum(agreement, _RAREST))
        scale = weights.mean() if weights.any() else 1.0
        return cls._of(bandwidth, pool, np.maximum(weights / scale, _LEAST_WEIGHT).astype(np.float32))

    @classmethod
    def _of(cls, bandwidth: float, at: Coordinates, weights: Weights) -> Distance:
        """From one weight a column, ranked ones first, texts last."""
        ranks, texts = at.ranks.shape[1], at.prints.shape[1]
        codes, prints = weights[ranks:].copy(), weights[len(weights) - texts :]
        codes[len(codes) - texts :] = 0
        return cls(bandwidth, weights[:ranks], codes, prints)

    def on(self, columns: NDArray[np.bool_]) -> Distance:
        """The same, blind to every column but these; (ranked, then coded columns,) flags."""
        ranks, texts = len(self.rank_weights), len(self.print_weights)
        return Distance(
            self.bandwidth,
            np.where(columns[:ranks], self.rank_weights, _NOTHING),
            np.where(columns[ranks:], self.code_weights, _NOTHING),
            np.where(columns[len(columns) - texts :], self.print_weights, _NOTHING),
        )

    def without_unmatched(self, queries: Coordinates) -> Distance:
        """The same, blind to coded columns in which no query has a pool value.

        Such a column (made-up names, say) adds the same amount to every distance and would drown the rest.
        """
        codes, prints = (queries.codes >= 0).any(axis=0), (queries.prints >= 0).any(axis=(0, 2))
        return Distance(
            self.bandwidth,
            self.rank_weights,
            np.where(codes, self.code_weights, _NOTHING),
            np.where(prints, self.print_weights, _NOTHING),
        )

    def matrix(self, at: Coordinates) -> NDArray[np.float32]:
        """(rows, columns) coordinates on which D is a weighted, clipped L1 distance: |a - b| clipped at 1.

        Ranks are divided by h; different codes differ by 1 or more and are exact below 2^24 levels.
        """
        prints = at.prints.reshape(len(at), -1).astype(np.float32)
        return np.hstack([at.ranks / np.float32(self.bandwidth), at.codes.astype(np.float32), prints])

    @property
    def weights(self) -> Weights:
        """(columns,) in the order of `matrix`."""
        each = np.repeat(self.print_weights / np.float32(SKETCH), SKETCH)
        return np.concatenate([self.rank_weights, self.code_weights, each])


def _columns(at: Coordinates) -> int:
    return at.ranks.shape[1] + at.codes.shape[1]
