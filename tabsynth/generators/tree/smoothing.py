"""How far a leaf leans on the nodes above it, and what these then draw: what the leaves below gave up.

A leaf that leans gives up a part of its own people's draws. Were these drawn again as all people above have them,
what few small leaves hold would be drawn too seldom in all, and what everybody has too often. So a node above
draws what was given up below it, and everything comes as often as people have it (Kneser and Ney, ICASSP 1995,
"Improved backing-off for m-gram language modeling", equation 9). How far to lean is what foretells rows best
that are left out, one at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from privacy import compiled
from tabsynth.generators.tree.pruning import LEANS

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


@dataclass(frozen=True, slots=True, eq=False)
class Smoothing:
    """stay: (nodes, groups) chance that a draw is the node's own. given: (entries,) how much of each item a node
    draws: a leaf what its rows have, any other node what was given up below it."""

    stay: Floats
    given: Floats


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


def smoothed(held: Tally) -> Smoothing:
    """Of all leans the smoothing that foretells left-out rows best."""
    return max((_leaning(held, lean) for lean in LEANS), key=lambda pair: pair[0])[1]


def _leaning(held: Tally, lean: float) -> tuple[float, Smoothing]:
    """The log-likelihood of rows left out, and the smoothing, when a leaf leans as on so many people above."""
    stay = held.rows / (held.rows + lean)
    stay[0] = held.rows[0] > 0
    given = np.where(np.repeat(held.is_leaf, _entries(held)), held.counts, 0.0)
    _give_up(held.starts, held.above, stay, given)
    whole = np.add.reduceat(np.append(given, 0.0), held.starts[:-1]) * (held.rows.ravel() > 0)
    score = left_out(
        *(held.starts, held.counts, held.above, held.parent, held.is_leaf, held.rows),
        *(lean, stay, given, whole.reshape(stay.shape)),
    )
    return float(score), Smoothing(stay, given)


def _entries(held: Tally) -> Numbers:
    """(nodes,) entries of each node."""
    groups = held.rows.shape[1]
    return np.diff(held.starts[::groups])


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


@compiled
def _give_up(starts: Any, above: Any, stay: Any, given: Any) -> None:
    """Adds to each node what the ones below it give up, from the leaves to the root."""
    nodes, groups = stay.shape
    for node in range(nodes - 1, 0, -1):
        for k in range(groups):
            for at in range(starts[node * groups + k], starts[node * groups + k + 1]):
                given[above[at]] += (1 - stay[node, k]) * given[at]


@compiled
def left_out(
    starts: Any,
    counts: Any,
    above: Any,
    parent: Any,
    is_leaf: Any,
    rows: Any,
    lean: Any,
    stay: Any,
    given: Any,
    whole: Any,
) -> Any:
    """Log-likelihood of every row given the others: taken out of its leaf, and what it gave up out of those above.

    whole: (nodes, groups) sums of `given`. One row more at the root, spread over all items, keeps one possible
    that a single row has.
    """
    nodes, groups = stay.shape
    score = 0.0
    for node in range(nodes):
        if not is_leaf[node]:
            continue
        for k in range(groups):
            root = starts[k + 1] - starts[k]
            for at in range(starts[node * groups + k], starts[node * groups + k + 1]):
                chance, goes_up, gone, place, here = 0.0, 1.0, 1.0, at, node
                while parent[here] >= 0:
                    others = rows[node, k] - 1 if here == node else whole[here, k] - gone
                    own = counts[at] - 1 if here == node else given[place] - gone
                    stays = others / (others + lean) if here == node else stay[here, k]
                    if others > 0:
                        chance += goes_up * stays * max(own, 0.0) / others
                    goes_up *= 1 - stays
                    gone *= 1 - stay[here, k]
                    place, here = above[place], parent[here]
                chance += goes_up * (max(given[place] - gone, 0.0) + 1.0 / root) / (whole[here, k] - gone + 1)
                score += counts[at] * np.log(chance)
    return score
