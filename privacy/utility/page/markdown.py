"""Evaluation -> Markdown: the same content as the HTML, compact, for a ticket or a pull request."""

from __future__ import annotations

from collections.abc import Iterable

from privacy.report.markup import bullets, escaped, table
from privacy.report.text import decimal
from privacy.result import Estimate
from privacy.utility.page import view
from privacy.utility.result import Agreement, Evaluation


def render_markdown(evaluation: Evaluation) -> str:
    """The page as Markdown; foreign text is escaped, so that it is text and nothing else."""
    parts = [
        _verdict(evaluation),
        *(_question(evaluation, question) for question in view.QUESTIONS),
        _blends(evaluation),
        _parts(evaluation),
        _coefficients(evaluation),
        _closing(evaluation),
    ]
    return "\n\n".join(parts) + "\n"


def _verdict(evaluation: Evaluation) -> str:
    verdict, by = evaluation.verdict, f" by {escaped(evaluation.time)}" if evaluation.time is not None else ""
    sizes = {"real": evaluation.real, "synthetic": evaluation.synthetic, "control": evaluation.control}
    return "\n".join(
        [
            f"# Downstream evaluation: {verdict.answer.value}",
            "",
            f"**{escaped(verdict.sentence)}**",
            "",
            *bullets(verdict.reasons),
            "",
            f"{evaluation.task.value.capitalize()} of {escaped(evaluation.target)}{by} from"
            f" {len(evaluation.features)} columns;"
            f" {', '.join(f'{name} {size.rows:,} rows' for name, size in sizes.items())}.",
            *(f"\n{escaped(note)}" for note in evaluation.notes),
        ]
    )


def _question(evaluation: Evaluation, question: str) -> str:
    rows = [
        (
            escaped(lift.family),
            decimal(lift.real),
            decimal(lift.other),
            view.signed(lift.lift.value),
            view.signed_span(lift.lift),
            lift.answer.value,
        )
        for lift in view.lifts(evaluation, question)
    ]
    head = ("Models", "Real only", "With synthetic", "Change", "95 % interval", "Answer")
    return f"## {view.QUESTIONS[question]}\n\n{table(head, rows)}"


def _blends(evaluation: Evaluation) -> str:
    names = view.further_names(evaluation)
    head = ("Models", "Real rows", "Synthetic rows", "Score", "95 % interval", "Against real only", *names)
    rows = [
        (
            escaped(arm.family),
            f"{arm.rows_real:,}",
            f"{arm.rows_synthetic:,}",
            decimal(arm.score.value),
            view.span(arm.score),
            view.signed(arm.lift.value) if arm.lift else "–",
            *(decimal(estimate.value) for estimate in arm.further.values()),
        )
        for arm in evaluation.arms
    ]
    return f"## Blends\n\nScore: {evaluation.score}.\n\n{table(head, rows)}"


def _parts(evaluation: Evaluation) -> str:
    if not evaluation.subgroups:
        return "## Parts of control\n\nNo parts were asked for."
    rows = [
        (
            escaped(f"{part.column}: {part.label}", 200),
            f"{part.people:,}" if part.people is not None else "under 11",
            decimal(part.real) if part.real is not None else f"cannot tell: {part.reason}",
            _change(part.added),
            _change(part.instead),
        )
        for part in evaluation.subgroups
    ]
    return "## Parts of control\n\n" + table(("Part", "People", "Real only", "Added", "Instead"), rows)


def _change(lift: Estimate | None) -> str:
    return f"{view.signed(lift.value)} ({view.signed_span(lift)})" if lift else "–"


def _coefficients(evaluation: Evaluation) -> str:
    regression = evaluation.regression
    if regression is None:
        return "\n\n".join(["## Coefficients", *_skipped(evaluation)])
    measures = table(
        ("Against real", "Overlap of intervals", "Apart", "Difference in standard errors", "Same sign"),
        [("synthetic", *_agreed(regression.synthetic)), ("floor: control", *_agreed(regression.floor))],
    )
    terms = [
        (
            escaped(term.term, 200),
            f"{view.signed(term.real.value)} ({view.signed_span(term.real)})",
            f"{view.signed(term.synthetic.value)} ({view.signed_span(term.synthetic)})",
            decimal(term.overlap),
        )
        for term in view.drawn_terms(regression.terms)
    ]
    about = (
        f"{regression.model.capitalize()}, {regression.rows:,} rows of each table, {len(regression.terms)} terms,"
        f" {regression.left_out} left out."
    )
    drawn = table(("Term", "Real", "Synthetic", "Overlap"), terms)
    return "\n\n".join(["## Coefficients", about, measures, drawn, *_skipped(evaluation)])


def _agreed(found: Agreement) -> Iterable[str]:
    signs = decimal(found.signs) if found.signs is not None else "none does"
    return decimal(found.overlap), decimal(found.apart), decimal(found.shift), signs


def _skipped(evaluation: Evaluation) -> list[str]:
    return [f"{escaped(one.name)}: {escaped(one.reason)}" for one in evaluation.skipped]


def _closing(evaluation: Evaluation) -> str:
    checks = [
        f"- {'✓ holds' if check.passed else '✕ fails'}: {escaped(check.name)}: {escaped(check.sentence)}"
        for check in evaluation.checks
    ]
    versions = ", ".join(
        f"{escaped(name)} {escaped(version)}" for name, version in evaluation.versions.items()
    )
    return "\n\n".join(
        [
            "## Conditions the comparison rests on",
            "\n".join(checks) or "None was checked.",
            "## Method",
            *view.METHOD,
            "## What this evaluation does not say",
            "\n".join(f"- {limit}" for limit in view.LIMITS),
            f"Format {evaluation.schema_version}, seed {evaluation.seed}, {versions}.",
        ]
    )
