"""The axes: which numbers stand on one scale, and how they are written along it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from privacy.report import view
from privacy.report.drawings import Scale, decades, linear
from privacy.report.text import excess_is_share, is_share, round_share, tick
from privacy.result import Detectable, Estimate, Finding, Measure


def writer(as_share: bool) -> Callable[[float], str]:
    """How numbers are written on an axis."""
    return round_share if as_share else tick


def value_scale(finding: Finding) -> Scale:
    """One axis for train, control and baseline."""
    return linear([end for row in view.rows(finding) for end in _ends(row.estimate)])


def excess_scale(finding: Finding) -> Scale:
    """The axis of the excess: the even point, the interval and the limit are on it; logarithmic for odds."""
    ends = _ends(finding.excess) if finding.excess else []
    ends += [] if finding.tolerance is None else [finding.tolerance]
    odds = is_share(finding) and not excess_is_share(finding)
    return decades([*ends, 1.0], even=1.0) if odds else linear(ends)


def dose_scale(leaks: Iterable[Detectable]) -> Scale:
    """One logarithmic axis for all planted leaks."""
    doses = (dose for leak in leaks for dose in (leak.dose_80, leak.dose_95, leak.tolerance))
    return decades(dose for dose in doses if dose is not None)


def measure_scale(measure: Measure) -> Scale:
    """The axis of a fidelity measure, from zero; from one half for an area under a curve."""
    ends = [measure.value, *([] if measure.floor is None else [measure.floor])]
    if measure.name.endswith("AUC"):
        return Scale(0.5, 1.0, (0.5, 0.6, 0.7, 0.8, 0.9, 1.0))
    if measure.best == "high":
        return linear([*ends, 1.0])
    return linear(ends)


def _ends(estimate: Estimate) -> list[float]:
    interval = estimate.interval
    return [estimate.value, *([interval.low, interval.high] if interval else [])]
