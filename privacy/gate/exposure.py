"""Which real records do synthetic rows point at? The records in order of exposure, labels unseen.

A synthetic row that sits suspiciously close to one record, against the next nearest record of anybody else,
points at it. Three distances and two ways to compare the two neighbours give six orders. Nothing here looks
at who is train's and who is control's, so under exchangeability the labels along each order are coin flips,
whatever distances, hubs and duplicates do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from privacy.events import OnEvent, silent
from privacy.evidence import Evidence
from privacy.neighbors import Distance, Nearest, two_nearest
from privacy.ruler import Coordinates

NEAR_MATCHES = (0.05, 0.15)
"""Bandwidths: .05 sees best copies with swapped columns, .15 copies with noise in mixed tables."""

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


@dataclass(frozen=True, slots=True, eq=False)
class Pointer:
    """Finds out what rows point at: the pool, the three distances and the softening of the ratio.

    A row's score depends on the pool alone, never on other rows; so planted rows can be scored apart.
    """

    pool: Coordinates
    units: NDArray[np.int64]
    distances: tuple[Distance, ...]
    softening: tuple[float, ...]

    @classmethod
    def fit(
        cls, evidence: Evidence, rng: np.random.Generator, on_event: OnEvent = silent
    ) -> tuple[Pointer, tuple[Nearest, ...]]:
        """The pointer of this evidence, and the neighbours of the synthetic rows under each distance."""
        pool = evidence.train_at.followed_by(evidence.control_at)
        near = (Distance.near_match(pool, bandwidth, rng) for bandwidth in NEAR_MATCHES)
        distances = tuple(
            distance.without_unmatched(evidence.synthetic_at) for distance in (Distance.plain(pool), *near)
        )
        found = tuple(
            two_nearest(evidence.synthetic_at, pool, distance, evidence.units, rng=rng, on_event=on_event)
            for distance in distances
        )
        softening = tuple(_softening(nearest.second) for nearest in found)
        return cls(pool, evidence.units, distances, softening), found

    def of_neighbours(self, found: tuple[Nearest, ...]) -> Pointing:
        """The ratio (d1 + e) / (d2 + e) and the gap d1 - d2 under each distance."""
        targets, scores = [], []
        for nearest, softening in zip(found, self.softening, strict=True):
            first = nearest.first.astype(np.float64)
            second = np.minimum(nearest.second.astype(np.float64), np.finfo(np.float32).max)
            targets += [self.units[nearest.index]] * 2
            scores += [(first + softening) / (second + softening), first - second]
        return Pointing(np.stack(targets), np.stack(scores))

    def of_rows(self, rows: Coordinates, rng: np.random.Generator) -> Pointing:
        """What these rows point at."""
        return self.of_neighbours(
            tuple(two_nearest(rows, self.pool, distance, self.units, rng=rng) for distance in self.distances)
        )


ORDERS = tuple(
    f"{distance}, {comparison}"
    for distance in ("plain distance", *(f"near match {bandwidth:.0%}" for bandwidth in NEAR_MATCHES))
    for comparison in ("ratio", "gap")
)


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

    def with_rows(self, target: NDArray[np.int64], score: Values, mixed: Flags) -> NDArray[np.int64]:
        """`head`, had further rows pointed at (orders, rows) `target` with these scores."""
        return np.stack(
            [self._merged(order, target[order], score[order], mixed) for order in range(len(score))]
        )

    def _merged(
        self, order: int, target: NDArray[np.int64], score: Values, mixed: Flags
    ) -> NDArray[np.int64]:
        head, labelled = self.head[order], ~mixed[target]
        best = self.score[order].copy()
        np.minimum.at(best, target[labelled], score[labelled])
        known = np.zeros(len(best), bool)
        known[head] = True
        known[target[labelled]] = True
        units = np.flatnonzero(known)
        merged: NDArray[np.int64] = units[np.lexsort((self.tie[units], best[units]))[: len(head)]]
        return merged


def _softening(second: NDArray[np.float32]) -> float:
    finite = second[np.isfinite(second)]
    median = float(np.median(finite)) if len(finite) else 0.0
    return _SOFTENING * median if median > 0 else 1e-6
