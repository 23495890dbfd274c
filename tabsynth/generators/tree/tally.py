"""The rows of a tree's nodes, counted: which items they have, and where these stand one node up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from privacy import compiled

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Which items the rows of each node have, in groups of which each is drawn from by itself.

    starts: (nodes * groups + 1,) where the items of each node and group begin. items, counts: (entries,)
    ascending, and how many rows of the node have each. above: (entries,) the entry of the same item one node up,
    -1 at the root. rows: (nodes, groups). parent: (nodes,) -1 for the root; a parent stands before its children.
    """

    starts: Numbers
    items: Numbers
    counts: Numbers
    above: Numbers
    rows: Floats
    parent: NDArray[np.int32]

    @property
    def is_leaf(self) -> NDArray[np.bool_]:
        """(nodes,)"""
        found = np.ones(len(self.parent), bool)
        found[self.parent[1:]] = False
        return found


def tally(
    items: Numbers, group_of: Numbers, start: Numbers, stop: Numbers, parent: NDArray[np.int32]
) -> Tally:
    """The rows of a tree's nodes, counted.

    items: (rows,) of each row, numbered so that a group's stand together. group_of: (items,). start, stop:
    (nodes,) the node's rows are items[start:stop].
    """
    lengths = np.zeros((len(start), int(group_of.max()) + 1), np.int64)
    _distinct(items, start, stop, group_of, lengths)
    starts = np.concatenate([[0], lengths.ravel().cumsum()])
    found, counts, above = np.empty((3, starts[-1]), np.int64)
    _count(items, start, stop, np.zeros(len(group_of), np.int64), found, counts)
    _find_above(starts[:: lengths.shape[1]], found, parent, np.empty(len(group_of), np.int64), above)
    rows = np.add.reduceat(np.append(counts, 0), starts[:-1]) * (lengths.ravel() > 0)
    return Tally(starts, found, counts, above, rows.reshape(lengths.shape).astype(np.float64), parent)


@compiled
def _distinct(items: Any, start: Any, stop: Any, group_of: Any, lengths: Any) -> None:
    """How many items each node and group has."""
    last_seen = np.full(len(group_of), -1, np.int64)
    for node in range(len(start)):
        for at in range(start[node], stop[node]):
            if last_seen[items[at]] != node:
                last_seen[items[at]] = node
                lengths[node, group_of[items[at]]] += 1


@compiled
def _count(items: Any, start: Any, stop: Any, held: Any, found: Any, counts: Any) -> None:
    """The items of every node, ascending, and their counts."""
    filled = 0
    for node in range(len(start)):
        for at in range(start[node], stop[node]):
            held[items[at]] += 1
        for item in range(len(held)):
            if held[item] > 0:
                found[filled], counts[filled] = item, held[item]
                held[item] = 0
                filled += 1


@compiled
def _find_above(starts: Any, found: Any, parent: Any, place: Any, above: Any) -> None:
    """The entries one node up; what a node holds, the one above holds too."""
    for node in range(len(parent)):
        if parent[node] >= 0:
            for at in range(starts[parent[node]], starts[parent[node] + 1]):
                place[found[at]] = at
        for at in range(starts[node], starts[node + 1]):
            above[at] = place[found[at]] if parent[node] >= 0 else -1
