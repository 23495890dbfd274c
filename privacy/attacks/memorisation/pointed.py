"""Records that a row points at: it nearly equals them, and nobody else's comes near.

How much nearer than everybody else's a record has to be is measured on the pool: its own rows point at each
other too, those of twins, households and standard contracts, and as often at train as at control.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

from privacy.evidence import Evidence
from privacy.neighbors import Distance, two_nearest
from privacy.ruler import Coordinates

BAND = 0.01
"""Numbers agree within this difference of ranks."""

MOST_CHANGED = 2
"""Columns in which a row may differ from the record it points at."""

LEAST_GAPS = (1.0, 2.0, 2.0)
"""By columns changed: the least a gap has to be, in columns that tell people apart as well as the average one."""

_SAMPLE = 8_000
_COPIES = 10
"""The gap is chosen so that so many copies would stand out most; with more, tests on shares see them."""

Values = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Pointed:
    """rows: which rows point at somebody, and target: at which pool record. changed: (rows,) columns in which
    they differ. alone: (rows,) how far the next person is from the record, and gap: how much
    farther than the row."""

    rows: Places
    target: Places
    changed: Places
    gap: Values
    alone: Values

    def beyond(self, gaps: Values) -> list[Places]:
        """For 0, 1, 2 columns changed at most: the records pointed at with a gap of at least `gaps` (3,)."""
        records: list[Places] = []
        for most, least in enumerate(gaps):
            here = self.target[(self.changed <= most) & (self.gap >= least)]
            records.append(np.union1d(here, records[-1]) if records else np.unique(here))
        return records


class Resemblance:
    """Who is like whom: the pool, and the distance: unequal columns, each as much as agreeing on it would tell."""

    def __init__(self, evidence: Evidence, rng: np.random.Generator) -> None:
        self._pool = evidence.train_at.followed_by(evidence.control_at)
        self._units, self._rng = evidence.units, rng
        self._distance = Distance.near_match(self._pool, BAND, rng)

    def of_rows(self, rows: Coordinates) -> Pointed:
        """What rows from outside the pool point at."""
        nearest = two_nearest(rows, self._pool, self._distance, self._units, rng=self._rng)
        nobody = np.full(len(rows), -1)
        return self._pointed(rows, nearest.index, nearest.first, nobody)

    def changed_of(self, records: Places, rows: Coordinates) -> tuple[Places, Values]:
        """(records,) columns in which the nearest of these rows differs from each record of the pool; and how far
        the next person is from it."""
        asked = self._pool.take(records)
        nearest = two_nearest(asked, rows, self._distance, np.arange(len(rows)), rng=self._rng)
        return _columns_changed(asked, rows.take(nearest.index)), self._alone(
            records, np.full(len(records), -1)
        )

    def usual_gaps(self, rows: int) -> Values:
        """(3,) by columns changed: the gap at which copies stand out most against `rows` rows of the population.

        The share of copies seen falls with the gap, and so do chance meetings, half of them with control. Both
        are counted on a sample of the pool, without labels.
        """
        sample = self._rng.permutation(len(self._pool))[:_SAMPLE]
        drawn, own = self._pool.take(sample), self._units[sample]
        nearest = two_nearest(drawn, self._pool, self._distance, self._units, own=own, rng=self._rng)
        alone = np.minimum(nearest.first, np.finfo(np.float32).max).astype(np.float64)
        chance = self._pointed(drawn, nearest.index, nearest.first, own)
        gaps = []
        for changed, least in enumerate(LEAST_GAPS):
            met = np.sort(chance.gap[chance.changed <= changed])
            tried = np.unique(np.concatenate([[least], met[met > least] + 1e-6]))
            seen = _COPIES * _share_from(np.sort(alone) - changed, tried)
            by_chance = rows * _share_from(met, tried) * len(met) / len(sample)
            gaps.append(tried[np.argmax(_evidence(seen + by_chance / 2, by_chance / 2))])
        return np.array(gaps)

    def _pointed(self, rows: Coordinates, target: Places, first: NDArray[np.float32], own: Places) -> Pointed:
        """own: the unit of each row, which is nobody else than the row; -1 for rows from outside."""
        changed = _columns_changed(rows, self._pool.take(target))
        near = np.flatnonzero((changed <= MOST_CHANGED) & np.isfinite(first))
        if not near.size:
            return Pointed(near, near, near, np.empty(0), np.empty(0))
        record = target[near]
        alone = self._alone(record, own[near])
        return Pointed(near, record, changed[near], alone - first[near], alone)

    def _alone(self, records: Places, own: Places) -> Values:
        """(records,) how far the next person is, who is not `own`: the unit of the row asked about."""
        strangers = two_nearest(
            self._pool.take(records),
            self._pool,
            self._distance,
            self._units,
            own=self._units[records],
            rng=self._rng,
        )
        is_row = self._units[strangers.index] == own
        return np.where(is_row, strangers.second, strangers.first).astype(np.float64)


def _columns_changed(rows: Coordinates, records: Coordinates) -> Places:
    """(rows,) columns in which each row differs from its record, numbers by more than the band."""
    numbers = (np.abs(rows.ranks - records.ranks) > BAND).sum(axis=1)
    changed: Places = numbers + (rows.codes != records.codes).sum(axis=1)
    return changed


def _share_from(ascending: Values, levels: Values) -> Values:
    """(levels,) share of the values that are at least the level; 0 where there are none."""
    below = np.searchsorted(ascending, levels, side="left")
    return 1 - below / len(ascending) if len(ascending) else np.zeros(len(levels))


def _evidence(train: Values, control: Values) -> Values:
    """Log-likelihood ratio of the counts against equal sides: what the exact test will see of them."""
    both = np.maximum(train + control, 1e-12)
    ratio: Values = xlogy(train, 2 * train / both) + xlogy(control, 2 * control / both)
    return ratio
