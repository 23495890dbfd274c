"""What the gate's tests say, as findings: numbers with intervals, one sentence, one picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats as distributions

from privacy.gate.exposure import Exposure, Sides
from privacy.gate.tails import TailTest, running_counts
from privacy.result import GATE, Estimate, Finding, Interval, Picture, Status
from privacy.stats import Count, effective_trials, proportion, wilson
from privacy.wording import SMALL_CELL, percent

THREAT = "holds the synthetic table and a list of people; guesses who of them is in train"

_LARGEST_ODDS = 1000.0


@dataclass(frozen=True, slots=True, eq=False)
class _Tails:
    """The labels along the orders, all arrays (orders, depths).

    train: train records among the first k. clean, tolerated: expected share at odds 1, and at the tolerance.
    least_odds: lower bound on how far the odds exceed those of a random record, all places at once; above
    the tolerance exactly where the test rejects.
    """

    train: NDArray[np.int64]
    clean: NDArray[np.float64]
    tolerated: NDArray[np.float64]
    least_odds: NDArray[np.float64]

    @classmethod
    def of(cls, sides: Sides, exposure: Exposure, test: TailTest, odds: float) -> _Tails:
        head, depths = exposure.head, test.depths
        train = running_counts(sides.in_train[head], depths)
        clean = running_counts(sides.chance(1.0)[head], depths) / depths
        tolerated = running_counts(test.chance[head], depths) / depths
        share = np.nan_to_num(distributions.beta.ppf(test.critical_of_orders, train, depths - train + 1))
        return cls(train, clean, tolerated, odds * _as_odds(share) / _as_odds(tolerated))


def closest_records(
    sides: Sides, exposure: Exposure, test: TailTest, orders: Sequence[str], odds: float, level: float
) -> Finding:
    """The test on the most exposed records, told at the order and depth where they say most.

    orders: the names of the orders of exposure.
    """
    tails = _Tails.of(sides, exposure, test, odds)
    order, place = np.unravel_index(int(tails.least_odds.argmax()), tails.train.shape)
    count = Count(int(tails.train[order, place]), int(test.depths[place]))
    allowed = test.most_allowed(exposure.head)
    smallest = float(test.p_values(sides.in_train, exposure.head).min())
    ours, theirs = count.successes, count.trials - count.successes
    clean = float(tails.clean[order, place])
    most = distributions.beta.ppf(1 - test.critical_of_orders[order, 0], ours + 1, theirs) if theirs else 1.0
    excess = Estimate(
        value=_capped(_as_odds((ours + 0.5) / (count.trials + 1)) / _as_odds(clean)),
        interval=Interval(
            low=float(tails.least_odds[order, place]),
            high=_capped(_as_odds(most) / _as_odds(clean)),
            level=1 - level,
            method="Clopper-Pearson, one-sided, at the critical p",
        ),
    )
    return Finding(
        attack=GATE,
        name="closest records",
        threat=THREAT,
        sentence=f"{ours:,} of the {count.trials:,} most exposed records are train's;"
        f" {_chance(int(allowed[order, place]), int(count.trials))} (odds tolerance {odds:g}; the most telling of"
        f" {tails.train.size} places, p = {test.adjusted(smallest):.2g}).",
        value=proportion(count),
        control=proportion(Count(theirs, count.trials)),
        baseline=Estimate(value=clean),
        excess=excess,
        trials_asked=len(sides.labelled),
        trials_made=len(sides.labelled),
        p_value=test.adjusted(smallest),
        gating=True,
        status=Status.LEAK if smallest < test.critical else None,
        tolerance=odds,
        reason=_left_out(sides),
        pictures=(_by_depth(tails, allowed, test, int(order), orders[int(order)]),),
    )


def train_share(sides: Sides, nearest: NDArray[np.int64], odds: float, level: float) -> Finding:
    """The share of synthetic rows whose nearest record is train's, ties dealt at random.

    nearest: (synthetic rows,) units. The rows that share a nearest record stand or fall together, so the
    error counts records: its square is the sum of chance (1 - chance) c^2 over records with c rows each.
    """
    rows = np.bincount(nearest, minlength=len(sides.mixed))
    rows[sides.mixed] = 0
    total, train = int(rows.sum()), int(rows[sides.in_train].sum())
    chance, clean = sides.chance(odds), sides.chance(1.0)
    if total == 0:
        return _nothing("DCR share", sides)
    spread = np.sqrt((chance * (1 - chance) * rows.astype(float) ** 2).sum())
    tolerated, expected = float(chance @ rows) / total, float(clean @ rows) / total
    p_value = float(distributions.norm.sf((train / total - tolerated) * total / spread))
    trials = effective_trials(rows)
    bounds = wilson(train / total * trials, trials, 1 - 2 * level)
    interval = bounds.model_copy(update={"method": "Wilson, effective trials"})
    return Finding(
        attack=GATE,
        name="DCR share",
        threat=THREAT,
        sentence=f"{percent(train / total)} of the synthetic rows lie nearest to a train record; a table that"
        f" leaks nothing would give about {percent(expected)}, and up to {percent(tolerated)} is tolerated.",
        value=Estimate(value=train / total, interval=interval, successes=train, trials=total),
        control=Estimate(value=1 - train / total, successes=total - train, trials=total),
        baseline=Estimate(value=expected),
        excess=Estimate(
            value=_capped(_as_odds(train / total) / _as_odds(expected)),
            interval=Interval(
                low=_capped(_as_odds(bounds.low) / _as_odds(expected)),
                high=_capped(_as_odds(bounds.high) / _as_odds(expected)),
                level=1 - 2 * level,
                method=interval.method,
            ),
        ),
        trials_asked=len(nearest),
        trials_made=total,
        p_value=p_value,
        gating=True,
        status=Status.LEAK if p_value < level else None,
        tolerance=odds,
        reason=_left_out(sides),
    )


def nothing_to_look_at(sides: Sides) -> Finding:
    """The finding of a table in which too few records stand on one side only."""
    return _nothing("closest records", sides)


def _nothing(name: str, sides: Sides) -> Finding:
    return Finding(
        attack=GATE,
        name=name,
        threat=THREAT,
        sentence="Too few records stand on one side only: nearly every row of train has an equal in control,"
        " or the tables are very small.",
        value=Estimate(value=0.0, trials=0),
        control=None,
        trials_asked=len(sides.mixed),
        trials_made=0,
        gating=True,
        status=Status.UNRESOLVED,
        reason=_left_out(sides),
    )


def _by_depth(tails: _Tails, allowed: NDArray[np.int64], test: TailTest, order: int, name: str) -> Picture:
    def line(values: NDArray[np.float64]) -> tuple[float, ...]:
        return tuple(round(float(value), 4) for value in values)

    return Picture(
        kind="lines",
        title=f"Train's share of the most exposed records ({name})",
        x_label="records, most exposed first",
        y_label="train's share",
        x=tuple(float(depth) for depth in test.depths),
        series={
            "train's share": line(tails.train[order] / test.depths),
            "above this, a leak": line(allowed[order] / test.depths),
            "a random record": line(tails.clean[order]),
        },
    )


def _chance(allowed: int, trials: int) -> str:
    """What a table that leaks nothing gives at most; so near the front, chance may explain any number."""
    if allowed >= trials:
        return "so few that chance could explain any number"
    return f"a table that leaks nothing gives at most {allowed:,} of {trials:,}"


def _left_out(sides: Sides) -> str:
    count = int(sides.mixed.sum())
    if count == 0:
        return ""
    shown = f"{count:,}" if count >= SMALL_CELL else f"Fewer than {SMALL_CELL}"
    return f"{shown} groups of equal rows have rows in train and in control and were left out."


def _as_odds(share: NDArray[np.float64] | float) -> NDArray[np.float64]:
    return np.asarray(share / np.maximum(1.0 - np.asarray(share), 1e-12))


def _capped(odds: NDArray[np.float64]) -> float:
    return min(float(odds), _LARGEST_ODDS)
