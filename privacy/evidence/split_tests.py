"""Was control a random part of the same table as train, with nobody on both sides?

Everything the audit concludes rests on that. Three questions, each answered by a statistic whose law under a
random split needs no model of the data: do equal rows straddle the split, do near-equal rows straddle it, do
the sides differ? A unit is an entity, or a row where no entity is known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize, stats

from privacy.neighbors import Distance, two_nearest
from privacy.ruler import Coordinates

_LARGEST_GROUP = 20
_RECORDS = 20_000
_DEPTHS = (10, 20, 30, 50, 100, 200, 500, 1000, 2000, 5000)
_RELABELLINGS = 400
_SOFTENING = 0.05
_FEW_ROWS = 50
"""With fewer on a side the asymptotic law of the distance calls two rows against two surely different."""

Places = NDArray[np.int64]
Flags = NDArray[np.bool_]


def straddling_p(groups: Places, in_train: Flags) -> float:
    """Bound on the chance that a random split puts as many equal units on opposite sides.

    groups: (units,) equal numbers for units with equal rows. Statistic: over groups of m units, t of them in
    train, the sum of t (m - t) / its variance. Bound: Chernoff's, with independent labels, so it errs on the
    side of a larger p. Groups above 20 units straddle any split and say nothing.
    """
    if not len(groups):
        return 1.0
    _, group, size = np.unique(groups, return_inverse=True, return_counts=True)
    train = np.bincount(group, weights=in_train)
    telling = (size >= 2) & (size <= _LARGEST_GROUP)
    share = float(in_train.mean())
    if not telling.any() or share in (0.0, 1.0):
        return 1.0
    seen, laws = 0.0, []
    for m in np.unique(size[telling]):
        pairs = np.arange(m + 1) * (m - np.arange(m + 1))
        chance = stats.binom.pmf(np.arange(m + 1), m, share)
        weight = 1 / (chance @ pairs**2 - (chance @ pairs) ** 2)
        of_this_size = telling & (size == m)
        seen += weight * (train * (m - train))[of_this_size].sum()
        laws.append((int(of_this_size.sum()), chance, weight * pairs))

    def exponent(tilt: float) -> float:
        return sum(n * float(np.log(p @ np.exp(tilt * x))) for n, p, x in laws) - tilt * seen

    best = optimize.minimize_scalar(exponent, bounds=(0.0, 20.0), method="bounded")
    return float(np.exp(min(best.fun, 0.0)))


@dataclass(frozen=True, slots=True, eq=False)
class Partners:
    """Sampled pool records and the nearest record of another unit, in pool rows.

    closeness: how much nearer that record is than the next unit's: first / second distance, both softened, so that
    two distances of 0 say nothing.
    """

    record: Places
    nearest: Places
    closeness: NDArray[np.float32]


def partners(pool: Coordinates, distance: Distance, units: Places, rng: np.random.Generator) -> Partners:
    """For up to 20,000 random records of the pool, which must hold two units."""
    record = np.sort(rng.permutation(len(pool))[:_RECORDS])
    found = two_nearest(pool.take(record), pool, distance, units, own=units[record], rng=rng)
    next_unit = np.minimum(found.second, np.finfo(np.float32).max)
    softening = max(_SOFTENING * np.median(next_unit), np.finfo(np.float32).tiny)
    return Partners(record, found.index, (found.first + softening) / (next_unit + softening))


def near_copies_p(found: Partners, units: Places, in_train: Flags) -> float:
    """Chance that a random split parts as many of the closest pairs.

    Pairs of records that are each other's nearest, the least doubtful first, each unit in one pair at most:
    their labels are then independent, and the number parted among the k closest is binomial. Smallest p over
    the depths k, times their number.
    """
    parted, depths, chance = _parted(found, units, in_train)
    tails = [stats.binom.sf(parted[:k].sum() - 1, k, chance) for k in depths]
    return float(min(1.0, min(tails) * len(depths)))


def kept_together_p(found: Partners, units: Places, in_train: Flags) -> float:
    """Chance that a random split parts as few of the closest pairs, tested as in `near_copies_p`.

    People of one household, one year or one site resemble each other: where control is of another, train's pairs
    stay whole. Few such pairs are enough to make every synthetic table look like train. They are told best by a
    near match, in which agreeing on something rare, such as a small area, weighs much.
    """
    parted, depths, chance = _parted(found, units, in_train)
    tails = [stats.binom.cdf(parted[:k].sum(), k, chance) for k in depths]
    return float(min(1.0, min(tails) * len(depths)))


def _parted(found: Partners, units: Places, in_train: Flags) -> tuple[Flags, list[int], float]:
    """Which mutual pairs the split parts, the closest first; the depths to look at; the chance of each."""
    mutual = _mutual_pairs(found, units)
    _, one_each = np.unique(units, return_index=True)
    share = float(in_train[one_each].mean())
    parted = in_train[mutual[:, 0]] != in_train[mutual[:, 1]]
    depths = [k for k in _DEPTHS if k < len(parted)] + [len(parted)]
    return parted, depths, 2 * share * (1 - share)


def _mutual_pairs(found: Partners, units: Places) -> Places:
    """(pairs, 2) pool rows, the closest for their surroundings first; no unit twice."""
    nearest_of = dict(zip(found.record.tolist(), found.nearest.tolist(), strict=True))
    used: set[int] = set()
    pairs = []
    for place in np.argsort(found.closeness, kind="stable"):
        a, b = int(found.record[place]), int(found.nearest[place])
        if nearest_of.get(b) == a and not {int(units[a]), int(units[b])} & used:
            used |= {int(units[a]), int(units[b])}
            pairs.append((a, b))
    return np.array(pairs, np.int64).reshape(-1, 2)


def separation_p(found: Partners, units: Places, in_train: Flags, rng: np.random.Generator) -> float:
    """Chance that a random split leaves as many records beside one of their own side.

    The nearest-neighbour two-sample test (Schilling, JASA 1986; Henze, Annals of Statistics 1988), its mean
    and spread taken from relabellings of whole units.
    """
    units = np.unique(units, return_inverse=True)[1]
    labels = np.zeros(int(units.max()) + 1, bool)
    labels[units] = in_train
    here, there = units[found.record], units[found.nearest]
    seen = np.count_nonzero(labels[here] == labels[there])
    shuffled = (rng.permutation(labels) for _ in range(_RELABELLINGS))
    drawn = [np.count_nonzero(label[here] == label[there]) for label in shuffled]
    spread = np.std(drawn)
    return float(stats.norm.sf((seen - np.mean(drawn)) / spread)) if spread > 0 else 1.0


def column_shift_p(train: pd.DataFrame, control: pd.DataFrame) -> float:
    """Smallest p of a comparison column by column, times the number of columns.

    Rows must be independent: one a unit. Numbers by Kolmogorov-Smirnov with missing values as the largest;
    the rest by chi-square, levels expected fewer than five times in either table pooled.
    """
    tails = [_shift_p(train[name], control[name]) for name in train.columns]
    return float(min(1.0, min(tails, default=1.0) * len(tails)))


def _shift_p(train: pd.Series, control: pd.Series) -> float:
    if train.dtype.kind == "f":
        ours, theirs = (column.fillna(np.inf).to_numpy() for column in (train, control))
        method = "exact" if min(len(ours), len(theirs)) < _FEW_ROWS else "asymp"
        return float(stats.ks_2samp(ours, theirs, method=method).pvalue)
    codes, levels = pd.factorize(pd.concat([train, control]), use_na_sentinel=False)
    split = len(train)
    counts = np.stack([np.bincount(part, minlength=len(levels)) for part in (codes[:split], codes[split:])])
    expected = counts.sum(axis=0) * min(split, len(control)) / len(codes)
    counts = np.column_stack([counts[:, expected >= 5], counts[:, expected < 5].sum(axis=1)])
    counts = counts[:, counts.sum(axis=0) > 0]
    return float(stats.chi2_contingency(counts, correction=False).pvalue) if counts.shape[1] > 1 else 1.0
