"""Growing one tree, compiled: which split of which earlier column tells most about the target.

Columns come as at most 64 groups of codes, so a split is a set of groups: one machine word. Groups of an
ordered column are cut along their order; those of an unordered one along the first principal axis of their class
shares, which for two classes is the best cut of all (Breiman et al. 1984, 4.2) and for more comes close
(Coppersmith, Hong, Hosking, Data Mining and Knowledge Discovery 3, 1999).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from privacy import compiled

MOST_GROUPS = 64
MOST_CLASSES = 24

_POWER_ROUNDS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Grown:
    """A tree as it grew: node 0 is the root, and a node stands before its children.

    feature: (nodes,) which of the features divides it, -1 for a leaf. goes_left: (nodes,) uint64, bit g says that
    group g goes left. left: (nodes,) the left child; the right one is next to it. start, stop: (nodes,) the node's
    rows are rows[start:stop].
    """

    feature: NDArray[np.int32]
    goes_left: NDArray[np.uint64]
    left: NDArray[np.int32]
    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    rows: NDArray[np.int64]


def grow(
    groups: NDArray[np.uint8],
    ordered: NDArray[np.bool_],
    classes: NDArray[np.uint8],
    weights: NDArray[np.float32],
    least: float,
    toll: float,
) -> Grown:
    """A tree whose every leaf weighs `least` or more.

    groups: (features, rows). ordered: (features,). classes: (rows,) of the target. weights: (rows,) of each row.
    toll: what a split must gain in log-likelihood, for each class it may move.
    """
    rows = np.arange(len(classes))
    most = 2 * max(int(weights.sum() / least), 1) + 1
    feature, left = np.full(most, -1, np.int32), np.full(most, -1, np.int32)
    goes_left = np.zeros(most, np.uint64)
    start, stop = np.zeros(most, np.int64), np.zeros(most, np.int64)
    size = int(classes.max()) + 1 if len(classes) else 1
    whole = np.arange(1, len(classes) + 1, dtype=np.float64)
    xlogx = np.concatenate([[0.0], whole * np.log(whole)])
    nodes = _grow(
        *(groups, ordered, classes, weights, least, toll, size, xlogx, rows),
        *(feature, goes_left, left, start, stop),
    )
    return Grown(feature[:nodes], goes_left[:nodes], left[:nodes], start[:nodes], stop[:nodes], rows)


@compiled
def _grow(
    groups: Any,
    ordered: Any,
    classes: Any,
    weights: Any,
    least: Any,
    toll: Any,
    size: Any,
    xlogx: Any,
    rows: Any,
    feature: Any,
    goes_left: Any,
    left: Any,
    start: Any,
    stop: Any,
) -> Any:
    features, total = groups.shape
    counts, heavy = np.zeros((MOST_GROUPS, size), np.int64), np.zeros(MOST_GROUPS)
    own, aside = np.zeros(size, np.int64), np.empty(total, np.int64)
    stop[0], nodes, node = total, 1, 0
    while node < nodes:
        first, last = start[node], stop[node]
        weight = 0.0
        for k in range(size):
            own[k] = 0
        for at in range(first, last):
            own[classes[rows[at]]] += 1
            weight += weights[rows[at]]
        present = 0
        for k in range(size):
            present += own[k] > 0
        best, chosen, cut = toll * (present - 1), -1, np.uint64(0)
        if weight >= 2 * least and present > 1 and nodes + 2 <= len(feature):
            for f in range(features):
                for group in range(MOST_GROUPS):
                    heavy[group] = 0
                    for k in range(size):
                        counts[group, k] = 0
                for at in range(first, last):
                    row = rows[at]
                    counts[groups[f, row], classes[row]] += 1
                    heavy[groups[f, row]] += weights[row]
                gain, mask = _best_cut(counts, heavy, own, ordered[f], weight, least, xlogx)
                if gain > best:
                    best, chosen, cut = gain, f, mask
        if chosen >= 0:
            middle, kept = first, 0
            for at in range(first, last):
                row = rows[at]
                if (cut >> np.uint64(groups[chosen, row])) & np.uint64(1):
                    rows[middle] = row
                    middle += 1
                else:
                    aside[kept] = row
                    kept += 1
            for at in range(kept):
                rows[middle + at] = aside[at]
            feature[node], goes_left[node], left[node] = chosen, cut, nodes
            start[nodes], stop[nodes], start[nodes + 1], stop[nodes + 1] = first, middle, middle, last
            nodes += 2
        node += 1
    return nodes


@compiled
def _best_cut(counts: Any, heavy: Any, own: Any, ordered: Any, weight: Any, least: Any, xlogx: Any) -> Any:
    """The most log-likelihood that a cut of these groups gains, and the groups to its left."""
    size = len(own)
    order = np.empty(MOST_GROUPS, np.int64)
    filled = 0
    for group in range(MOST_GROUPS):
        if heavy[group] > 0:
            order[filled] = group
            filled += 1
    best, best_mask = 0.0, np.uint64(0)
    if filled < 2:
        return best, best_mask
    if not ordered and filled > 2:
        _sort_along_axis(counts, order, filled, own)
    below, n_below, w_below, mask = np.zeros(size, np.int64), 0, 0.0, np.uint64(0)
    n, whole = 0, 0.0
    for k in range(size):
        n += own[k]
        whole += xlogx[own[k]]
    whole -= xlogx[n]
    for at in range(filled - 1):
        group = order[at]
        mask |= np.uint64(1) << np.uint64(group)
        w_below += heavy[group]
        for k in range(size):
            below[k] += counts[group, k]
            n_below += counts[group, k]
        if w_below < least:
            continue
        if weight - w_below < least:
            break
        halves = -xlogx[n_below] - xlogx[n - n_below]
        for k in range(size):
            halves += xlogx[below[k]] + xlogx[own[k] - below[k]]
        if halves - whole > best:
            best, best_mask = halves - whole, mask
    return best, best_mask


@compiled
def _sort_along_axis(counts: Any, order: Any, filled: Any, own: Any) -> None:
    """Sorts the first `filled` groups along the principal axis of their class shares, found by power iteration."""
    size, n = len(own), 0
    axis, pulled, places = np.empty(size), np.empty(size), np.empty(filled)
    for k in range(size):
        axis[k] = k + 1.0
        n += own[k]
    for _ in range(_POWER_ROUNDS):
        mean, length = 0.0, 0.0
        for k in range(size):
            mean += axis[k] * own[k] / n
            pulled[k] = 0
        for at in range(filled):
            total, place = 0, 0.0
            for k in range(size):
                total += counts[order[at], k]
                place += counts[order[at], k] * axis[k]
            places[at] = place / total - mean
            for k in range(size):
                pulled[k] += places[at] * (counts[order[at], k] - total * own[k] / n)
        for k in range(size):
            length += pulled[k] ** 2
        if length <= 0:
            break
        for k in range(size):
            axis[k] = pulled[k] / length**0.5
    for at in range(1, filled):
        group, place, slot = order[at], places[at], at
        while slot > 0 and places[slot - 1] > place:
            order[slot], places[slot] = order[slot - 1], places[slot - 1]
            slot -= 1
        order[slot], places[slot] = group, place
