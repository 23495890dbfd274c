"""Audit -> Markdown: the same content as the HTML, compact, for a ticket or a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from privacy.report import text, view, words
from privacy.result import Audit, Finding, Measure

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~$@&!]|:(?=//)|(?<=www)\.|^[-+=])")
"""Markup, tables, mentions, links that some readers make of bare addresses, and what begins a formula."""


def render_markdown(audit: Audit) -> str:
    """The report as Markdown; foreign text is escaped, so that it is text and nothing else."""
    parts = [
        _verdict(audit),
        _leaks(audit),
        _findings(audit),
        _fidelity(audit),
        _checks(audit),
        _policy(audit),
        _method(),
        _provenance(audit),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def escaped(foreign: object, limit: int = 1000) -> str:
    """Foreign text on one line with every character escaped that Markdown or HTML could read."""
    return _MARKUP.sub(r"\\\1", text.visible(foreign, limit)).replace("\\<", "&lt;").replace("\\&", "&amp;")


def _verdict(audit: Audit) -> str:
    verdict = audit.verdict
    lines = [
        f"# {words.OUTCOME_SIGN[verdict.outcome]} Privacy audit: {verdict.outcome.value}",
        "",
        f"**{escaped(verdict.sentence)}**",
        "",
        *_list(verdict.reasons),
    ]
    if verdict.resolve:
        lines += ["", "What would resolve it:", "", *_list(verdict.resolve)]
    lines += [
        "",
        f"train {audit.train.rows:,} rows, control {audit.control.rows:,} rows, synthetic"
        f" {audit.synthetic.rows:,} rows, {len(audit.columns)} columns; policy"
        f" {escaped(audit.policy.get('name', 'unnamed'))} version {escaped(audit.policy.get('version', '–'))}.",
        "",
        words.NO_PROOF,
        *(f"\n{escaped(note)}" for note in audit.notes),
    ]
    return "\n".join(lines)


def _leaks(audit: Audit) -> str:
    head = ("Planted leak", "80 % power from", "records", "95 % power from", "Limit", "Sharp enough")
    verdicts = {None: "no limit", True: "✓ yes", False: "? no"}
    rows = [
        (
            escaped(leak.detectable.leak),
            leak.at_80,
            leak.people,
            leak.at_95,
            leak.limit,
            verdicts[leak.enough],
        )
        for leak in view.leaks(audit)
    ]
    body = _table(head, rows) if rows else "Not measured."
    return f"## How small a leak this audit would have seen\n\n{body}"


def _findings(audit: Audit) -> str:
    findings = view.ordered(audit)
    head = ("Status", "Test", "Train", "Control", "Baseline", "Excess, interval", "Limit", "Trials")
    parts = ["## Findings", _table(head, [_finding_row(f) for f in findings]) if findings else "None."]
    if findings:
        parts.append("\n".join(_list(_finding_line(finding) for finding in findings)))
    if audit.skipped:
        lines = [
            f"- {escaped(skip.name)}{' (the verdict rests on it)' if skip.gating else ''}: {escaped(skip.reason)}"
            for skip in audit.skipped
        ]
        parts.append("### Not run\n\n" + "\n".join(lines))
    return "\n\n".join(parts)


def _finding_row(finding: Finding) -> tuple[str, ...]:
    of = {row.mark: row.value for row in view.rows(finding)}
    excess = view.excess_row(finding)
    return (
        f"{words.STATUS_SIGN[finding.status]} {words.STATUS_WORD[finding.status]}",
        escaped(view.title(finding), 120) + (" (decides)" if finding.gating else ""),
        of["train"],
        of.get("control", "–"),
        of.get("baseline", "–"),
        f"{excess.value} ({excess.interval})" if excess else "–",
        view.limit(finding),
        f"{finding.trials_made:,} of {finding.trials_asked:,}",
    )


def _finding_line(finding: Finding) -> str:
    said = " ".join(part for part in (finding.sentence, finding.reason, finding.resolve) if part)
    return f"{view.title(finding)}. {said} Attacker: {finding.threat}."


def _fidelity(audit: Audit) -> str:
    head = ("Group", "Measure", "Synthetic", "Floor", "Best")
    rows = [
        (
            escaped(measure.group),
            escaped(" ".join([measure.name, " × ".join(text.visible(name, 60) for name in measure.columns)])),
            _with_interval(measure),
            "–" if measure.floor is None else text.decimal(measure.floor),
            measure.best,
        )
        for measure in audit.fidelity
    ]
    body = _table(head, rows) if rows else "Not measured."
    return f"## Fidelity\n\nThe floor is the same number for train against the same control.\n\n{body}"


def _with_interval(measure: Measure) -> str:
    value, interval = text.decimal(measure.value), measure.interval
    return f"{value} ({text.decimal(interval.low)} to {text.decimal(interval.high)})" if interval else value


def _checks(audit: Audit) -> str:
    lines = [
        f"- {'✓ holds' if check.passed else '✕ fails'}: {escaped(check.name)}: {escaped(check.sentence)}"
        for check in audit.checks
    ]
    return "## Conditions the comparison rests on\n\n" + ("\n".join(lines) or "None was checked.")


def _policy(audit: Audit) -> str:
    rows = [(escaped(n.key), n.value, escaped(n.source)) for n in view.policy_numbers(audit.policy)]
    return "## The policy, and where its numbers come from\n\n" + _table(("Number", "Value", "Source"), rows)


def _method() -> str:
    limits = "\n".join(f"- {limit}" for limit in words.LIMITS)
    return "\n\n".join(["## Method", *words.METHOD, "## What this audit cannot see", limits])


def _provenance(audit: Audit) -> str:
    versions = ", ".join(f"{escaped(name)} {escaped(version)}" for name, version in audit.versions.items())
    columns = [(escaped(c["name"], 400), escaped(c["kind"]), escaped(c["role"])) for c in audit.columns]
    facts = [
        f"- made {escaped(audit.created)}, audit format {audit.schema_version}",
        f"- seed {audit.seed if audit.seed is not None else 'not recorded'}",
        f"- versions: {versions}",
        *([f"- synthetic file sha256 {audit.synthetic.sha256}"] if audit.synthetic.sha256 else []),
    ]
    return "## Provenance\n\n" + "\n".join(facts) + "\n\n" + _table(("Column", "Kind", "Role"), columns)


def _list(items: Iterable[str]) -> list[str]:
    return [f"- {escaped(item)}" for item in items]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
