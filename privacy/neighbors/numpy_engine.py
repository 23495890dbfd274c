"""The plain engine: one block of the distance matrix after another."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

_CELLS = 4_000_000

Matrix = NDArray[np.float32]
Places = NDArray[np.int64]


def two_nearest(
    queries: Matrix, pool: Matrix, weights: Matrix, units: Places, own: Places
) -> tuple[Places, Matrix, Matrix]:
    index = np.empty(len(queries), np.int64)
    first, second = np.empty((2, len(queries)), np.float32)
    for block, distances in _distances(queries, pool, weights):
        distances[own[block, None] == units[None, :]] = np.inf
        nearest = distances.argmin(axis=1)
        index[block], first[block] = nearest, distances.min(axis=1)
        distances[units[nearest][:, None] == units[None, :]] = np.inf
        second[block] = distances.min(axis=1)
    return index, first, second


def k_nearest(queries: Matrix, pool: Matrix, weights: Matrix, k: int) -> tuple[Places, Matrix]:
    index = np.empty((len(queries), k), np.int64)
    nearest = np.empty((len(queries), k), np.float32)
    for block, distances in _distances(queries, pool, weights):
        index[block] = np.argsort(distances, axis=1, kind="stable")[:, :k]
        nearest[block] = np.take_along_axis(distances, index[block], axis=1)
    return index, nearest


def count_within(queries: Matrix, pool: Matrix, weights: Matrix, radius: np.float32) -> Places:
    counts = np.empty(len(queries), np.int64)
    for block, distances in _distances(queries, pool, weights):
        counts[block] = (distances <= radius).sum(axis=1)
    return counts


def _distances(queries: Matrix, pool: Matrix, weights: Matrix) -> Iterator[tuple[slice, Matrix]]:
    size = max(1, _CELLS // len(pool))
    for start in range(0, len(queries), size):
        block = slice(start, start + size)
        total = np.zeros((len(queries[block]), len(pool)), np.float32)
        for column, weight in enumerate(weights):
            apart = np.abs(queries[block, column, None] - pool[None, :, column])
            total += np.minimum(apart, np.float32(1)) * weight
        yield block, total
