"""The audit arranged for reading: the same rows for HTML and Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from privacy.report.drawings import Scale, decades, linear
from privacy.report.text import (
    amount,
    excess_is_share,
    is_share,
    number,
    share,
    span,
    tick,
    tick_share,
    trials,
)
from privacy.result import Audit, Detectable, Estimate, Finding, Measure, Picture, Status

_ORDER = {Status.LEAK: 0, Status.UNRESOLVED: 1, Status.BOUNDED: 2, None: 3}
_SHARES = ("alpha", "detectable", "excess")

USUAL_LEVEL = 0.95
MAX_BARS = 30
"""Rows of a bar picture that are drawn; the rest stand in audit.json."""


@dataclass(frozen=True, slots=True)
class Group:
    """An attack, its attacker, and what it found."""

    title: str
    threat: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One estimate of a finding. mark: "train", "control", "baseline" or "excess".

    level: the interval's confidence where it is not the usual 95 %, else empty.
    """

    mark: str
    label: str
    estimate: Estimate
    value: str
    interval: str
    level: str
    trials: str


@dataclass(frozen=True, slots=True)
class Leak:
    """One kind of planted leak, and whether the audit would have seen it at the policy's limit."""

    detectable: Detectable
    at_80: str
    people: str
    at_95: str
    limit: str
    enough: bool | None


@dataclass(frozen=True, slots=True)
class Number:
    """One number of the policy with its source."""

    key: str
    value: str
    source: str


def ordered(audit: Audit) -> list[Finding]:
    """What decides first: gating before reported, leaks before unresolved before bounded."""
    return sorted(audit.findings, key=lambda finding: (not finding.gating, _ORDER[finding.status]))


def by_attack(audit: Audit) -> list[Group]:
    """The findings under their attacks, in the order of the first of each."""
    found: dict[str, list[Finding]] = {}
    for finding in ordered(audit):
        found.setdefault(finding.attack, []).append(finding)
    return [
        Group(attack_title(attack), members[0].threat, tuple(members)) for attack, members in found.items()
    ]


def anchor(finding: Finding, audit: Audit) -> str:
    """The finding's place in the page."""
    return f"finding-{audit.findings.index(finding) + 1}"


def attack_title(attack: str) -> str:
    return attack.replace("_", " ").capitalize()


def title(finding: Finding) -> str:
    """Attack and name, as a heading."""
    return f"{attack_title(finding.attack)}: {finding.name}"


def rows(finding: Finding) -> list[Row]:
    """Train, control and baseline, those that there are."""
    present = {"train": finding.value, "control": finding.control, "baseline": finding.baseline}
    return [_row(mark, mark, e, is_share(finding)) for mark, e in present.items() if e is not None]


def excess_row(finding: Finding) -> Row | None:
    """What the limit is held against."""
    if finding.excess is None:
        return None
    label = "excess" if excess_is_share(finding) or not is_share(finding) else "odds, times"
    return _row("excess", label, finding.excess, excess_is_share(finding))


def limit(finding: Finding) -> str:
    """The policy's limit in words, or a dash."""
    if finding.tolerance is None:
        return "–"
    written = amount(finding.tolerance, excess_is_share(finding))
    return f"{'at most' if finding.higher_is_worse else 'at least'} {written}"


def _row(mark: str, label: str, estimate: Estimate, as_share: bool) -> Row:
    return Row(
        mark=mark,
        label=label,
        estimate=estimate,
        value=amount(estimate.value, as_share),
        interval=span(estimate.interval, as_share),
        level="" if estimate.interval is None else _level(estimate.interval.level),
        trials=trials(estimate),
    )


def _level(level: float) -> str:
    return "" if level == USUAL_LEVEL else f"{100 * level:.4g}\u00a0%"


def leaks(audit: Audit) -> list[Leak]:
    """Every kind of planted leak once, those with a limit first."""
    found = list(dict.fromkeys(leak for finding in audit.findings for leak in finding.detectable))
    return [_leak(leak, audit.train.units) for leak in sorted(found, key=lambda leak: leak.tolerance is None)]


def _leak(leak: Detectable, units: int) -> Leak:
    unseen = f"not up to {share(leak.largest_tried)}"
    seen = leak.dose_80 is not None
    enough = None if leak.tolerance is None else seen and (leak.dose_80 or 0) <= leak.tolerance
    return Leak(
        detectable=leak,
        at_80=share(leak.dose_80) if leak.dose_80 is not None else unseen,
        people=f"{max(round(leak.dose_80 * units), 1):,}" if leak.dose_80 is not None else "–",
        at_95=share(leak.dose_95) if leak.dose_95 is not None else unseen,
        limit=share(leak.tolerance) if leak.tolerance is not None else "–",
        enough=enough,
    )


def groups(measures: Sequence[Measure]) -> dict[str, list[Measure]]:
    """The measures by group, in the order of their first appearance."""
    found: dict[str, list[Measure]] = {}
    for measure in measures:
        found.setdefault(measure.group, []).append(measure)
    return found


def policy_numbers(policy: dict[str, Any]) -> list[Number]:
    """Every number of a dumped policy with its source."""
    sources = policy.get("sources", {})
    flat: dict[str, float] = {key: policy[key] for key in ("alpha", "odds") if key in policy}
    for table in ("detectable", "excess"):
        flat |= {f"{table}.{key}": value for key, value in policy.get(table, {}).items()}
    return [Number(key, _policy_value(key, value), sources.get(key, "")) for key, value in flat.items()]


def _policy_value(key: str, value: float) -> str:
    return share(value) if key.split(".")[0] in _SHARES else number(value)


def writer(as_share: bool) -> Callable[[float], str]:
    """How numbers are written on an axis."""
    return tick_share if as_share else tick


def value_scale(finding: Finding) -> Scale:
    """One axis for train, control and baseline."""
    return linear([end for row in rows(finding) for end in _ends(row.estimate)])


def excess_scale(finding: Finding) -> Scale:
    """The axis of the excess: the even point, the interval and the limit are on it; logarithmic for odds."""
    ends = _ends(finding.excess) if finding.excess else []
    ends += [] if finding.tolerance is None else [finding.tolerance]
    odds = is_share(finding) and not excess_is_share(finding)
    return decades([*ends, 1.0], even=1.0) if odds else linear(ends)


def dose_scale(found: Sequence[Leak]) -> Scale:
    """One logarithmic axis for all planted leaks."""
    doses = [d for leak in found for d in _doses(leak.detectable) if d is not None]
    return decades(doses)


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


def _doses(leak: Detectable) -> tuple[float | None, ...]:
    return leak.dose_80, leak.dose_95, leak.tolerance


def axes(picture: Picture) -> str:
    """What the axes show, in words under the drawing."""
    across = f"across: {picture.x_label}" if picture.x_label and picture.y_label else picture.x_label
    up = f"up: {picture.y_label}" if picture.x_label and picture.y_label else picture.y_label
    return " · ".join(part for part in (across, up) if part)


def drawn(pictures: Sequence[Picture]) -> list[Picture]:
    """The pictures worth drawing: the interval of train, control and baseline stands in every finding."""
    usual = {"train", "control", "baseline"}
    return [p for p in pictures if not (p.kind == "interval" and set(p.labels) <= usual) and p.series]
