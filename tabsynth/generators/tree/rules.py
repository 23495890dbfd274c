"""Columns that another one settles: a grade and its number, a town and its county.

Such a rule belongs to the table, not to a person, and breaking it for the rare levels, where leaves of many people
would, makes rows that cannot be. So it is kept, but only where chance is no explanation of it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tabsynth.domain import Encoded

_BY_CHANCE = 0.01
"""How likely a level's people may share one code of the target by chance."""

_MOST_CELLS = 1_000_000


def settling_column(table: Encoded, target: int, candidates: NDArray[np.int64], most: int) -> int | None:
    """The candidate whose every code goes with one code of the target; the one with fewest codes, at most `most`.

    For each of its codes that some row has, it must be unlikely that so many people share a target code by
    chance.
    """
    axes = table.domain.axes
    if not axes[target].discrete:
        return None
    fitting = [int(c) for c in candidates if axes[c].discrete and axes[c].size <= most]
    for column in sorted(fitting, key=lambda column: axes[column].size):
        cells = axes[column].size * axes[target].size
        if cells > _MOST_CELLS:
            continue
        both = table.codes[:, column].astype(np.int64) * axes[target].size + table.codes[:, target]
        joint = np.bincount(both, minlength=cells).reshape(axes[column].size, -1)
        if ((joint > 0).sum(axis=1) <= 1).all() and _beyond_chance(joint):
            return column
    return None


def _beyond_chance(joint: NDArray[np.int64]) -> bool:
    shares, people = joint.sum(axis=0) / joint.sum(), joint.sum(axis=1)
    alike = (shares[None, :] ** people[people > 0, None]).sum(axis=1)
    return bool((alike < _BY_CHANCE).all())
