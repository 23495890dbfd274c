"""The pool cut into boxes of rows that lie near each other, so that whole boxes need not be looked at.

A k-d tree (Bentley, CACM 1975) of which only the leaves are kept: with weights on many columns a search visits so
many of them that going down a tree saves nothing over looking at every leaf's bounds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SIZE = 128
"""Rows a box: enough for vector instructions, few enough to lie near each other."""

_SAMPLE = 256

Matrix = NDArray[np.float32]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Boxes:
    """order: (rows,) the pool row at each place. rows: (boxes, columns, SIZE) side by side within a box, the last
    box filled up with its last row. low, high: (columns, boxes) the values between which a box lies."""

    order: Places
    rows: Matrix
    low: Matrix
    high: Matrix

    @classmethod
    def of(cls, pool: Matrix, weights: Matrix) -> Boxes:
        order = _together(pool, weights)
        filled = np.append(order, np.repeat(order[-1:], -len(order) % SIZE))
        rows = np.ascontiguousarray(
            pool[filled].reshape(len(filled) // SIZE, SIZE, pool.shape[1]).transpose(0, 2, 1)
        )
        low, high = (np.ascontiguousarray(bound.T) for bound in (rows.min(axis=2), rows.max(axis=2)))
        return cls(order, rows, low, high)


def _together(pool: Matrix, weights: Matrix) -> Places:
    """Pool rows, halved again and again along the column that puts most distance between strangers."""
    order = np.arange(len(pool))
    parts = [slice(0, len(pool))] if pool.shape[1] else []
    while parts:
        part = parts.pop()
        rows = order[part]
        if len(rows) <= SIZE:
            continue
        column = int(apart(pool[rows[:: -(-len(rows) // _SAMPLE)]], weights).argmax())
        # Halves of whole boxes: only the last box of all has room left.
        half = -(-len(rows) // SIZE) // 2 * SIZE
        order[part] = rows[np.argpartition(pool[rows, column], half)]
        parts += [slice(part.start, part.start + half), slice(part.start + half, part.stop)]
    return order


def apart(sample: Matrix, weights: Matrix) -> Matrix:
    """(columns,) the distance that each column puts between strangers, from a sample in random order."""
    distances: Matrix = np.minimum(np.abs(sample - np.roll(sample, 1, axis=0)), 1).mean(axis=0) * weights
    return distances
