"""Trees at a temperature T: codes are drawn by their chances to the power of 1 / T.

What a node draws is a mixture: codes of its own, and what the node above draws. With all chances raised to a power
it still is one. Codes that the node does not hold keep their odds among each other, so they go on coming from
above; a code that it holds comes from above with no more than its whole chance, and the node's own part is the
rest. So a tree at any temperature has the nodes and codes of the tree as learnt, and is no larger.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from privacy import compiled
from tabsynth.generators.tree.column import BELOW_ONE, ColumnTree

_FINEST = 2.0**36
"""Parts in which the draws of a node's own codes are told: each code has one at least, a chance of 1e-11."""


def warmed(tree: ColumnTree, temperature: float) -> ColumnTree:
    """The tree whose every leaf draws a code with a chance proportional to chance ** (1 / temperature).

    At 1 it is the tree itself. A node draws from above with a chance of 1e-16 at least, however cold it is.
    """
    if temperature == 1:
        return tree
    leaves, power = tree.leaves, 1 / temperature
    stay, sums = np.zeros((2, *leaves.shares.shape))
    reached = np.empty_like(leaves.reached)
    _warm(
        *(leaves.parent, leaves.stay, leaves.starts, leaves.codes, leaves.counts, power),
        *(np.zeros(int(leaves.codes.max()) + 1), stay, sums, reached),
    )
    # A rounded 1 would rule out what is above.
    stay[1:] = stay[1:].clip(max=BELOW_ONE)
    shares = leaves.shares**power * sums
    shares /= shares.sum(axis=1, keepdims=True)
    return replace(tree, leaves=replace(leaves, shares=shares, stay=stay, reached=reached))


@compiled
def _warm(
    parent: Any,
    stay: Any,
    starts: Any,
    codes: Any,
    counts: Any,
    power: Any,
    above: Any,
    stay_warm: Any,
    sums: Any,
    reached: Any,
) -> None:
    """Fills the last three. sums: (nodes, classes) of all chances inside a class to the power. above: (codes,)
    zeros, for the chances one node up; what a node holds, the one above holds too."""
    nodes, classes = stay.shape
    chance, own = np.empty(len(codes)), np.empty(len(codes))
    for node in range(nodes):
        up = parent[node]
        if up >= 0:
            for at in range(starts[up * classes], starts[(up + 1) * classes]):
                above[codes[at]] = chance[at]
        for k in range(classes):
            first, last = starts[node * classes + k], starts[node * classes + k + 1]
            goes_up = 1 - stay[node, k] if up >= 0 else 0.0
            rows, total, filled = 0, 0.0, 0
            for at in range(first, last):
                rows += counts[at]
            for at in range(first, last):
                from_above = goes_up * above[codes[at]]
                chance[at] = from_above + stay[node, k] * counts[at] / rows
                own[at] = max(chance[at] ** power - from_above**power, 0.0)
                total += own[at]
            sums[node, k] = total + (goes_up**power * sums[up, k] if up >= 0 else 0.0)
            if sums[node, k] > 0:
                stay_warm[node, k] = total / sums[node, k]
            for at in range(first, last):
                filled += max(int(own[at] / total * _FINEST), 1) if total > 0 else 1
                reached[at] = filled
