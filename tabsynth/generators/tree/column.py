"""One column's tree: asks the columns drawn before it, answers with a code."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from privacy import compiled
from tabsynth.generators.tree.leaves import Leaves, running_sums

BELOW_ONE = 1 - 2.0**-53

Codes = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class ColumnTree:
    """asked: (features,) numbers of the columns that splits ask about. offsets: (features,) where each one's
    groups begin in `groups`, which say for every code of the column in which group it is."""

    leaves: Leaves
    asked: NDArray[np.int32]
    offsets: NDArray[np.int64]
    groups: NDArray[np.uint8]

    def leaf_of(self, table: Codes) -> NDArray[np.int32]:
        """(rows,) the leaf where each row of codes (rows, columns) ends."""
        leaf, tree = np.empty(len(table), np.int32), self.leaves
        _descend(
            *(table, self.asked, self.offsets, self.groups),
            *(tree.feature, tree.goes_left, tree.right, leaf),
        )
        return leaf

    def draw(self, leaf: NDArray[np.int32], rng: np.random.Generator) -> Codes:
        """(rows,) one code of each leaf."""
        codes, tree = np.empty(len(leaf), np.int32), self.leaves
        _draw(
            *(leaf, rng.random(len(leaf)), tree.shares.cumsum(axis=1)),
            *(tree.parent, tree.stay, tree.starts, tree.codes, tree.reached, codes),
        )
        return codes

    def given(self, allowed: Codes) -> tuple[ColumnTree, NDArray[np.float64]]:
        """The tree that draws only these codes, and (nodes,) the chance that a free draw is one of them.

        Every chance is above 0 if the root's people have any of the codes.
        """
        tree = self.leaves
        nodes, classes = tree.shares.shape
        cell = np.repeat(np.arange(nodes * classes), np.diff(tree.starts))
        all_of = np.bincount(cell, weights=tree.counts, minlength=nodes * classes).reshape(nodes, classes)
        held = np.where(np.isin(tree.codes, allowed), tree.counts, 0)
        own = np.bincount(cell, weights=held, minlength=nodes * classes).reshape(nodes, classes)
        chance = tree.stay * np.divide(own, all_of, out=np.zeros_like(own), where=all_of > 0)
        stay = (chance > 0).astype(np.float64)
        for node in range(1, nodes):
            of_its_own = chance[node].copy()
            chance[node] += (1 - tree.stay[node]) * chance[tree.parent[node]]
            np.divide(of_its_own, chance[node], out=stay[node], where=chance[node] > 0)
        joint = tree.shares * chance
        total = joint.sum(axis=1)
        shares = np.divide(joint, total[:, None], out=np.zeros_like(joint), where=total[:, None] > 0)
        restricted = replace(tree, shares=shares, stay=stay, reached=running_sums(held, tree.starts))
        return replace(self, leaves=restricted), total


@compiled
def _descend(
    table: Any, asked: Any, offsets: Any, groups: Any, feature: Any, goes_left: Any, right: Any, leaf: Any
) -> None:
    for row in range(len(table)):
        node = 0
        while right[node] >= 0:
            f = feature[node]
            group = groups[offsets[f] + table[row, asked[f]]]
            is_left = (goes_left[node] >> np.uint64(group)) & np.uint64(1)
            node = node + 1 if is_left else right[node]
        leaf[row] = node


@compiled
def _draw(
    leaf: Any,
    uniforms: Any,
    shares: Any,
    parent: Any,
    stay: Any,
    starts: Any,
    codes: Any,
    reached: Any,
    drawn: Any,
) -> None:
    """One uniform decides on the class, what is left of it on the node, and what is left then on the code."""
    classes = shares.shape[1]
    for row in range(len(leaf)):
        node, u = leaf[row], uniforms[row] * shares[leaf[row], classes - 1]
        k = 0
        while u >= shares[node, k] and k < classes - 1:
            k += 1
        below = shares[node, k - 1] if k > 0 else 0.0
        u = min(max((u - below) / (shares[node, k] - below), 0.0), BELOW_ONE)
        while u >= stay[node, k] and parent[node] >= 0:
            u = (u - stay[node, k]) / (1 - stay[node, k])
            node = parent[node]
        first, last = starts[node * classes + k], starts[node * classes + k + 1] - 1
        wanted = min(np.int64(min(u / stay[node, k], 1.0) * reached[last]), reached[last] - 1)
        while first < last:
            middle = (first + last) // 2
            if reached[middle] > wanted:
                last = middle
            else:
                first = middle + 1
        drawn[row] = codes[first]
