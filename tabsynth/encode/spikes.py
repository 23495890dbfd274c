"""Single values so frequent that no bin can do them justice: zeros, 99999s, defaults, round sums."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tabsynth.encode.persons import Persons
from tabsynth.encode.rounding import Floats

FEW = 30
"""A column of at most so many values, all frequent, is a list of values, not a scale."""

SHARE = 0.005
"""Share of the rows that a spike holds."""

CONTRAST = 5
"""How often more rows a spike has than the median of its neighbours."""

NEIGHBOURS = 4
"""How many distinct values on each side are its neighbours."""


def find_spikes(ascending: Floats, persons: Persons, least: int) -> Floats:
    """The rising values that are to be codes of their own, every one carried by at least `least` persons.

    ascending: (rows,) values in rising order; persons: of those rows. When there are at most FEW values and
    all are carried by so many, all are spikes: an ordered list.
    """
    starts = np.flatnonzero(np.concatenate([[True], ascending[1:] != ascending[:-1]])[: len(ascending)])
    values, counts = ascending[starts], np.diff(starts, append=len(ascending))
    frequent = np.flatnonzero(counts >= max(least, SHARE * len(ascending)))
    if len(values) <= FEW:
        frequent = np.flatnonzero(counts >= least)
    stops = starts + counts
    carried = np.array([persons.take(slice(starts[i], stops[i])).count() >= least for i in frequent], bool)
    if len(values) <= FEW and len(frequent) == len(values) and carried.all():
        return values
    shared = frequent[carried & (counts[frequent] >= SHARE * len(ascending))]
    return values[[number for number in shared if counts[number] >= CONTRAST * _around(counts, number)]]


def _around(counts: NDArray[np.int64], number: int) -> float:
    """The median count of the neighbours of a value; 0 when it has none."""
    beside = np.concatenate(
        [counts[max(number - NEIGHBOURS, 0) : number], counts[number + 1 : number + 1 + NEIGHBOURS]]
    )
    return float(np.median(beside)) if len(beside) else 0.0
