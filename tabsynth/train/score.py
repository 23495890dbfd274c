"""How far a sample is from the development rows: cheap, deterministic, and only good for comparing epochs.

The published numbers come from the audit; this one decides when to stop a training.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from tabsynth.domain import Axis, Encoded

GROUPS = 12
"""Coarse codes per column in a pair: about 150 cells, so that a few thousand rows fill them."""

MOST_PAIRS = 120


class Distance:
    """Mean total variation over columns plus mean total variation over pairs of coarsened columns, in [0, 2]."""

    def __init__(self, development: Encoded) -> None:
        self.rows = len(development)
        axes = development.domain.axes
        self._coarsen = [_groups(axis, development.codes[:, j]) for j, axis in enumerate(axes)]
        pairs = list(combinations(range(len(axes)), 2))
        self._pairs = pairs[:: -(-len(pairs) // MOST_PAIRS)] if pairs else []
        self._ones, self._twos = self._shares(development)

    def __call__(self, sample: Encoded) -> float:
        """The distance of `sample`, which is on the same domain and has rows."""
        return sum(self.parts(sample))

    def parts(self, sample: Encoded) -> tuple[float, float]:
        """The two means, over columns and over pairs; 0 for pairs where there is one column."""
        ones, twos = self._shares(sample)
        return _mean_variation(ones, self._ones), _mean_variation(twos, self._twos)

    def _shares(self, table: Encoded) -> tuple[list[NDArray[np.float64]], list[NDArray[np.float64]]]:
        rows = max(len(table), 1)
        columns = range(table.codes.shape[1])
        coarse = [self._coarsen[j][table.codes[:, j]] for j in columns]
        sizes = table.domain.sizes
        ones = [np.bincount(table.codes[:, j], minlength=sizes[j]) / rows for j in columns]
        twos = [
            np.bincount(coarse[a] * (GROUPS + 1) + coarse[b], minlength=(GROUPS + 1) ** 2) / rows
            for a, b in self._pairs
        ]
        return ones, twos


def _groups(axis: Axis, codes: NDArray[np.int32]) -> NDArray[np.int64]:
    """(codes of the axis,) group of each code: bins in equal runs; levels by frequency, the rest together."""
    if not axis.discrete:
        plain = np.minimum(np.arange(axis.plain), 1)
        runs = 2 + np.arange(axis.bins) * (GROUPS - 1) // axis.bins
        groups: NDArray[np.int64] = np.concatenate([plain, runs]).astype(np.int64)
        return groups
    counts = np.bincount(codes, minlength=axis.size)
    rank = np.empty(axis.size, dtype=np.int64)
    rank[np.argsort(-counts, kind="stable")] = np.arange(axis.size)
    pooled: NDArray[np.int64] = np.minimum(rank, GROUPS)
    return pooled


def _mean_variation(some: list[NDArray[np.float64]], others: list[NDArray[np.float64]]) -> float:
    distances = [float(np.abs(a - b).sum() / 2) for a, b in zip(some, others, strict=True)]
    return sum(distances) / max(len(distances), 1)
