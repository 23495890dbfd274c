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

__all__ = ["OWN_CONTROL", "Sizes", "judge"]


def judge(
    findings: Sequence[Finding],
    checks: Sequence[Check],
    skipped: Sequence[Skipped],
    policy: Policy,
    *,
    measures: Sequence[Measure] = (),
    sizes: Sizes | None = None,
) -> tuple[tuple[Finding, ...], Verdict]:
    """The findings with status, tolerance, reason and resolve, and the verdict they add up to.

    measures: of fidelity and diversity, held against the policy's floors.
    sizes: of the tables; with them, advice names how many more people or rows are needed.
    """
    failed = sorted((check for check in checks if not check.passed), key=lambda c: c.name != ENOUGH_UNITS)
    leak_seen = any(_of_the_gate(finding) and finding.status is Status.LEAK for finding in findings)

    def judged_one(finding: Finding) -> Finding:
        if _of_the_gate(finding):
            return judge_gate(finding, failed, policy, sizes, leak_seen=leak_seen)
        return if_comparable(judge_excess(finding, policy), failed)

    judged = tuple(map(judged_one, findings))
    return judged, verdict_of(judged, failed, skipped, Floors.of(measures, policy))


def _of_the_gate(finding: Finding) -> bool:
    return finding.attack == GATE and (finding.gating or bool(finding.detectable))
