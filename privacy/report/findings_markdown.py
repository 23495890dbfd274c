"""The findings in Markdown: tables to compare, then each finding in words with its further numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from privacy.report import view, words
from privacy.report.markup import escaped, table, without_markup
from privacy.result import Audit, Finding


def findings_part(audit: Audit) -> str:
    """The section: what the verdict rests on, what else was measured, what could not run."""
    parts = ["## Findings", *([] if audit.findings else ["None."])]
    deciding = view.deciding(audit)
    if deciding:
        parts += ["### The verdict rests on", _overview(deciding, view.title)]
    for group in view.by_attack(deciding):
        parts += [f"#### {escaped(group.title)}", escaped(f"The attacker {group.threat}."), *_all_told(group)]
    for group in view.by_attack(view.others(audit)):
        tally = ", ".join(f"{count} {words.STATUS_WORD[status].lower()}" for status, count in group.tally)
        parts += [
            f"### Also measured: {escaped(group.title)}",
            escaped(f"{tally}. The attacker {group.threat}."),
            _overview(group.findings, lambda finding: finding.name),
            *_all_told(group),
        ]
    return "\n\n".join([*parts, *_not_run(audit)])


def _not_run(audit: Audit) -> list[str]:
    lines = [
        f"- {escaped(skip.name)}{' (the verdict rests on it)' if skip.gating else ''}: {escaped(skip.reason)}"
        for skip in audit.skipped
    ]
    return ["### Not run", "\n".join(lines)] if lines else []


def _all_told(group: view.Group) -> list[str]:
    return [_told(finding, group.threat) for finding in group.findings]


def _overview(findings: Sequence[Finding], named: Callable[[Finding], str]) -> str:
    head = ("Status", "Test", "Train", "Control", "Baseline", "Excess, interval", "Limit", "Trials")
    return table(head, [_finding_row(finding, named(finding)) for finding in findings])


def _finding_row(finding: Finding, name: str) -> tuple[str, ...]:
    of = {row.mark: row.value for row in view.rows(finding)}
    excess = view.excess_row(finding)
    return (
        f"{words.STATUS_SIGN[finding.status]} {words.STATUS_WORD[finding.status]}",
        escaped(name, 120),
        of["train"],
        of.get("control", "–"),
        of.get("baseline", "–"),
        f"{excess.value} ({excess.interval})" if excess else "–",
        view.limit(finding),
        f"{finding.trials_made:,} of {finding.trials_asked:,}",
    )


def _told(finding: Finding, threat: str) -> str:
    """The finding in words, and its further numbers in a small table."""
    other = f"The attacker {finding.threat}." if finding.threat != threat else ""
    said = " ".join(part for part in (finding.sentence, finding.reason, finding.resolve, other) if part)
    parts = [f"- **{escaped(finding.name, 200)}.** {escaped(said, 3000)}"]
    if finding.also:
        rows = [
            (
                escaped(row.label),
                row.value,
                " ".join(filter(None, (without_markup(row.interval), row.level))),
                row.trials,
            )
            for row in view.further_rows(finding)
        ]
        parts.append(table(("Further number", "Value", "Interval", "Trials"), rows))
        methods = view.further_methods(finding)
        parts += [escaped(f"Their intervals: {'; '.join(methods)}.")] if methods else []
    return "\n\n".join(parts)
