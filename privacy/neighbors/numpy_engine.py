"""The plain engine: one block of the distance matrix after another."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

_CELLS = 4_000_000

Matrix = NDArray[np.float32]
Places = NDArray[np.int64]


class Index:
    """The pool as it is."""

    def __init__(self, pool: Matrix, weights: Matrix) -> None:
        self.pool, self.weights = pool, weights

    def two_nearest(self, queries: Matrix, units: Places, own: Places) -> tuple[Places, Matrix, Matrix]:
        index = np.empty(len(queries), np.int64)
        first, second = np.empty((2, len(queries)), np.float32)
        for block, distances in self._distances(queries):
            distances[own[block, None] == units[None, :]] = np.inf
            nearest = distances.argmin(axis=1)
            index[block], first[block] = nearest, distances.min(axis=1)
            distances[units[nearest][:, None] == units[None, :]] = np.inf
            second[block] = distances.min(axis=1)
        return index, first, second

    def k_nearest(self, queries: Matrix, k: int) -> tuple[Places, Matrix]:
        index = np.empty((len(queries), k), np.int64)
        nearest = np.empty((len(queries), k), np.float32)
        for block, distances in self._distances(queries):
            index[block] = np.argsort(distances, axis=1, kind="stable")[:, :k]
            nearest[block] = np.take_along_axis(distances, index[block], axis=1)
        return index, nearest

    def count_within(self, queries: Matrix, radius: np.float32) -> Places:
        counts = np.empty(len(queries), np.int64)
        for block, distances in self._distances(queries):
            counts[block] = (distances <= radius).sum(axis=1)
        return counts

    def _distances(self, queries: Matrix) -> Iterator[tuple[slice, Matrix]]:
        size = max(1, _CELLS // len(self.pool))
        for start in range(0, len(queries), size):
            block = slice(start, start + size)
            total = np.zeros((len(queries[block]), len(self.pool)), np.float32)
            for column, weight in enumerate(self.weights):
                apart = np.abs(queries[block, column, None] - self.pool[None, :, column])
                total += np.minimum(apart, np.float32(1)) * weight
            yield block, total
