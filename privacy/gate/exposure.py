"""Which real records do synthetic rows point at? The records in order of exposure, labels unseen.

A synthetic row that sits suspiciously close to one record, against the next nearest record of anybody else,
points at it. Several views of closeness and two ways to compare the two neighbours give the orders. Nothing here
looks at who is train's and who is control's, so under exchangeability the labels along each order are coin flips,
whatever distances, hubs and duplicates do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from privacy.events import OnEvent, silent
from privacy.evidence import Evidence
from privacy.gate.views import COMPARISONS, View, views_of
from privacy.neighbors import Nearest, two_nearest
from privacy.ruler import Coordinates

_SOFTENING = 0.05
"""Of the median second distance, so that two equal distances of 0 are no evidence instead of 0 / 0."""

Flags = NDArray[np.bool_]
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """Which side each unit is on.

    in_train, mixed: (units,) flags; a mixed unit has rows on both sides, hence no label. prior: (units,) odds
    that the unit is train's when exposure says nothing: the odds of a random unit, and without a key, where
    a unit is m equal rows found on one side, the m-th power of the odds of a row.
    """

    in_train: Flags
    mixed: Flags
    prior: Values

    @classmethod
    def of(cls, evidence: Evidence) -> Sides:
        count = int(evidence.units.max()) + 1
        in_train, in_control = np.zeros((2, count), bool)
        in_train[evidence.units[evidence.in_train]] = True
        in_control[evidence.units[~evidence.in_train]] = True
        rows = np.ones(count) if evidence.keyed else np.bincount(evidence.units, minlength=count)
        return cls(in_train & ~in_control, in_train & in_control, evidence.odds ** np.minimum(rows, 20.0))

    @property
    def labelled(self) -> NDArray[np.int64]:
        """The units that have a label."""
        return np.flatnonzero(~self.mixed)

    def exchanged(self) -> Sides:
        """Train and control trade places."""
        return Sides(~self.in_train & ~self.mixed, self.mixed, 1 / self.prior)

    def chance(self, odds: float) -> Values:
        """(units,) chance of being train's when exposure multiplies the prior odds by `odds`."""
        tilted = self.prior * odds
        return tilted / (1 + tilted)


@dataclass(frozen=True, slots=True, eq=False)
class Pointing:
    """What a set of rows points at, in each order.

    target: (orders, rows) the unit each row points at. score: (orders, rows) smaller is more suspicious.
    """

    target: NDArray[np.int64]
    score: Values

    def part(self, rows: slice) -> Pointing:
        """Of these rows alone."""
        return Pointing(self.target[:, rows], self.score[:, rows])


@dataclass(frozen=True, slots=True, eq=False)
class Pointer:
    """Finds out what rows point at: the pool, the views and, for each, the softening of the ratio.

    A row's score depends on the pool alone, never on other rows; so planted rows can be scored apart.
    """

    pool: Coordinates
    units: NDArray[np.int64]
    views: tuple[View, ...]
    softening: tuple[float, ...]

    @classmethod
    def fit(
        cls, evidence: Evidence, rng: np.random.Generator, on_event: OnEvent = silent
    ) -> tuple[Pointer, tuple[Nearest, ...]]:
        """The pointer of this evidence, and the neighbours of the synthetic rows in each view."""
        pool = evidence.train_at.followed_by(evidence.control_at)
        views = views_of(evidence, pool, rng)
        found = tuple(
            two_nearest(view.rows, pool, view.distance, evidence.units, rng=rng, on_event=on_event)
            for view in views
        )
        softening = tuple(_softening(nearest.second) for nearest in found)
        return cls(pool, evidence.units, views, softening), found

    @property
    def burdens(self) -> Values:
        """(orders,) by how much a p-value of each order is multiplied."""
        return np.repeat([view.burden for view in self.views], len(COMPARISONS))

    def of_neighbours(self, found: Sequence[Nearest | None]) -> Pointing:
        """The ratio (d1 + e) / (d2 + e) and the gap d1 - d2 in each view; None points at nobody."""
        rows = next(len(nearest.index) for nearest in found if nearest is not None)
        target = np.zeros((len(found), len(COMPARISONS), rows), np.int64)
        score = np.full(target.shape, np.inf)
        for place, (nearest, softening) in enumerate(zip(found, self.softening, strict=True)):
            if nearest is None:
                continue
            first = nearest.first.astype(np.float64)
            second = np.minimum(nearest.second.astype(np.float64), np.finfo(np.float32).max)
            target[place] = self.units[nearest.index]
            score[place] = (first + softening) / (second + softening), first - second
        return Pointing(target.reshape(-1, rows), score.reshape(-1, rows))

    def of_rows(self, rows: Coordinates, rng: np.random.Generator, on_event: OnEvent = silent) -> Pointing:
        """What these rows point at, in the views that measure them as they are."""

        def nearest(view: View) -> Nearest | None:
            if not view.natural:
                return None
            return two_nearest(rows, self.pool, view.distance, self.units, rng=rng, on_event=on_event)

        return self.of_neighbours([nearest(view) for view in self.views])


@dataclass(frozen=True, slots=True, eq=False)
class Exposure:
    """The units in order of exposure.

    score: (orders, units) the best score of any row that points at the unit, inf for nobody's target: however
    many rows copy a record, it counts once. tie: (units,) a random rank for equal scores, drawn once.
    head: (orders, depth) the most exposed labelled units, most exposed first.
    """

    score: Values
    tie: NDArray[np.int64]
    head: NDArray[np.int64]

    @classmethod
    def of(cls, pointing: Pointing, sides: Sides, depth: int, rng: np.random.Generator) -> Exposure:
        score = np.full((len(pointing.score), len(sides.mixed)), np.inf)
        for best, target, value in zip(score, pointing.target, pointing.score, strict=True):
            np.minimum.at(best, target, value)
        tie = rng.permutation(len(sides.mixed))
        labelled = sides.labelled
        head = [labelled[np.lexsort((tie[labelled], best[labelled]))[:depth]] for best in score]
        return cls(score, tie, np.stack(head))


def _softening(second: NDArray[np.float32]) -> float:
    finite = second[np.isfinite(second)]
    median = float(np.median(finite)) if len(finite) else 0.0
    return _SOFTENING * median if median > 0 else 1e-6
