"""What a tree has learnt: at every node the codes of its rows, leaning on what the node above says.

A leaf of a hundred people knows little about sixty bins. So a draw has two steps: first one of a few classes of
codes, then a code of the class; and in either a node's shares are drawn towards its parent's as if some further
people had them (Dirichlet smoothing along the path, as in context trees: Willems, Shtarkov, Tjalkens, IEEE Trans.
Inf. Theory 41, 1995). How many, and where the tree is better cut short, is what predicts rows best that were left
out, one at a time; for counts that needs no second look at them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from privacy import compiled
from tabsynth.generators.tree.grow import Grown

LEANS = (0.01, 0.1, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0)
"""People added from the node above."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Leaves:
    """A tree cut short, and what each node draws; node 0 is the root, and the left child follows its parent.

    feature, goes_left: as grown. right: (nodes,) the right child, -1 for a leaf. parent: (nodes,) -1 for the
    root. shares: (nodes, classes) chance of each class. stay: (nodes, classes) chance that a code of the class is
    drawn from the node itself rather than from the one above. starts: (nodes * classes + 1,) where the codes of
    each node and class begin. codes, reached: what rows of the node and class have, and how many of them have
    this one or one before it.
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
        """How many rows of the node and class have each code."""
        before = np.concatenate([[0], self.reached[:-1]])
        first = self.starts[:-1][np.diff(self.starts) > 0]
        before[first] = 0
        counts: NDArray[np.int64] = self.reached - before
        return counts


def learn_leaves(tree: Grown, codes: NDArray[np.int32], class_of: NDArray[np.uint8]) -> Leaves:
    """The leaves of a grown tree. codes: (rows,) of the target. class_of: (codes,) the class of each."""
    parent = np.full(len(tree.left), -1, np.int32)
    inner = np.flatnonzero(tree.left >= 0)
    parent[tree.left[inner]] = parent[tree.left[inner] + 1] = inner
    size = int(class_of.max()) + 1
    classes = _class_counts(class_of[codes][tree.rows], tree.start, tree.stop, size)
    best, shares, divided = -np.inf, np.empty((0, 0)), np.zeros(len(parent), bool)
    for lean in LEANS:
        score, cuts = _left_out(classes, parent, tree.left, lean)
        if score > best:
            best, divided = score, cuts
            shares = _smoothed(classes, parent, lean)
    # From left to right and downwards, so that what stands together has been divided last.
    kept = np.flatnonzero(_reachable(parent, divided))
    kept = kept[np.lexsort((tree.start[kept] - tree.stop[kept], tree.start[kept]))]
    place = np.full(len(parent) + 1, -1, np.int32)
    place[kept] = np.arange(len(kept))
    parents = place[parent[kept]]
    by_class = np.argsort(class_of, kind="stable")
    rank = np.empty(len(by_class), np.int64)
    rank[by_class] = np.arange(len(by_class))
    ranks, start, stop = rank[codes][tree.rows], tree.start[kept], tree.stop[kept]
    lengths = np.zeros((len(kept), size), np.int64)
    _distinct(ranks, start, stop, class_of[by_class].astype(np.int64), lengths)
    starts = np.concatenate([[0], lengths.ravel().cumsum()])
    found, counts = np.empty((2, starts[-1]), np.int64)
    _tally(ranks, start, stop, np.zeros(len(rank), np.int64), found, counts)
    inside = classes[kept].astype(np.float64)
    lean = max(
        LEANS, key=lambda lean: _left_out_inside(starts, found, counts, parents, inside, lean, len(rank))
    )
    stay = inside / (inside + lean)
    stay[0] = inside[0] > 0
    return Leaves(
        np.where(divided[kept], tree.feature[kept], -1).astype(np.int32),
        tree.goes_left[kept],
        np.where(divided[kept], place[tree.left[kept] + 1], -1).astype(np.int32),
        parents,
        shares[kept],
        stay,
        starts,
        by_class[found].astype(np.int32),
        running_sums(counts, starts),
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


def _smoothed(classes: NDArray[np.int64], parent: NDArray[np.int32], lean: float) -> Floats:
    """(nodes, classes) shares that lean on the parent's; the root's are its rows'."""
    shares: Floats = classes / classes.sum(axis=1, keepdims=True)
    rows = classes.sum(axis=1)
    for node in range(1, len(parent)):
        shares[node] = (classes[node] + lean * shares[parent[node]]) / (rows[node] + lean)
    return shares


@compiled
def _class_counts(classes: Any, start: Any, stop: Any, size: Any) -> Any:
    counts = np.zeros((len(start), size), np.int64)
    for node in range(len(start)):
        for at in range(start[node], stop[node]):
            counts[node, classes[at]] += 1
    return counts


@compiled
def _left_out(classes: Any, parent: Any, left: Any, lean: Any) -> Any:
    """Log-likelihood of every row given the others, by the best pruning; and the nodes that stay divided."""
    nodes, size = classes.shape
    shares, score = np.empty((nodes, size)), np.zeros(nodes)
    for node in range(nodes):
        rows = 0
        for k in range(size):
            rows += classes[node, k]
        for k in range(size):
            if classes[node, k] > 0:
                above = shares[parent[node], k] if parent[node] >= 0 else 1.0 / size
                shares[node, k] = (classes[node, k] - 1 + lean * above) / (rows - 1 + lean)
                score[node] += classes[node, k] * np.log(shares[node, k])
    divided = np.zeros(nodes, np.bool_)
    for node in range(nodes - 1, -1, -1):
        if left[node] >= 0 and score[left[node]] + score[left[node] + 1] > score[node]:
            score[node] = score[left[node]] + score[left[node] + 1]
            divided[node] = True
    return score[0], divided


@compiled
def _distinct(ranks: Any, start: Any, stop: Any, class_at: Any, lengths: Any) -> None:
    """How many codes each node and class has. ranks: (rows,) places of codes when sorted by class."""
    last_seen = np.full(len(class_at), -1, np.int64)
    for node in range(len(start)):
        for at in range(start[node], stop[node]):
            if last_seen[ranks[at]] != node:
                last_seen[ranks[at]] = node
                lengths[node, class_at[ranks[at]]] += 1


@compiled
def _tally(ranks: Any, start: Any, stop: Any, tally: Any, found: Any, counts: Any) -> None:
    """The places of every node's codes, ascending, and their counts."""
    filled = 0
    for node in range(len(start)):
        for at in range(start[node], stop[node]):
            tally[ranks[at]] += 1
        for rank in range(len(tally)):
            if tally[rank] > 0:
                found[filled], counts[filled] = rank, tally[rank]
                tally[rank] = 0
                filled += 1


@compiled
def _left_out_inside(
    starts: Any, found: Any, counts: Any, parent: Any, inside: Any, lean: Any, codes: Any
) -> Any:
    """Log-likelihood of the leaves' rows inside their classes, each given the others."""
    nodes, size = inside.shape
    shares, scratch = np.empty(len(found)), np.zeros(codes)
    is_leaf = np.ones(nodes, np.bool_)
    score = 0.0
    for node in range(nodes):
        if parent[node] >= 0:
            is_leaf[parent[node]] = False
    for node in range(nodes):
        above = parent[node]
        if above >= 0:
            for at in range(starts[above * size], starts[above * size + size]):
                scratch[found[at]] = shares[at]
        for k in range(size):
            first, last = starts[node * size + k], starts[node * size + k + 1]
            for at in range(first, last):
                prior = scratch[found[at]] if above >= 0 else 1.0 / (last - first)
                shares[at] = (counts[at] - 1 + lean * prior) / (inside[node, k] - 1 + lean)
                if is_leaf[node]:
                    score += counts[at] * np.log(shares[at])
    return score
