"""Findings and a policy into a status each and one verdict.

A finding is a `leak` when its lower bound passes the tolerance, `bounded` when its upper bound does not and
the audit could have seen a leak of that size, else `unresolved`. Unresolved is not a pass.
"""

from __future__ import annotations

from collections.abc import Sequence

from privacy.judge.advice import Sizes
from privacy.judge.excess import OWN_CONTROL, if_comparable, judge_excess
from privacy.judge.floors import Floors
from privacy.judge.gate import judge_gate
from privacy.judge.verdict import verdict_of
from privacy.policy import Policy
from privacy.result import ENOUGH_UNITS, GATE, Check, Finding, Measure, Skipped, Status, Verdict

__all__ = ["OWN_CONTROL", "Sizes", "judge", "judge_aside"]


def judge(
    findings: Sequence[Finding],
    checks: Sequence[Check],
    skipped: Sequence[Skipped],
    policy: Policy,
    *,
    measures: Sequence[Measure] = (),
    aside: Sequence[Finding] = (),
    sizes: Sizes | None = None,
) -> tuple[tuple[Finding, ...], Verdict]:
    """The findings with status, tolerance, reason and resolve, and the verdict they add up to.

    measures: of fidelity and diversity, held against the policy's floors. aside: judged before, of some of the
    people. sizes: of the tables; with them, advice names how many more people or rows are needed.
    """
    judged = _judged(findings, checks, policy, sizes)
    verdict = verdict_of((*judged, *aside), _failed(checks), skipped, Floors.of(measures, policy))
    return judged, verdict


def judge_aside(findings: Sequence[Finding], checks: Sequence[Check], policy: Policy) -> tuple[Finding, ...]:
    """Findings about some of the people, judged: a leak counts like any other, and nothing else decides."""
    return tuple(
        finding if finding.status is Status.LEAK else finding.model_copy(update={"gating": False})
        for finding in _judged(findings, checks, policy, None)
    )


def _judged(
    findings: Sequence[Finding], checks: Sequence[Check], policy: Policy, sizes: Sizes | None
) -> tuple[Finding, ...]:
    failed = _failed(checks)
    leak_seen = any(_of_the_gate(finding) and finding.status is Status.LEAK for finding in findings)

    def judged_one(finding: Finding) -> Finding:
        if _of_the_gate(finding):
            return judge_gate(finding, failed, policy, sizes, leak_seen=leak_seen)
        return if_comparable(judge_excess(finding, policy), failed)

    return tuple(map(judged_one, findings))


def _failed(checks: Sequence[Check]) -> list[Check]:
    """Those that do not hold; that there are too few people is said first."""
    return sorted((check for check in checks if not check.passed), key=lambda c: c.name != ENOUGH_UNITS)


def _of_the_gate(finding: Finding) -> bool:
    return finding.attack == GATE and (finding.gating or bool(finding.detectable))
