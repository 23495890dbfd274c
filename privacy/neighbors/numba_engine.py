"""The fast engine: compiled loops over boxes of the pool, each given up as soon as none of its rows can win.

A box is left before its first row where its bounds are too far away, and in the middle where every partial sum,
which only grows, is too large. Rows side by side let the compiler use vector instructions. fastmath stays off:
reordered sums would disagree with the other engines, and a box's bound, summed up in the same order as its rows',
could by rounding exceed them. Compiled on first use (about three seconds), nothing is written to disk.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from privacy.compiling import compiled
from privacy.neighbors.boxes import SIZE, Boxes
from privacy.threads import in_threads

_COLUMNS_BETWEEN_CHECKS = 4

Matrix = NDArray[np.float32]
Places = NDArray[np.int64]


class Index:
    """The pool in boxes. Of equal distances the row that stands first in the pool wins, wherever its box is."""

    def __init__(self, pool: Matrix, weights: Matrix) -> None:
        self.boxes = Boxes.of(pool, weights)
        self.weights = weights

    def two_nearest(self, queries: Matrix, units: Places, own: Places) -> tuple[Places, Matrix, Matrix]:
        place = np.zeros(len(queries), np.int64)
        first = np.full(len(queries), np.inf, np.float32)
        second = np.full(len(queries), np.inf, np.float32)
        boxes, whose = self.boxes, units[self.boxes.order]

        def some(part: slice) -> None:
            _two_nearest(
                *(queries[part], boxes.rows, boxes.low, boxes.high, boxes.order, self.weights),
                *(whose, own[part], place[part], first[part], second[part]),
            )

        in_threads(some, len(queries))
        return boxes.order[place], first, second

    def k_nearest(self, queries: Matrix, k: int) -> tuple[Places, Matrix]:
        place = np.zeros((len(queries), k), np.int64)
        found = np.full((len(queries), k), np.inf, np.float32)
        boxes = self.boxes

        def some(part: slice) -> None:
            _k_nearest(
                *(queries[part], boxes.rows, boxes.low, boxes.high, boxes.order, self.weights),
                *(place[part], found[part]),
            )

        in_threads(some, len(queries))
        return boxes.order[place], found

    def count_within(self, queries: Matrix, radius: np.float32) -> Places:
        counts = np.zeros(len(queries), np.int64)
        boxes = self.boxes

        def some(part: slice) -> None:
            _count_within(
                *(queries[part], boxes.rows, boxes.low, boxes.high, len(boxes.order), self.weights),
                *(radius, counts[part]),
            )

        in_threads(some, len(queries))
        return counts


@numba.njit(inline="always")  # type: ignore[untyped-decorator]
def _bounds(query: Any, low: Any, high: Any, weights: Any, bounds: Any) -> None:
    """Fills `bounds` with the least distance that a row of each box can have."""
    bounds[:] = np.float32(0)
    for column in range(len(weights)):
        at, weight = query[column], weights[column]
        for box in range(len(bounds)):
            apart = max(low[column, box] - at, at - high[column, box], np.float32(0))
            bounds[box] += (apart if apart < np.float32(1) else np.float32(1)) * weight


@numba.njit(inline="always")  # type: ignore[untyped-decorator]
def _sums(query: Any, box: Any, weights: Any, bound: Any, sums: Any) -> Any:
    """Fills `sums` with the distances to the box's rows; False when every one is above `bound`."""
    sums[:] = np.float32(0)
    for column in range(len(weights)):
        at, weight = query[column], weights[column]
        for row in range(SIZE):
            apart = abs(at - box[column, row])
            sums[row] += (apart if apart < np.float32(1) else np.float32(1)) * weight
        if column % _COLUMNS_BETWEEN_CHECKS == _COLUMNS_BETWEEN_CHECKS - 1:
            within = 0
            for row in range(SIZE):
                within += sums[row] <= bound
            if within == 0:
                return False
    return True


@numba.njit(inline="always")  # type: ignore[untyped-decorator]
def _at_turn(turn: Any, likeliest: Any) -> Any:
    """The likeliest box first, as what is found in it rules out most others; then the rest as they stand."""
    return likeliest if turn == 0 else turn - 1 if turn <= likeliest else turn


@compiled
def _two_nearest(
    queries: Any,
    boxes: Any,
    low: Any,
    high: Any,
    order: Any,
    weights: Any,
    units: Any,
    own: Any,
    place: Any,
    first: Any,
    second: Any,
) -> None:
    sums, bounds = np.empty(SIZE, np.float32), np.empty(len(boxes), np.float32)
    for q in range(len(queries)):
        _bounds(queries[q], low, high, weights, bounds)
        likeliest = np.argmin(bounds)
        for turn in range(len(boxes)):
            box = _at_turn(turn, likeliest)
            if bounds[box] > second[q] or not _sums(queries[q], boxes[box], weights, second[q], sums):
                continue
            for row in range(min(SIZE, len(order) - box * SIZE)):
                here = box * SIZE + row
                if sums[row] > second[q] or units[here] == own[q]:
                    continue
                another = first[q] == np.inf or units[here] != units[place[q]]
                if sums[row] < first[q] or (sums[row] == first[q] and order[here] < order[place[q]]):
                    if another:
                        second[q] = first[q]
                    first[q] = sums[row]
                    place[q] = here
                elif another:
                    second[q] = sums[row]


@compiled
def _k_nearest(
    queries: Any, boxes: Any, low: Any, high: Any, order: Any, weights: Any, place: Any, found: Any
) -> None:
    k = found.shape[1]
    sums, bounds = np.empty(SIZE, np.float32), np.empty(len(boxes), np.float32)
    for q in range(len(queries)):
        _bounds(queries[q], low, high, weights, bounds)
        likeliest = np.argmin(bounds)
        for turn in range(len(boxes)):
            box = _at_turn(turn, likeliest)
            farthest = found[q, k - 1]
            if bounds[box] > farthest or not _sums(queries[q], boxes[box], weights, farthest, sums):
                continue
            for row in range(min(SIZE, len(order) - box * SIZE)):
                here = box * SIZE + row
                at = k
                while at > 0 and (
                    sums[row] < found[q, at - 1]
                    or (sums[row] == found[q, at - 1] and order[here] < order[place[q, at - 1]])
                ):
                    if at < k:
                        found[q, at] = found[q, at - 1]
                        place[q, at] = place[q, at - 1]
                    at -= 1
                if at < k:
                    found[q, at] = sums[row]
                    place[q, at] = here


@compiled
def _count_within(
    queries: Any, boxes: Any, low: Any, high: Any, size: Any, weights: Any, radius: Any, counts: Any
) -> None:
    sums, bounds = np.empty(SIZE, np.float32), np.empty(len(boxes), np.float32)
    for q in range(len(queries)):
        _bounds(queries[q], low, high, weights, bounds)
        for box in range(len(boxes)):
            if bounds[box] <= radius and _sums(queries[q], boxes[box], weights, radius, sums):
                for row in range(min(SIZE, size - box * SIZE)):
                    counts[q] += sums[row] <= radius
