"""Findings and a policy into a status each and one verdict.

A finding is a `leak` when its lower bound passes the tolerance, `bounded` when its upper bound does not and
the audit could have seen a leak of that size, else `unresolved`. Unresolved is not a pass.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from privacy.policy import Policy
from privacy.result import Check, Detectable, Finding, Outcome, Skipped, Status, Verdict
from privacy.wording import percent


@dataclass(frozen=True, slots=True)
class Sizes:
    """People in train and in control, and rows of the synthetic table."""

    train_units: int
    control_units: int
    synthetic_rows: int


_DRAW_CONTROL = "Draw the control table at random from the same source, by person, and audit again."

_MORE_PEOPLE = "More people on the side that has too few; where many are alike, a key that tells them apart."

GATE = "gate"
"""The attack whose null hypothesis rests on the checks: train and control exchangeable."""

EXCHANGEABLE = "exchangeable"
"""The check without which an excess over control shows nothing: people of another year or site differ, too."""

ENOUGH_UNITS = "enough units"
"""The check that more rows mend."""

OWN_CONTROL = frozenset({"re-fit", "canaries"})
"""Attacks on the pipeline. They compare people of one table with each other, not train with control."""


def judge(
    findings: Sequence[Finding],
    checks: Sequence[Check],
    skipped: Sequence[Skipped],
    policy: Policy,
    *,
    sizes: Sizes | None = None,
) -> tuple[tuple[Finding, ...], Verdict]:
    """The findings with status, tolerance, reason and resolve, and the verdict they add up to.

    sizes: of the tables; with them, advice names how many more people or rows are needed.
    """
    failed = [check for check in checks if not check.passed]
    judged = tuple(_judged(finding, failed, policy, sizes) for finding in findings)
    return judged, _verdict(judged, failed, skipped)


def _judged(finding: Finding, failed: Sequence[Check], policy: Policy, sizes: Sizes | None) -> Finding:
    if finding.attack == GATE and (finding.gating or finding.detectable):
        finding = _with_limits(finding, policy)
        # A leak without a p-value was read off the tables: it needs no comparison to stand.
        read_off = finding.status is Status.LEAK and finding.p_value is None
        if failed and finding.gating and not read_off:
            return finding.model_copy(
                update={
                    "status": Status.UNRESOLVED,
                    "reason": _and(finding.reason, f"The comparison does not stand: {failed[0].sentence}"),
                    "resolve": _mend(failed[0], finding, policy, sizes),
                }
            )
        return _judge_gate(finding, policy, sizes)
    return _if_comparable(_judge_excess(finding, policy), failed)


def _if_comparable(finding: Finding, failed: Sequence[Check]) -> Finding:
    """An excess over a control that differs from train is no leak. Copies of records and values still are."""
    differ = next((check for check in failed if check.name == EXCHANGEABLE), None)
    counts_copies = finding.gating or finding.attack in OWN_CONTROL
    if differ is None or counts_copies or finding.status is not Status.LEAK:
        return finding
    return _unresolved(
        finding.model_copy(update={"reason": ""}),
        finding.tolerance,
        f"The comparison does not stand: {differ.sentence}",
        _DRAW_CONTROL,
    )


def _mend(failed: Check, finding: Finding, policy: Policy, sizes: Sizes | None) -> str:
    """What would make the comparison stand: more people where they are too few, else another control."""
    if failed.name != ENOUGH_UNITS:
        return _DRAW_CONTROL
    found = {leak.leak: leak for leak in finding.detectable}
    # People are too few, not synthetic rows, however few of these there are.
    people = sizes and replace(sizes, synthetic_rows=sizes.train_units)
    return _more_rows(found, policy, people) if found else _MORE_PEOPLE


def _with_limits(finding: Finding, policy: Policy) -> Finding:
    limited = tuple(
        leak.model_copy(update={"tolerance": policy.detectable.get(leak.leak)}) for leak in finding.detectable
    )
    return finding.model_copy(update={"detectable": limited})


def _judge_gate(finding: Finding, policy: Policy, sizes: Sizes | None) -> Finding:
    """A LEAK stands; otherwise every leak kind of the policy must have been visible at its tolerance."""
    if finding.status is Status.LEAK:
        return finding
    found = {leak.leak: leak for leak in finding.detectable}
    blind = [
        _unseen(kind, found.get(kind), tolerance)
        for kind, tolerance in policy.detectable.items()
        if not _seen(found.get(kind), tolerance)
    ]
    if not policy.detectable:
        blind = ["the policy sets no limit on any kind of leak"]
    if blind:
        update = {
            "status": Status.UNRESOLVED,
            "reason": _and(
                finding.reason,
                f"No leak was seen, but one at the limit might have been missed: {'; '.join(blind)}.",
            ),
            "resolve": _more_rows(found, policy, sizes),
        }
    else:
        limits = ", ".join(f"{kind} {percent(limit)}" for kind, limit in policy.detectable.items())
        update = {
            "status": Status.BOUNDED,
            "reason": _and(
                finding.reason,
                "No leak was seen, and planted leaks at the limits were, in 95 % of draws or more:"
                f" {limits} of train.",
            ),
        }
    return finding.model_copy(update=update)


def _seen(leak: Detectable | None, tolerance: float) -> bool:
    return leak is not None and leak.dose_95 is not None and leak.dose_95 <= tolerance


def _unseen(kind: str, leak: Detectable | None, tolerance: float) -> str:
    if leak is None:
        return f"{kind} was not tried (limit {percent(tolerance)})"
    if leak.dose_95 is None:
        return (
            f"{kind} was not seen even at {percent(leak.largest_tried)} of train (limit {percent(tolerance)})"
        )
    return f"{kind} is seen from {percent(leak.dose_95)} of train (limit {percent(tolerance)})"


def _more_rows(found: dict[str, Detectable], policy: Policy, sizes: Sizes | None) -> str:
    """How much more evidence would do: the smallest visible dose falls about as one over the rows."""
    ratios, beyond = [1.0], False
    for kind, tolerance in policy.detectable.items():
        if leak := found.get(kind):
            ratios.append((leak.largest_tried if leak.dose_95 is None else leak.dose_95) / tolerance)
            beyond |= leak.dose_95 is None
    if max(ratios) <= 1 and not beyond:
        return "Audit with every kind of planted leak that the policy limits."
    factor, about = max(*ratios, 1.1), "At least" if beyond else "About"
    if sizes is None:
        return f"{about} {factor:.1f} times as many control rows, of other people, and train rows in step."
    if sizes.synthetic_rows < sizes.train_units:
        more = _round_up((factor - 1) * sizes.synthetic_rows)
        return f"{about} {more:,} more synthetic rows; where they outnumber train, more control rows."
    more = _round_up((factor - 1) * sizes.control_units)
    return f"{about} {more:,} more control rows, of other people, and train rows in step."


def _round_up(number: float) -> int:
    """To two significant digits, upwards: advice should not look more exact than it is."""
    unit = 10 ** max(math.floor(math.log10(max(number, 1))) - 1, 0)
    return int(math.ceil(number / unit) * unit)


def _judge_excess(finding: Finding, policy: Policy) -> Finding:
    """Where the interval of the excess stands against the tolerance.

    A gating attack that calls its finding a leak or unresolved is believed; bounded, only the policy says.
    """
    tolerance = policy.excess_tolerance(finding.attack, finding.name)
    if finding.gating and finding.status in (Status.LEAK, Status.UNRESOLVED):
        return finding.model_copy(update={"tolerance": tolerance})
    if tolerance is None:
        if not finding.gating:
            return finding.model_copy(update={"status": None})
        return _unresolved(
            finding, None, "The policy has no limit for this finding.", "Add a limit to the policy."
        )
    if finding.trials_made == 0 or finding.excess is None or finding.excess.interval is None:
        why = "It has no interval: nothing could be tried."
        return _unresolved(
            finding, tolerance, why, "More rows, or a schema that declares the columns it needs."
        )
    low, high = finding.excess.interval.low, finding.excess.interval.high
    if not finding.higher_is_worse:
        low, high = _mirrored(low, high, tolerance)
    if low > tolerance:
        status, why = Status.LEAK, "Even the lower end of the interval passes the limit."
    elif high <= tolerance:
        status, why = Status.BOUNDED, "The whole interval keeps the limit."
    else:
        why = "The limit lies inside the interval: the trials do not decide."
        return _unresolved(
            finding, tolerance, why, "More rows, in control above all, would narrow the interval."
        )
    return finding.model_copy(
        update={"status": status, "tolerance": tolerance, "reason": _and(finding.reason, why)}
    )


def _mirrored(low: float, high: float, tolerance: float) -> tuple[float, float]:
    """An interval reflected in the tolerance, so that above it is worse again."""
    return 2 * tolerance - high, 2 * tolerance - low


def _unresolved(finding: Finding, tolerance: float | None, reason: str, resolve: str) -> Finding:
    return finding.model_copy(
        update={
            "status": Status.UNRESOLVED,
            "tolerance": tolerance,
            "reason": _and(finding.reason, reason),
            "resolve": resolve,
        }
    )


def _verdict(findings: Sequence[Finding], failed: Sequence[Check], skipped: Sequence[Skipped]) -> Verdict:
    gating = [finding for finding in findings if finding.gating]
    # A leak is a leak, whoever found it; but only the findings that the verdict rests on must be bounded.
    leaks = [finding for finding in findings if finding.status is Status.LEAK]
    open_questions = [finding for finding in gating if finding.status is not Status.BOUNDED]
    missing = [skip for skip in skipped if skip.gating]
    if leaks:
        return Verdict(
            outcome=Outcome.FAIL,
            sentence="These attacks found a leak above the policy's limits. Do not share this table.",
            reasons=tuple(finding.sentence for finding in leaks),
            resolve=("Make a new synthetic table with less memory of its records, and audit that one.",),
        )
    reasons = (
        *(f"{check.name}: {check.sentence}" for check in failed),
        *(f"{skip.name} could not run: {skip.reason}" for skip in missing),
        *_because(open_questions),
    )
    if not gating:
        reasons = (*reasons, "No test that the verdict rests on was run.")
    if reasons:
        return Verdict(
            outcome=Outcome.INCONCLUSIVE,
            sentence="This audit can neither show nor rule out a leak above the policy's limits."
            " That is not a pass.",
            reasons=reasons,
            resolve=tuple(dict.fromkeys(finding.resolve for finding in open_questions if finding.resolve)),
        )
    return Verdict(
        outcome=Outcome.PASS,
        sentence="These attacks, with these trials, found no leak above the policy's limits, and would have"
        " seen planted leaks at those limits.",
        reasons=_because(gating),
    )


def _because(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Each finding's sentence with its reason; a reason that several share is said once."""
    first = {finding.reason: finding for finding in reversed(findings)}
    return tuple(
        _and(finding.sentence, finding.reason if first[finding.reason] is finding else "")
        for finding in findings
    )


def _and(first: str, second: str) -> str:
    return f"{first} {second}".strip()
