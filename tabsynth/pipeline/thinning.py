"""Fewer persons, so that many fits are affordable."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def rows_of_persons(units: NDArray[np.int64], most: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """The rows, in their order, of at most `most` random persons; all rows when there are no more.

    units: (rows,) whose row each is.
    """
    everybody = np.unique(units)
    if len(everybody) <= most:
        return np.arange(len(units))
    return np.flatnonzero(np.isin(units, rng.choice(everybody, most, replace=False)))
