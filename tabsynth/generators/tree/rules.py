"""Columns that another one settles: a grade and its number, a town and its county.

Such a rule belongs to the table, not to a person, and breaking it for the rare levels, where leaves of many people
would, makes rows that cannot be. So the tree of a settled column asks that one column alone, down to leaves of
`FEWEST_PERSONS`; but only where every level has as many persons, few enough break the rule, and chance is no
explanation of it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tabsynth.domain import Encoded

FEWEST_PERSONS = 10
"""Of each level of the settling column; fewer than that may break the rule in all."""

_BY_CHANCE = 0.01
"""How likely a level's people may share one code of the target by chance."""

_FIRST_LOOK = 2_000

Counts = NDArray[np.int64]


def settled_columns(table: Encoded, most: int) -> dict[int, int]:
    """Column -> the column that settles it, neither with more than `most` codes; no column settles itself in a
    circle."""
    axes = table.domain.axes
    eligible = [c for c, axis in enumerate(axes) if axis.discrete and 1 < axis.size <= most]
    look = table.take(np.arange(min(len(table), _FIRST_LOOK)))
    settled: dict[int, int] = {}
    for target in reversed(eligible):
        for column in sorted(eligible, key=lambda column: axes[column].size):
            may = column != target and axes[column].size >= axes[target].size
            if not may or _leads_to(settled, column, target):
                continue
            if _breaches(_joint(look, column, target)) >= FEWEST_PERSONS:
                continue
            if _is_rule(_joint(table, column, target)):
                settled[target] = column
                break
    return settled


def _leads_to(settled: dict[int, int], column: int, target: int) -> bool:
    """Whether `column` is settled by `target`, be it by way of others."""
    while column in settled:
        column = settled[column]
        if column == target:
            return True
    return False


def _joint(table: Encoded, column: int, target: int) -> Counts:
    """(codes of the column, codes of the target) how many persons have both."""
    sizes = table.domain.axes[column].size, table.domain.axes[target].size
    both = table.codes[:, column].astype(np.int64) * sizes[1] + table.codes[:, target]
    if table.persons is not None:
        cells = int(np.prod(sizes))
        both = np.unique(table.persons * cells + both) % cells
    return np.bincount(both, minlength=int(np.prod(sizes))).reshape(sizes)


def _breaches(joint: Counts) -> int:
    """Persons whose code of the target is not the usual one of their level."""
    return int(joint.sum() - joint.max(axis=1).sum())


def _is_rule(joint: Counts) -> bool:
    people = joint.sum(axis=1)
    people = people[people > 0]
    if people.min() < FEWEST_PERSONS or _breaches(joint) >= FEWEST_PERSONS:
        return False
    shares = joint.sum(axis=0) / joint.sum()
    alike = (shares[None, :] ** people[:, None]).sum(axis=1)
    return bool((alike < _BY_CHANCE).all())
