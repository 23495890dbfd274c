"""How much is gained, how sure that is, and what it says against the smallest difference of interest."""

from __future__ import annotations

import numpy as np
from scipy import stats

from privacy.result import Estimate, Interval
from privacy.utility.case import Floats
from privacy.utility.result import Answer

LEVEL = 0.95
OVER_CONTROL = "bootstrap over control's people"
OVER_BOTH = "bootstrap over control's people and half tables of training people"


def lifted(real: Floats, other: Floats, real_halves: Floats, other_halves: Floats) -> Estimate:
    """Other minus real, with an interval over control's people and over training tables.

    real, other: (1 + weightings,) scores, paired. real_halves, other_halves: (halvings, 2) scores of models of
    either half of the tables, paired. The halves of a random table are two random tables, so that half their
    squared difference is what tables of half the size vary by; twice as large ones vary half as much, or less
    where models are near to the best that there is. Both variances add up; degrees of freedom by
    Satterthwaite (1946).
    """
    gains = (other - real)[1:]
    apart = np.diff(other_halves - real_halves, axis=1)
    tables = (float((apart**2).mean() / 4), len(apart))
    return _estimate(float(other[0] - real[0]), [_variance(gains), tables], OVER_BOTH)


def over_control(scores: Floats, draws: Floats | None = None) -> Estimate:
    """A score, or a difference of two, with an interval over control's people and, where given, over draws.

    scores: (1 + weightings,). draws: (draws,) values whose mean it is.
    """
    variances = [_variance(scores[1:])]
    if draws is not None:
        value, size = _variance(draws)
        variances.append((value / len(draws), size))
    return _estimate(float(scores[0]), variances, OVER_CONTROL)


def answered(lift: Estimate, smallest: float) -> Answer:
    """An interval beyond the smallest difference of interest helps or harms, one within it is neutral; else nobody
    can tell."""
    interval = lift.interval
    if interval is None:
        return Answer.UNKNOWN
    if interval.low > smallest:
        return Answer.HELPS
    if interval.high < -smallest:
        return Answer.HARMS
    return Answer.NEUTRAL if -smallest < interval.low and interval.high < smallest else Answer.UNKNOWN


def _variance(values: Floats) -> tuple[float, int]:
    """Of the values that there are, and its degrees of freedom."""
    known = values[np.isfinite(values)]
    return (float(known.var(ddof=1)), known.size - 1) if known.size > 1 else (0.0, 0)


def _estimate(value: float, variances: list[tuple[float, int]], method: str) -> Estimate:
    """No interval where nothing could be varied."""
    total = sum(variance for variance, _ in variances)
    lost = sum(variance**2 / freedom for variance, freedom in variances if freedom)
    if not any(freedom for _, freedom in variances):
        return Estimate(value=value)
    reach = float(stats.t.ppf((1 + LEVEL) / 2, total**2 / lost)) * np.sqrt(total) if total > 0 else 0.0
    return Estimate(
        value=value, interval=Interval(low=value - reach, high=value + reach, level=LEVEL, method=method)
    )
