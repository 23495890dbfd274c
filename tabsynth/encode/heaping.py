"""Heaping: most values lie on a coarse grid and some between, such as whole amounts among which some have cents.

A curve would give all of them cents. So how many are round is kept, and as many decoded values are rounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tabsynth.encode.curve import Curve
from tabsynth.encode.persons import Persons
from tabsynth.encode.rounding import Floats, Scale, on_grid

_COARSER = 5.0
"""Times the column's own grid; a value lies on one twice as coarse by chance every second time."""

_LEAST_SHARE, _AS_ROUND = 0.5, 0.95
"""Share of the rows that were rounded; and of those on any grid in question, so that of two the coarser is taken
if it holds nearly as many."""


@dataclass(frozen=True, slots=True)
class Heap:
    """grid: the coarse one. share: of the values that were rounded to it, to three digits."""

    grid: float
    share: float

    def settle(self, values: Floats, curve: Curve, unit: float, rng: np.random.Generator) -> Floats:
        """The values, as large a share of them on the grid, whichever they are.

        Those on pieces of the curve no wider than a `unit`, which hold a single value, stay; and none leaves its
        piece, for how many lie in the next one the curve knows.
        """
        piece, wide = curve.pieces(values, unit)
        lowest, highest = (
            np.ceil(curve.knots[piece] / self.grid),
            np.floor(curve.knots[piece + 1] / self.grid),
        )
        rounded = np.clip(np.rint(values / self.grid), lowest, np.maximum(lowest, highest)) * self.grid
        moves = wide & (lowest <= highest) & (rng.random(len(values)) < self.share)
        return np.asarray(np.where(moves, rounded, values))


def find_heap(
    values: Floats, persons: Persons, curve: Curve, scale: Scale, grids: Sequence[float], least: int
) -> Heap | None:
    """The coarsest of `grids` on which most of the values lie that the curve knows no better than a range of.

    values: (rows,) settled, on the curve. A heap is most persons', and `least` of them; where fewer lie off its
    grid, nobody is said to.
    """
    ranged = curve.pieces(values, scale.grid or 0.0)[1]
    own, coarse = scale.grid, [grid for grid in grids if grid > _COARSER * (scale.grid or 0.0) * (1 - 1e-9)]
    if not coarse or not ranged.any():
        return None
    shares = [_beyond_chance(float(on_grid(values[ranged], grid).mean()), own, grid) for grid in coarse]
    enough = [at for at, share in enumerate(shares) if share >= max(_LEAST_SHARE, _AS_ROUND * max(shares))]
    if not enough:
        return None
    grid, share = coarse[enough[-1]], shares[enough[-1]]
    on, off = (persons.take(ranged & (on_grid(values, grid) == side)).count() for side in (True, False))
    if on < max(least, _LEAST_SHARE * persons.take(ranged).count()):
        return None
    return Heap(grid, 1.0 if off < least else round(share, 3))


def _beyond_chance(share: float, own: float | None, grid: float) -> float:
    """The share that was rounded, if the others lie on the grid as often as it is coarser than their own."""
    chance = 0.0 if own is None else own / grid
    return (share - chance) / (1 - chance)
