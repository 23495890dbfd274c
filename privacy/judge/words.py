"""How a finding is left open, and how a reason joins a sentence."""

from __future__ import annotations

from privacy.result import Finding, Status


def unresolved(finding: Finding, tolerance: float | None, reason: str, resolve: str) -> Finding:
    return finding.model_copy(
        update={
            "status": Status.UNRESOLVED,
            "tolerance": tolerance,
            "reason": joined(finding.reason, reason),
            "resolve": resolve,
        }
    )


def joined(first: str, second: str) -> str:
    return f"{first} {second}".strip()
