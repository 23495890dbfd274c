"""An excess over control against its limit: the whole interval has to lie on one side."""

from __future__ import annotations

from collections.abc import Sequence

from privacy.judge.advice import DRAW_CONTROL, MORE_PEOPLE, narrower
from privacy.judge.words import joined, unresolved
from privacy.policy import Policy
from privacy.result import ENOUGH_UNITS, EXCHANGEABLE, Check, Finding, Status

OWN_CONTROL = frozenset({"re-fit", "canaries"})
"""Attacks on the pipeline. They compare people of one table with each other, not train with control."""

_SURELY = 1e-3


def judge_excess(finding: Finding, policy: Policy) -> Finding:
    """Where the interval of the excess stands against the tolerance.

    A gating attack that calls its finding a leak or unresolved is believed; bounded, only the policy says.
    """
    tolerance = policy.excess_tolerance(finding.attack, finding.name)
    if finding.gating and finding.status in (Status.LEAK, Status.UNRESOLVED):
        return finding.model_copy(update={"tolerance": tolerance})
    if tolerance is None:
        if not finding.gating:
            return finding.model_copy(update={"status": None})
        return unresolved(
            finding, None, "The policy has no limit for this finding.", "Add a limit to the policy."
        )
    if finding.trials_made == 0 or finding.excess is None or finding.excess.interval is None:
        why = "It has no interval: nothing could be tried."
        return unresolved(
            finding, tolerance, why, "More rows, or a schema that declares the columns it needs."
        )
    excess, interval = finding.excess.value, finding.excess.interval
    # Reflected in the tolerance where low is worse, so that above it is worse again.
    low, excess, high = (
        (interval.low, excess, interval.high)
        if finding.higher_is_worse
        else tuple(2 * tolerance - end for end in (interval.high, excess, interval.low))
    )
    if low > tolerance and _unlikely(finding):
        status, why = Status.LEAK, "Even the lower end of the interval passes the limit."
    elif high <= tolerance:
        status, why = Status.BOUNDED, "The whole interval keeps the limit."
    elif low <= tolerance:
        why = "The limit lies inside the interval: the trials do not decide."
        return unresolved(finding, tolerance, why, narrower(excess, low, high, tolerance))
    else:
        why = "The interval passes the limit, and one in so many numbers may do so by chance."
        return unresolved(finding, tolerance, why, "More rows, in control above all, would tell.")
    return finding.model_copy(
        update={"status": status, "tolerance": tolerance, "reason": joined(finding.reason, why)}
    )


def _unlikely(finding: Finding) -> bool:
    """Whether so large an excess is rare among the dozens that an audit looks at.

    Gating findings see to it themselves, and attacks on the pipeline are few.
    """
    if finding.gating or finding.attack in OWN_CONTROL or finding.p_value is None:
        return True
    return finding.p_value < _SURELY


def if_comparable(finding: Finding, failed: Sequence[Check]) -> Finding:
    """An excess over too few people, or people of another kind, is no leak. Copies of records and values are."""
    differ = next((check for check in failed if check.name in (ENOUGH_UNITS, EXCHANGEABLE)), None)
    counts_copies = finding.gating or finding.attack in OWN_CONTROL
    if differ is None or counts_copies or finding.status is not Status.LEAK:
        return finding
    return unresolved(
        finding.model_copy(update={"reason": ""}),
        finding.tolerance,
        f"The comparison does not stand: {differ.sentence}",
        DRAW_CONTROL if differ.name == EXCHANGEABLE else MORE_PEOPLE,
    )
