"""Are the most exposed records train's more often than odds and chance allow?

For every order of exposure and every depth k, the number of train records among the first k is compared with
a binomial; the smallest of these p-values is compared with its own law under relabelling, which takes care of
looking in many places (Westfall & Young, Resampling-Based Multiple Testing, 1993, single step).

Null hypothesis with a tolerance: whichever record is pointed at, the odds that it is train's are at most
`odds` times those of a random record. odds = 1 would be exact exchangeability, which even a coarse generator
fails: it was fitted on train.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from privacy.gate.exposure import Sides

_DEPTHS = (10, 13, 15, 17, 20, 25, 30, 40, 50, 75, 100, 150, 200, 300, 500, 750, 1000, 1500, 2000)
_DEEPEST_SHARE = 0.2
_DRAWS_AT_ONCE = 50

Values = NDArray[np.float64]
Places = NDArray[np.int64]


def depths_for(units: int) -> Places:
    """How far down the orders to look: at most a fifth of the units, beyond which nobody is suspicious."""
    return np.array([depth for depth in _DEPTHS if depth <= _DEEPEST_SHARE * units], np.int64)


def running_counts(heads: NDArray[Any], depths: Places) -> NDArray[Any]:
    """(..., depths) sums over the first k of the last axis, for each depth k; the last axis is the deepest."""
    starts = np.concatenate([[0], depths[:-1]])
    total = np.float64 if heads.dtype.kind == "f" else np.int64
    sums: NDArray[Any] = np.add.reduceat(heads, starts, axis=-1, dtype=total).cumsum(axis=-1)
    return sums


def tail_p(counts: NDArray[Any], depths: Places, chance: Values) -> Values:
    """P(Bin(k, chance) >= count), elementwise, by the regularised incomplete beta function."""
    p: Values = special.betainc(np.maximum(counts, 1), depths - counts + 1.0, chance)
    return np.where(counts > 0, p, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class TailTest:
    """The test as it stands before the labels are looked at.

    depths: (depths,) k. chance: (units,) of being train's at the tolerated odds. burdens: (orders,) factors on the
    p-values. critical: a smallest burdened p below it is a leak. drawn: (draws,) the smallest burdened p of each
    relabelling, ascending.
    """

    depths: Places
    chance: Values
    burdens: Values
    critical: float
    drawn: Values

    @classmethod
    def calibrate(
        cls,
        head: Places,
        burdens: Values,
        sides: Sides,
        odds: float,
        alpha: float,
        draws: int,
        rng: np.random.Generator,
    ) -> TailTest:
        """Critical value at level `alpha`, from `draws` labellings with independent labels at these odds.

        Independent labels rather than permuted ones are slightly conservative, and allow odds other than 1.
        """
        depths, chance = depths_for(len(sides.labelled)), sides.chance(odds)
        drawn = np.sort(relabelled_p(head, burdens, chance, chance, depths, draws, rng))
        allowed = max(int(alpha * (draws + 1)) - 1, 0)
        return cls(depths, chance, burdens, float(drawn[allowed]), drawn)

    def p_values(self, in_train: NDArray[np.bool_], head: Places) -> Values:
        """(orders, depths) burdened p-values of labels (units,) along the head (orders, deepest)."""
        counts = running_counts(in_train[head], self.depths)
        return self.of_counts(counts, running_counts(self.chance[head], self.depths))

    def of_counts(self, counts: NDArray[Any], chances: Values) -> Values:
        """Burdened p-values of train counts (..., orders, depths) where the chances add up to `chances`."""
        return tail_p(counts, self.depths, chances / self.depths) * self.burdens[:, None]

    @property
    def critical_of_orders(self) -> Values:
        """(orders, 1) the critical value for p-values without burden."""
        return (self.critical / self.burdens)[:, None]

    def adjusted(self, smallest: float) -> float:
        """Chance that a table within tolerance has a burdened p-value this small anywhere."""
        below = int(np.searchsorted(self.drawn, smallest, side="right"))
        return (1 + below) / (1 + len(self.drawn))

    def most_allowed(self, head: Places) -> Places:
        """(orders, depths) the largest number of train records that is not called a leak."""
        chance = running_counts(self.chance[head], self.depths) / self.depths
        allowed = np.empty(chance.shape, np.int64)
        for place, depth in enumerate(self.depths):
            counts = np.arange(depth + 1)
            tails = tail_p(counts, depth, chance[:, place, None])
            allowed[:, place] = depth - (tails[:, ::-1] >= self.critical_of_orders).argmax(axis=1)
        return allowed


def relabelled_p(
    head: Places,
    burdens: Values,
    labels: Values,
    chance: Values,
    depths: Places,
    draws: int,
    rng: np.random.Generator,
) -> Values:
    """(draws,) smallest burdened p when every unit is train's with chance `labels`, tested against `chance`."""
    units, place = np.unique(head, return_inverse=True)
    place = place.reshape(head.shape)
    table, start = _tail_table(running_counts(chance[head], depths) / depths, depths)
    table *= np.repeat(burdens, int((depths + 1).sum()))
    smallest = []
    for first in range(0, draws, _DRAWS_AT_ONCE):
        size = min(_DRAWS_AT_ONCE, draws - first)
        drawn = rng.random((size, len(units)), dtype=np.float32) < labels[units]
        counts = running_counts(drawn[:, place], depths)
        smallest.append(table[start + counts].min(axis=(1, 2)))
    return np.concatenate(smallest)


def _tail_table(chance: Values, depths: Places) -> tuple[Values, Places]:
    """Every p-value that counts can have: one long table, and (orders, depths) where count 0 of each stands."""
    lengths = np.broadcast_to(depths + 1, chance.shape)
    start = np.concatenate([[0], np.cumsum(lengths.ravel())[:-1]])
    counts = np.arange(lengths.sum()) - np.repeat(start, lengths.ravel())
    trials = np.repeat(lengths.ravel() - 1, lengths.ravel())
    table = tail_p(counts, trials, np.repeat(chance.ravel(), lengths.ravel()))
    return table, start.reshape(chance.shape)
