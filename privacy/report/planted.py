"""The planted leaks arranged for reading: what this audit would have seen, against what the policy limits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from privacy.report.text import round_share
from privacy.result import Audit, Detectable, Finding, Status

_SCOPE = re.compile(r"(union of [\d,]+ releases|segment [^:]+)(?=: )")


@dataclass(frozen=True, slots=True)
class Leak:
    """One kind of planted leak, and whether the audit would have seen it at the policy's limit.

    records: the smallest number of copies seen with 95 % power, a dash where it is not known.
    """

    name: str
    detectable: Detectable
    at_95: str
    records: str
    at_80: str
    limit: str
    enough: bool | None


@dataclass(frozen=True, slots=True)
class Scope:
    """Where leaks were planted: into this table, with the name empty, a segment of it, or a union of releases."""

    name: str
    leaks: tuple[Leak, ...]

    @property
    def is_segment(self) -> bool:
        return self.name.startswith("segment ")


def scopes(audit: Audit) -> list[Scope]:
    """Every kind of planted leak once, this table's first; those with a limit first, then the best seen."""
    found: dict[str, dict[Detectable, None]] = {}
    for finding in audit.findings:
        if finding.detectable:
            found.setdefault(_scope(finding), {}).update(dict.fromkeys(finding.detectable))
    return [
        Scope(name, tuple(_leak(leak, name, _base(audit, name)) for leak in sorted(leaks, key=_rank)))
        for name, leaks in sorted(found.items())
    ]


def beside_a_leak(audit: Audit) -> bool:
    """Whether the gate saw a leak, so that the planted ones stand beside a real one."""
    return any(finding.detectable and finding.status is Status.LEAK for finding in audit.findings)


def detectables(scopes: Sequence[Scope]) -> list[Detectable]:
    """All planted leaks, for one axis."""
    return [leak.detectable for scope in scopes for leak in scope.leaks]


def draws(scopes: Sequence[Scope]) -> str:
    """How many draws stand behind each dose."""
    counts = [leak.draws for leak in detectables(scopes)]
    return f"{min(counts):,}" + (f" to {max(counts):,}" if min(counts) < max(counts) else "")


def base(audit: Audit) -> str:
    """What doses are shares of, in words."""
    people, rows = f"the {audit.train.units:,} people or distinct records of train", audit.synthetic.rows
    return people if rows >= audit.train.units else f"the {rows:,} synthetic rows, fewer than {people}"


def _scope(finding: Finding) -> str:
    named = _SCOPE.match(finding.name)
    return named.group() if named else ""


def _base(audit: Audit, scope: str) -> int | None:
    """How many records a dose of 1 would be; the audit does not say how many rows segments and earlier releases
    have."""
    if scope.startswith("segment") or (scope and audit.synthetic.rows < audit.train.units):
        return None
    return min(audit.train.units, audit.synthetic.rows)


def _rank(leak: Detectable) -> tuple[bool, float]:
    return leak.tolerance is None, leak.largest_tried + 1 if leak.dose_95 is None else leak.dose_95


def _leak(leak: Detectable, scope: str, base: int | None) -> Leak:
    unseen = f"not up to {round_share(leak.largest_tried)}"
    known = None if leak.dose_95 is None or base is None else max(round(leak.dose_95 * base), 1)
    seen_at_limit = leak.dose_95 is not None and leak.tolerance is not None and leak.dose_95 <= leak.tolerance
    return Leak(
        name=leak.leak.removesuffix(f", {scope}") if scope else leak.leak,
        detectable=leak,
        at_95=round_share(leak.dose_95) if leak.dose_95 is not None else unseen,
        records=f"{known:,}" if known is not None else "–",
        at_80=round_share(leak.dose_80) if leak.dose_80 is not None else unseen,
        limit=round_share(leak.tolerance) if leak.tolerance is not None else "–",
        enough=None if leak.tolerance is None else seen_at_limit,
    )
