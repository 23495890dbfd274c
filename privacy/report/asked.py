"""How the audit was asked: the policy's numbers, and how often this source was audited and released before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from privacy.report.text import number, round_share
from privacy.result import Audit

_SHARES = ("alpha", "detectable", "excess")


@dataclass(frozen=True, slots=True)
class Number:
    """One number of the policy with its source."""

    key: str
    value: str
    source: str


def policy_numbers(policy: dict[str, Any]) -> list[Number]:
    """Every number of a dumped policy with its source."""
    sources = policy.get("sources", {})
    flat: dict[str, float] = {key: policy[key] for key in ("alpha", "odds") if key in policy}
    for table in ("detectable", "excess", "at_least", "at_most"):
        flat |= {f"{table}.{key}": value for key, value in policy.get(table, {}).items()}
    return [Number(key, _policy_value(key, value), sources.get(key, "")) for key, value in flat.items()]


def attempt_facts(audit: Audit) -> list[tuple[str, str]]:
    """Label and value: which attempt, what it spent, what was audited together with this table."""
    facts = []
    if audit.attempt is not None:
        facts.append(("attempt on this source", f"{audit.attempt:,}"))
        spent, alpha = audit.policy.get("alpha_spent"), audit.policy.get("alpha")
        if spent is not None and alpha is not None:
            facts.append(("alpha spent", f"{round_share(spent)} of the policy's {round_share(alpha)}"))
    if audit.attempt is not None or audit.earlier_releases:
        facts.append(("earlier releases audited together with this table", f"{audit.earlier_releases:,}"))
    return facts


def _policy_value(key: str, value: float) -> str:
    return round_share(value) if key.split(".")[0] in _SHARES else number(value)
