"""The trees under a condition: what it leaves of each tree, and tries that are given up as soon as they fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tabsynth.domain import Domain, Encoded
from tabsynth.generators import Given
from tabsynth.generators.tree.column import ColumnTree
from tabsynth.generators.tree.order import Places

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class BoundTrees:
    """Trees of which those of the bound columns draw allowed codes alone.

    first: in the order of drawing, the bound columns and whatever decides on them; rest: all others. odds: for
    each bound column, (nodes,) the chance that a free draw is allowed there, the highest being 1. reach: the
    product of those highest chances.
    """

    domain: Domain
    trees: Sequence[ColumnTree]
    first: Places
    rest: Places
    odds: Mapping[int, Floats]
    reach: float

    def attempt(self, tries: int, rng: np.random.Generator) -> Encoded:
        """The rows of the tries that succeeded: at each bound column one goes on with the odds of its leaf."""
        codes = np.zeros((tries, len(self.trees)), np.int32)
        for column in self.first:
            leaf = self.trees[column].leaf_of(codes)
            if column in self.odds:
                goes_on = rng.random(len(codes)) < self.odds[column][leaf]
                codes, leaf = codes[goes_on], leaf[goes_on]
            codes[:, column] = self.trees[column].draw(leaf, rng)
        for column in self.rest:
            codes[:, column] = self.trees[column].draw(self.trees[column].leaf_of(codes), rng)
        binned = codes >= np.array([axis.plain for axis in self.domain.axes])
        residuals = np.where(binned, rng.random(codes.shape, dtype=np.float32), np.float32(0))
        return Encoded(self.domain, codes, residuals)


def bind(domain: Domain, order: Places, trees: Sequence[ColumnTree], given: Given) -> BoundTrees:
    """The trees with each column of `given` bound to its codes."""
    bound, odds, reach = list(trees), {}, 1.0
    for column, codes in given.items():
        bound[column], chance = trees[column].given(codes)
        highest = float(chance[_leaves_within(trees[column], given)].max())
        odds[column] = chance / highest if highest > 0 else np.zeros_like(chance)
        reach *= highest
    needed = set(given)
    for column in reversed(order.tolist()):
        needed |= set(trees[column].asked.tolist()) if column in needed else set()
    is_first = np.isin(order, list(needed))
    return BoundTrees(domain, bound, order[is_first], order[~is_first], odds, reach)


def _leaves_within(tree: ColumnTree, given: Given) -> NDArray[np.bool_]:
    """(nodes,) the leaves where a row can end whose bound columns have allowed codes."""
    leaves = tree.leaves
    groups = {
        feature: np.unique(tree.groups[tree.offsets[feature] + given[column]]).astype(np.uint64)
        for feature, column in enumerate(tree.asked.tolist())
        if column in given
    }
    reached = np.zeros(len(leaves.right), bool)
    reached[0] = True
    for node in np.flatnonzero(leaves.right >= 0):
        asked = groups.get(int(leaves.feature[node]))
        is_left = np.array([0, 1]) if asked is None else (leaves.goes_left[node] >> asked) & np.uint64(1)
        reached[node + 1] |= reached[node] and is_left.any()
        reached[leaves.right[node]] |= reached[node] and not is_left.all()
    return reached & (leaves.right < 0)
