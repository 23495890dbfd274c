"""What a tree has learnt: at every node the codes that it draws, of its own or from the node above.

A leaf of a hundred people knows little about sixty bins. So a draw has two steps: first one of a few classes of
codes, then a code of the class; and in either a leaf leans on what is above it, see `smoothing`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tabsynth.generators.tree.grow import Grown
from tabsynth.generators.tree.pruning import parents_of, still_divided
from tabsynth.generators.tree.smoothing import Smoothing, smoothed
from tabsynth.generators.tree.tally import Tally, tally

_PARTS = 2**16
"""Parts of a row in which a node's draws are told: above the leaves a row is given up in parts."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Leaves:
    """A tree cut short, and what each node draws; node 0 is the root, and the left child follows its parent.

    feature, goes_left: as grown. right: (nodes,) the right child, -1 for a leaf. parent: (nodes,) -1 for the
    root. shares: (nodes, classes) chance of each class. stay: (nodes, classes) chance that a code of the class is
    drawn from the node itself rather than from the one above. starts: (nodes * classes + 1,) where the codes of
    each node and class begin. codes, reached: what the node draws in the class, and how often it draws this one or
    one before it, in parts of a row.
    """

    feature: NDArray[np.int32]
    goes_left: NDArray[np.uint64]
    right: NDArray[np.int32]
    parent: NDArray[np.int32]
    shares: Floats
    stay: Floats
    starts: NDArray[np.int64]
    codes: NDArray[np.int32]
    reached: NDArray[np.int64]

    @property
    def counts(self) -> NDArray[np.int64]:
        """How often the node draws each code of the class, in parts of a row."""
        before = np.concatenate([[0], self.reached[:-1]])
        first = self.starts[:-1][np.diff(self.starts) > 0]
        before[first] = 0
        counts: NDArray[np.int64] = self.reached - before
        return counts


def learn_leaves(tree: Grown, codes: NDArray[np.int32], class_of: NDArray[np.uint8]) -> Leaves:
    """The leaves of a grown tree. codes: (rows,) of the target. class_of: (codes,) the class of each."""
    parent, size = parents_of(tree.left), int(class_of.max()) + 1
    divided = still_divided(tree, class_of[codes], size)
    # From left to right and downwards, so that what stands together has been divided last.
    kept = np.flatnonzero(_reachable(parent, divided))
    kept = kept[np.lexsort((tree.start[kept] - tree.stop[kept], tree.start[kept]))]
    place = np.full(len(parent) + 1, -1, np.int32)
    place[kept] = np.arange(len(kept))
    spans = (tree.start[kept], tree.stop[kept], place[parent[kept]])
    of_rows = codes[tree.rows]
    classes = tally(class_of[of_rows].astype(np.int64), np.zeros(size, np.int64), *spans)
    by_class = np.argsort(class_of, kind="stable")
    rank = np.empty(len(by_class), np.int64)
    rank[by_class] = np.arange(len(by_class))
    inside = tally(rank[of_rows], class_of[by_class].astype(np.int64), *spans)
    within = smoothed(inside)
    parts = np.maximum(np.rint(within.given * _PARTS), 1).astype(np.int64)
    return Leaves(
        np.where(divided[kept], tree.feature[kept], -1).astype(np.int32),
        tree.goes_left[kept],
        np.where(divided[kept], place[tree.left[kept] + 1], -1).astype(np.int32),
        inside.parent,
        _shares(classes, smoothed(classes), size),
        within.stay,
        inside.starts,
        by_class[inside.items].astype(np.int32),
        running_sums(parts, inside.starts),
    )


def running_sums(counts: NDArray[np.int64], starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Running sums that begin anew at every start."""
    total = np.concatenate([[0], counts.cumsum()])
    reached: NDArray[np.int64] = total[1:] - np.repeat(total[starts[:-1]], np.diff(starts))
    return reached


def _reachable(parent: NDArray[np.int32], divided: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The nodes that every cut above them leaves."""
    alive = np.zeros(len(parent), bool)
    for node, above in enumerate(parent):
        alive[node] = above < 0 or (alive[above] and divided[above])
    return alive


def _shares(held: Tally, smoothing: Smoothing, size: int) -> Floats:
    """(nodes, classes) the chance of each class, worked out along the path to the root."""
    own: Floats = np.zeros((len(held.parent), size))
    own[np.repeat(np.arange(len(held.parent)), np.diff(held.starts)), held.items] = smoothing.given
    own /= own.sum(axis=1, keepdims=True)
    for node in range(1, len(held.parent)):
        stay = smoothing.stay[node, 0]
        own[node] = stay * own[node] + (1 - stay) * own[held.parent[node]]
    return own
