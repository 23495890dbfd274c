"""Audit -> Markdown: the same content as the HTML, compact, for a ticket or a pull request."""

from __future__ import annotations

from privacy.report import asked, planted, text, words
from privacy.report.findings_markdown import findings_part
from privacy.report.markup import bullets, escaped, table
from privacy.result import Audit, Measure


def render_markdown(audit: Audit) -> str:
    """The report as Markdown; foreign text is escaped, so that it is text and nothing else."""
    parts = [
        _verdict(audit),
        _leaks(audit),
        findings_part(audit),
        _fidelity(audit),
        _checks(audit),
        _attempts(audit),
        _policy(audit),
        _method(),
        _provenance(audit),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _verdict(audit: Audit) -> str:
    verdict = audit.verdict
    lines = [
        f"# {words.OUTCOME_SIGN[verdict.outcome]} Privacy audit: {verdict.outcome.value}",
        "",
        f"**{escaped(verdict.sentence)}**",
        "",
        *bullets(verdict.reasons),
    ]
    if verdict.resolve:
        lines += ["", "What would resolve it:", "", *bullets(verdict.resolve)]
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
    scopes = planted.scopes(audit)
    if not scopes:
        return "## How small a leak this audit would have seen\n\nNot measured."
    about = words.PLANTED.format(base=planted.base(audit), draws=planted.draws(scopes))
    if planted.beside_a_leak(audit):
        about += f"\n\n{words.BESIDE_A_LEAK}"
    tables = [
        (f"### {escaped(scope.name.capitalize())}\n\n" if scope.name else "")
        + table(_LEAK_HEAD, [_leak_row(leak) for leak in scope.leaks])
        for scope in scopes
    ]
    return "\n\n".join(["## How small a leak this audit would have seen", about, *tables])


_LEAK_HEAD = (
    "Planted leak", "Seen in 95 % of draws from", "Records", "80 % of draws", "Limit", "Sharp enough"
)  # fmt: skip


def _leak_row(leak: planted.Leak) -> tuple[str, ...]:
    sharp = {None: "no limit", True: "✓ yes", False: "? no"}[leak.enough]
    return escaped(leak.name), leak.at_95, leak.records, leak.at_80, leak.limit, sharp


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
    body = table(head, rows) if rows else "Not measured."
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


def _attempts(audit: Audit) -> str:
    facts = "\n".join(f"- {label}: {value}" for label, value in asked.attempt_facts(audit))
    parts = [
        "## Attempts and earlier releases",
        words.NO_LEDGER if audit.attempt is None else "",
        facts,
        words.SPENDING if audit.attempt is not None else "",
        words.TOGETHER if audit.earlier_releases else "",
    ]
    return "\n\n".join(part for part in parts if part)


def _policy(audit: Audit) -> str:
    rows = [(escaped(n.key), n.value, escaped(n.source)) for n in asked.policy_numbers(audit.policy)]
    return "## The policy, and where its numbers come from\n\n" + table(("Number", "Value", "Source"), rows)


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
    return "## Provenance\n\n" + "\n".join(facts) + "\n\n" + table(("Column", "Kind", "Role"), columns)
