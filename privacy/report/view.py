"""The findings arranged for reading: the same groups and rows for HTML and Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from privacy.report.text import (
    amount,
    excess_is_share,
    further_is_share,
    is_share,
    number,
    round_share,
    span,
    trials,
    visible,
)
from privacy.result import Audit, Estimate, Finding, Measure, Picture, Status

_ORDER = {Status.LEAK: 0, Status.UNRESOLVED: 1, Status.BOUNDED: 2, None: 3}

USUAL_LEVEL = 0.95
MAX_BARS = 30
"""Rows of a bar picture that are drawn; the rest stand in audit.json."""


@dataclass(frozen=True, slots=True)
class Group:
    """An attack, its attacker, and what it found."""

    title: str
    threat: str
    findings: tuple[Finding, ...]

    @property
    def tally(self) -> list[tuple[Status | None, int]]:
        """How many findings have each status, those that matter most first."""
        counts = Counter(finding.status for finding in self.findings)
        return sorted(counts.items(), key=lambda pair: _ORDER[pair[0]])


@dataclass(frozen=True, slots=True)
class Row:
    """One estimate of a finding. mark: "train", "control", "baseline", "excess" or "further".

    level: the interval's confidence where it is not the usual 95 %, else empty.
    """

    mark: str
    label: str
    estimate: Estimate
    value: str
    interval: str
    level: str
    trials: str


def deciding(audit: Audit) -> list[Finding]:
    """What the verdict rests on: the gating findings, and a leak whoever found it; leaks first."""
    return _ordered(finding for finding in audit.findings if _decides(finding))


def others(audit: Audit) -> list[Finding]:
    """The findings that were measured besides, unresolved before bounded before reported."""
    return _ordered(finding for finding in audit.findings if not _decides(finding))


def _decides(finding: Finding) -> bool:
    return finding.gating or finding.status is Status.LEAK


def _ordered(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: _ORDER[finding.status])


def by_attack(findings: Sequence[Finding]) -> list[Group]:
    """The findings under their attacks, in the order of the first of each."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
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


def further_rows(finding: Finding) -> list[Row]:
    """The further numbers of the same attack."""
    return [_further(name, estimate) for name, estimate in finding.also.items()]


def _further(name: str, estimate: Estimate) -> Row:
    row, interval = _row("further", name, estimate, further_is_share(name, estimate)), estimate.interval
    return replace(row, interval=visible(interval.method)) if interval and _is_counted(estimate) else row


def further_methods(finding: Finding) -> list[str]:
    """How the intervals of the further numbers were made, with the names where there is more than one way."""
    names: dict[str, list[str]] = {}
    for name, estimate in finding.also.items():
        interval = estimate.interval
        if interval is not None and interval.method and not _is_counted(estimate):
            names.setdefault(interval.method, []).append(name)
    if len(names) == 1:
        return list(names)
    return [f"{', '.join(of)}: {method}" for method, of in names.items()]


def limit(finding: Finding) -> str:
    """The policy's limit in words, or a dash."""
    if finding.tolerance is None:
        return "–"
    as_share, at = excess_is_share(finding), finding.tolerance
    written = round_share(at) if as_share else number(at)
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


def _is_counted(estimate: Estimate) -> bool:
    """Whether nothing was sampled: then the method says more than two equal ends."""
    interval = estimate.interval
    return (
        estimate.trials is None
        and interval is not None
        and interval.low == interval.high
        and bool(interval.method)
    )


def _level(level: float) -> str:
    return "" if level == USUAL_LEVEL else f"{100 * level:.4g}\u00a0%"


def groups(measures: Sequence[Measure]) -> dict[str, list[Measure]]:
    """The measures by group, in the order of their first appearance."""
    found: dict[str, list[Measure]] = {}
    for measure in measures:
        found.setdefault(measure.group, []).append(measure)
    return found


def axes(picture: Picture) -> str:
    """What the axes show, in words under the drawing."""
    across = f"across: {picture.x_label}" if picture.x_label and picture.y_label else picture.x_label
    up = f"up: {picture.y_label}" if picture.x_label and picture.y_label else picture.y_label
    return " · ".join(part for part in (across, up) if part)


def drawn(pictures: Sequence[Picture]) -> list[Picture]:
    """The pictures worth drawing: the interval of train, control and baseline stands in every finding."""
    usual = {"train", "control", "baseline"}
    return [p for p in pictures if not (p.kind == "interval" and set(p.labels) <= usual) and p.series]
