"""How many records of a pool lie within a distance: a count has no end, so k nearest would not do."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from privacy.threads import in_threads

_BLOCK = 256

Matrix = NDArray[np.float32]


def count_within(queries: Matrix, pool: Matrix, weights: Matrix, radius: float) -> NDArray[np.int64]:
    """(queries,) pool records at most `radius` away, by sum of weight * min(|a - b|, 1).

    queries, pool: (rows, columns), from `Distance.matrix`. weights: (columns,). The sums are float32, so the
    radius is widened by a few of its last bits.
    """
    counts = np.zeros(len(queries), np.int64)
    weighty = weights > 0
    widened = np.float32(radius * (1 + 1e-6))
    blocks = _side_by_side(pool[:, weighty])
    near = np.ascontiguousarray(queries[:, weighty])
    count = _compiled()

    def some(part: slice) -> None:
        count(near[part], blocks, len(pool), weights[weighty], widened, counts[part])

    in_threads(some, len(queries))
    return counts


def _side_by_side(pool: Matrix) -> Matrix:
    """(blocks, columns, _BLOCK): columns of a block lie together, for vector instructions; filled with zeros."""
    count = -(-len(pool) // _BLOCK)
    padded = np.zeros((count * _BLOCK, pool.shape[1]), np.float32)
    padded[: len(pool)] = pool
    return np.ascontiguousarray(padded.reshape(count, _BLOCK, -1).transpose(0, 2, 1))


@cache
def _compiled() -> Any:
    import numba

    @numba.njit(nogil=True)  # type: ignore[untyped-decorator]
    def count(queries: Any, blocks: Any, size: Any, weights: Any, radius: Any, counts: Any) -> None:
        for query in range(len(queries)):
            sums = np.empty(_BLOCK, np.float32)
            within = 0
            for block in range(len(blocks)):
                sums[:] = np.float32(0)
                for column in range(len(weights)):
                    at, weight = queries[query, column], weights[column]
                    for row in range(_BLOCK):
                        apart = abs(at - blocks[block, column, row])
                        sums[row] += (apart if apart < np.float32(1) else np.float32(1)) * weight
                for row in range(min(_BLOCK, size - block * _BLOCK)):
                    within += sums[row] <= radius
            counts[query] = within

    return count
