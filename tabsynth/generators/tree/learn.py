"""From coded rows to one column's tree: bring codes into groups, grow, smooth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tabsynth.domain import Encoded
from tabsynth.generators.tree.column import ColumnTree
from tabsynth.generators.tree.grow import MOST_GROUPS, grow
from tabsynth.generators.tree.leaves import learn_leaves
from tabsynth.groups import groups_by_mass, groups_by_target, is_ordered


@dataclass(frozen=True, slots=True)
class Growth:
    """How a tree grows. leaf: persons a leaf holds at least. toll: see `grow`. classes: of the target, at most."""

    leaf: float
    toll: float
    classes: int


def learn_column(
    table: Encoded, column: int, asked: NDArray[np.int64], weights: NDArray[np.float32], growth: Growth
) -> ColumnTree:
    """The tree of a column that asks the columns `asked`. weights: (rows,) see `Encoded.person_weights`."""
    axes, codes = table.domain.axes, np.ascontiguousarray(table.codes[:, column])
    class_of = groups_by_mass(axes[column], codes, growth.classes)
    classes = class_of[codes]
    maps = [groups_by_target(axes[other], table.codes[:, other], classes, MOST_GROUPS) for other in asked]
    groups = np.empty((len(asked), len(table)), np.uint8)
    for place, (other, group_of) in enumerate(zip(asked, maps, strict=True)):
        groups[place] = group_of[table.codes[:, other]]
    ordered = np.array([is_ordered(axes[other]) for other in asked], bool)
    tree = grow(groups, ordered, classes, weights, float(growth.leaf), growth.toll)
    return ColumnTree(
        learn_leaves(tree, codes, class_of),
        asked.astype(np.int32),
        np.cumsum([0, *(len(each) for each in maps)])[:-1].astype(np.int64),
        np.concatenate([np.empty(0, np.uint8), *maps]),
    )
