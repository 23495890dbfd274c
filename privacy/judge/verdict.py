"""What the judged findings add up to: fail, pass or inconclusive, with reasons and what would resolve it."""

from __future__ import annotations

from collections.abc import Sequence

from privacy.judge.floors import Floors
from privacy.judge.words import joined
from privacy.result import Check, Finding, Outcome, Skipped, Status, Verdict


def verdict_of(
    findings: Sequence[Finding], failed: Sequence[Check], skipped: Sequence[Skipped], floors: Floors
) -> Verdict:
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
    if floors.missed:
        return Verdict(
            outcome=Outcome.FAIL,
            sentence="No leak was found, but this table is not what the policy asks for. Do not share it.",
            reasons=floors.missed,
            resolve=(
                "Make a new synthetic table, with another generator or more rows to learn from; where the source"
                " is synthetic itself, from people again.",
            ),
        )
    reasons = (
        *(f"{check.name}: {check.sentence}" for check in failed),
        *(f"{skip.name} could not run: {skip.reason}" for skip in missing),
        *_because(open_questions),
        *floors.unmeasured,
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
        joined(finding.sentence, finding.reason if first[finding.reason] is finding else "")
        for finding in findings
    )
