"""The fast engine: compiled loops over blocks of the pool, given up as soon as no record can win.

Column-major blocks let the compiler use vector instructions; a sum only grows, so a block whose every
partial sum already passes the bound is left. fastmath stays off: reordered sums would disagree with the
other engines. Compiled on first use (about two seconds), nothing is written to disk.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from privacy.threads import in_threads

_BLOCK = 128
_COLUMNS_BETWEEN_CHECKS = 4
_QUERIES_TOGETHER = 16

Matrix = NDArray[np.float32]
Places = NDArray[np.int64]


def two_nearest(
    queries: Matrix, pool: Matrix, weights: Matrix, units: Places, own: Places
) -> tuple[Places, Matrix, Matrix]:
    index = np.empty(len(queries), np.int64)
    first = np.full(len(queries), np.inf, np.float32)
    second = np.full(len(queries), np.inf, np.float32)
    blocks = _blocks(pool)

    def some(part: slice) -> None:
        _two_nearest(
            *(queries[part], blocks, len(pool), weights, units, own[part]),
            *(index[part], first[part], second[part]),
        )

    in_threads(some, len(queries))
    return index, first, second


def k_nearest(queries: Matrix, pool: Matrix, weights: Matrix, k: int) -> tuple[Places, Matrix]:
    index = np.empty((len(queries), k), np.int64)
    found = np.full((len(queries), k), np.inf, np.float32)
    blocks = _blocks(pool)

    def some(part: slice) -> None:
        _k_nearest(queries[part], blocks, len(pool), weights, index[part], found[part])

    in_threads(some, len(queries))
    return index, found


def count_within(queries: Matrix, pool: Matrix, weights: Matrix, radius: np.float32) -> Places:
    counts = np.zeros(len(queries), np.int64)
    blocks, beyond = _blocks(pool), np.nextafter(radius, np.float32(np.inf))

    def some(part: slice) -> None:
        _count_below(queries[part], blocks, len(pool), weights, beyond, counts[part])

    in_threads(some, len(queries))
    return counts


def _blocks(pool: Matrix) -> NDArray[np.float32]:
    """(blocks, columns, _BLOCK): rows side by side within a block, the last one filled up with zeros."""
    count = -(-len(pool) // _BLOCK)
    padded = np.zeros((count * _BLOCK, pool.shape[1]), np.float32)
    padded[: len(pool)] = pool
    return np.ascontiguousarray(padded.reshape(count, _BLOCK, -1).transpose(0, 2, 1))


@numba.njit(inline="always")  # type: ignore[untyped-decorator]
def _sums(query: Any, block: Any, weights: Any, bound: Any, sums: Any) -> Any:
    """Fills `sums` with the distances to the block's rows; False when none is below `bound`."""
    sums[:] = np.float32(0)
    for column in range(len(weights)):
        at, weight = query[column], weights[column]
        for row in range(_BLOCK):
            apart = abs(at - block[column, row])
            sums[row] += (apart if apart < np.float32(1) else np.float32(1)) * weight
        if column % _COLUMNS_BETWEEN_CHECKS == _COLUMNS_BETWEEN_CHECKS - 1:
            below = 0
            for row in range(_BLOCK):
                below += sums[row] < bound
            if below == 0:
                return False
    return True


@numba.njit(nogil=True)  # type: ignore[untyped-decorator]
def _two_nearest(
    queries: Any,
    blocks: Any,
    size: Any,
    weights: Any,
    units: Any,
    own: Any,
    index: Any,
    first: Any,
    second: Any,
) -> None:
    groups = -(-len(queries) // _QUERIES_TOGETHER)
    for group in range(groups):
        sums = np.empty(_BLOCK, np.float32)
        for b in range(len(blocks)):
            for q in range(group * _QUERIES_TOGETHER, min((group + 1) * _QUERIES_TOGETHER, len(queries))):
                if not _sums(queries[q], blocks[b], weights, second[q], sums):
                    continue
                for row in range(min(_BLOCK, size - b * _BLOCK)):
                    place = b * _BLOCK + row
                    if not sums[row] < second[q] or units[place] == own[q]:
                        continue
                    another = first[q] == np.inf or units[place] != units[index[q]]
                    if sums[row] < first[q]:
                        if another:
                            second[q] = first[q]
                        first[q] = sums[row]
                        index[q] = place
                    elif another:
                        second[q] = sums[row]


@numba.njit(nogil=True)  # type: ignore[untyped-decorator]
def _k_nearest(queries: Any, blocks: Any, size: Any, weights: Any, index: Any, found: Any) -> None:
    k = found.shape[1]
    groups = -(-len(queries) // _QUERIES_TOGETHER)
    for group in range(groups):
        sums = np.empty(_BLOCK, np.float32)
        for b in range(len(blocks)):
            for q in range(group * _QUERIES_TOGETHER, min((group + 1) * _QUERIES_TOGETHER, len(queries))):
                if not _sums(queries[q], blocks[b], weights, found[q, k - 1], sums):
                    continue
                for row in range(min(_BLOCK, size - b * _BLOCK)):
                    if not sums[row] < found[q, k - 1]:
                        continue
                    place = k - 1
                    while place > 0 and found[q, place - 1] > sums[row]:
                        found[q, place] = found[q, place - 1]
                        index[q, place] = index[q, place - 1]
                        place -= 1
                    found[q, place] = sums[row]
                    index[q, place] = b * _BLOCK + row


@numba.njit(nogil=True)  # type: ignore[untyped-decorator]
def _count_below(queries: Any, blocks: Any, size: Any, weights: Any, bound: Any, counts: Any) -> None:
    sums = np.empty(_BLOCK, np.float32)
    for b in range(len(blocks)):
        for q in range(len(queries)):
            if _sums(queries[q], blocks[b], weights, bound, sums):
                for row in range(min(_BLOCK, size - b * _BLOCK)):
                    counts[q] += sums[row] < bound
