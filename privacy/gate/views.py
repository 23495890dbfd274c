"""The ways of looking at closeness. Each sees another kind of copy; together they share one critical value.

Looking in more ways costs power in each. So the views that were added for rarer disguises (fragments of records,
numbers in other units) carry a burden: their p-values count four times.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from privacy.evidence import Evidence
from privacy.neighbors import Distance
from privacy.ruler import Coordinates

NEAR_MATCHES = (0.05, 0.15)
"""Bandwidths: .05 sees best copies with swapped columns, .15 copies with noise in mixed tables."""

COMPARISONS = ("ratio", "gap")
"""Of the two nearest neighbours: (d1 + e) / (d2 + e) sees verbatim copies at low doses, d1 - d2 the rest."""

_PAIRS_OF_HALVES = 3
_FEWEST_COLUMNS = 6
_BURDEN = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """rows: the synthetic rows as this view sees them. natural: whether that is how anybody would measure them;
    if not, planted rows are not scored here, which can only make the audit look blinder than it is."""

    name: str
    distance: Distance
    rows: Coordinates
    natural: bool = True
    burden: float = 1.0


def views_of(evidence: Evidence, pool: Coordinates, rng: np.random.Generator) -> tuple[View, ...]:
    """Plain distance, two near matches, six random halves of the columns, and numbers by their own ranks.

    Halves come as three pairs that share no column: whichever columns of a record were kept, some half holds many
    of them. Own ranks undo whatever changed a whole column and kept its order: other units, shifted dates.
    """
    rows = evidence.synthetic_at
    narrow, wide = (Distance.near_match(pool, bandwidth, rng) for bandwidth in NEAR_MATCHES)
    found = [
        View("plain distance", Distance.plain(pool), rows),
        View(f"near match {NEAR_MATCHES[0]:.0%}", narrow, rows),
        View(f"near match {NEAR_MATCHES[1]:.0%}", wide, rows),
    ]
    columns = pool.ranks.shape[1] + pool.codes.shape[1]
    if columns >= _FEWEST_COLUMNS:
        for pair in range(_PAIRS_OF_HALVES):
            half = _random_half(columns, rng)
            for side, kept in enumerate((half, ~half)):
                found.append(
                    View(f"half of the columns, {2 * pair + side + 1}", narrow.on(kept), rows, burden=_BURDEN)
                )
    if pool.ranks.shape[1]:
        own = evidence.ruler.rescaled(evidence.synthetic).measure(evidence.synthetic)
        found.append(View("own ranks", narrow, own, natural=False, burden=_BURDEN))
    return tuple(replace(view, distance=view.distance.without_unmatched(view.rows)) for view in found)


def order_names(views: tuple[View, ...]) -> tuple[str, ...]:
    """One name for each order of exposure, views first."""
    return tuple(f"{view.name}, {comparison}" for view in views for comparison in COMPARISONS)


def _random_half(columns: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    half = np.zeros(columns, bool)
    half[rng.permutation(columns)[: columns // 2]] = True
    return half
