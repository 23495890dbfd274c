"""Round numbers: steps of 1, 2 and 5, the grid that values lie on, bounds that rest on many persons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tabsynth.encode.persons import Persons

Floats = NDArray[np.float64]

NUMBER_GRIDS = tuple(
    [round(lead * 10.0**power, -power) for power in range(-6, 0) for lead in (1, 2, 5)]
    + [1.0, 2.0, 5.0, 10.0, 20.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 5000.0, 10_000.0]
)
"""Grids looked for in a numeric column, fine to coarse: 0.000001, 0.000002, ... 10,000."""

CLOCK_GRIDS = (1e-6, 1e-3, 1.0, 60.0, 300.0, 600.0, 900.0, 1800.0, 3600.0)
"""Grids looked for in the time of day, in seconds."""

LARGEST = 1e290
"""Numbers beyond are moved here: sums and differences of larger ones overflow."""

ON_GRID = 0.999
"""Share of the rows that must lie on a grid before it is called theirs."""

DISTINCT_ON_GRID = 0.95
"""Share of the different values that must: a zero on nearly all rows says nothing about the others."""

FEW_OFF_GRID = 0.1
"""Share of the persons that may lie off a grid if they are few."""


def round_step(width: Floats | float, unit: float) -> Floats:
    """The largest of 1, 2, 5, 10, 20, ... times `unit` that is not above `width`; at least `unit`."""
    ratio = np.maximum(np.asarray(width, dtype=np.float64) / unit, 1.0)
    power = 10.0 ** np.floor(np.log10(ratio))
    lead = ratio / power
    return np.asarray(unit * power * np.where(lead >= 5, 5.0, np.where(lead >= 2, 2.0, 1.0)))


def on_grid(values: Floats, grid: float) -> NDArray[np.bool_]:
    """Which values are whole multiples of `grid`, but for the last digits of a float64.

    None times the grid are those alone that are nothing beside the largest: a column may be tiny as a whole.
    """
    multiples = values / grid
    noise = np.minimum(1e-14 * np.maximum(np.abs(multiples), 1), 0.01)
    nothing = np.abs(values) <= 1e-14 * np.abs(values).max(initial=0.0)
    whole = np.rint(multiples)
    return np.asarray((np.abs(multiples - whole) <= noise) & ((whole != 0) | nothing))


def find_grid(ascending: Floats, persons: Persons, least: int, grids: Sequence[float]) -> float | None:
    """The coarsest of `grids` that nearly all values lie on, or None.

    Those are ON_GRID of the rows and DISTINCT_ON_GRID of the different values; or all but those of FEW_OFF_GRID
    of the persons, and fewer than `least`: how a column is coded is not for them to decide.

    ascending: (rows,) the values in rising order; persons: of those rows.
    """
    is_new = np.concatenate([[True], ascending[1:] != ascending[:-1]])[: len(ascending)]
    values, number = ascending[is_new], np.cumsum(is_new) - 1
    few = min(least - 1, int(FEW_OFF_GRID * persons.count()))
    for grid in reversed(grids):
        off = ~on_grid(values, grid)
        rows = off[number]
        if rows.sum() <= (1 - ON_GRID) * len(rows) and off.sum() <= (1 - DISTINCT_ON_GRID) * len(off):
            return grid
        if persons.take(rows).count() <= few:
            return grid
    return None


@dataclass(frozen=True, slots=True)
class Scale:
    """Which numbers a column may hold: multiples of `grid` (None: any), within declared bounds."""

    grid: float | None = None
    minimum: float = -LARGEST
    maximum: float = LARGEST

    def settle(self, values: Floats) -> Floats:
        """The nearest numbers that the column may hold; minus zero becomes zero, NaN stays."""
        settled = np.clip(values, -LARGEST, LARGEST)
        if self.grid is not None:
            places = max(0, -int(np.floor(np.log10(self.grid) + 1e-9)))
            settled = np.round(np.rint(settled / self.grid) * self.grid, places)
        return np.asarray(np.clip(settled, self.minimum, self.maximum) + 0.0)


def lower_bound(
    ascending: Floats, persons: Persons, least: int, unit: float, declared: float | None
) -> float:
    """A bound that no single person decides: the `least`-th lowest person's value, rounded outward.

    The step of the rounding is the distance to the 2 x `least`-th person, to one digit (1, 2 or 5), so the
    bound is as coarse as the tail is thin. A declared bound wins when it is tighter, or at most that distance
    away; one far out in the void would smear the last few persons over it.

    ascending: (rows,) the values in rising order; persons: of those rows, at least 2 x `least` of them.
    """
    anchor = ascending[persons.row_of(least)]
    gap = ascending[persons.row_of(2 * least)] - anchor
    step = float(round_step(gap, unit))
    bound = float(np.floor(anchor / step + 1e-9) * step) if gap > 0 else float(anchor)
    if declared is not None and declared >= bound - gap:
        return declared
    return bound
