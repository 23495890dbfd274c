"""Whom to try first: the persons with the fewest people like them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy import Distance, Ruler, two_nearest
from tabsynth.pipeline.thinning import rows_of_persons

NEAR = 0.1
"""How far apart, in ranks, two numbers are no longer alike."""

MOST_PERSONS = 20_000
"""Ranked at most, drawn at random: the search grows with the square of them."""


def most_isolated(
    frame: pd.DataFrame, units: NDArray[np.int64], count: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """(at most `count`,) one row of each of the most isolated persons: their most isolated row.

    A person is as isolated as the mean distance from their rows to the two nearest other persons, and no label
    goes into it. After Meeus et al., Achilles' Heels (ESORICS 2023, arXiv:2306.10308), who rank by the mean
    distance to the nearest neighbours and show that random targets understate the risk.

    frame: canonical, the learnt columns only. units: (rows,) whose row each is.
    """
    ranked = rows_of_persons(units, MOST_PERSONS, rng)
    owners = units[ranked]
    if np.unique(owners).size <= 2:
        return ranked[:0]
    ruler = Ruler.fit(frame)
    at = ruler.measure(frame.iloc[ranked])
    distance = Distance.near_match(at, NEAR, rng)
    found = two_nearest(at, at, distance, owners, own=owners, rng=rng)
    alone = pd.Series((found.first + found.second) / 2)
    of_person = alone.groupby(owners).transform("mean")
    order = np.lexsort((rng.random(len(alone)), -alone, -of_person))
    first_of_person = ~pd.Series(owners[order]).duplicated().to_numpy()
    chosen: NDArray[np.int64] = ranked[order[first_of_person][:count]]
    return chosen
