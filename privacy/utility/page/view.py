"""The evaluation arranged for reading: the same rows and words for HTML and Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from privacy.report.drawings import Scale, linear
from privacy.report.text import MINUS, decimal
from privacy.result import Estimate
from privacy.utility.page.drawings import Curve, ends
from privacy.utility.result import Answer, Arm, Coefficient, Evaluation, Lift

MOST_TERMS = 30
"""Coefficients that are drawn, those farthest from zero in the real table; the rest stand in evaluation.json."""

QUESTIONS = {
    "added": "Synthetic rows added to all real ones",
    "instead": "Synthetic rows in the place of as many real ones",
}
PILL = {
    Answer.HELPS: "bounded",
    Answer.NEUTRAL: "reported",
    Answer.HARMS: "leak",
    Answer.UNKNOWN: "unresolved",
}
METHOD = (
    "Three families of models learn from each training table and are scored on the same control rows, real people"
    " whom neither a model nor the generator saw: linear (logistic, ridge or Cox regression), gradient boosting,"
    " and a random forest. Settings are fixed and not tuned. What models see is encoded from each training"
    " table alone; keys, identifiers and free text are left out.",
    "The verdict rests on the mean over the three families of the main score's change when all synthetic rows are"
    " added to all real ones. Its 95 % interval adds up two variances: over control's people, by a paired"
    " bootstrap, and over training tables, from models of the halves of both tables. Adding helps or harms when"
    " the whole interval lies beyond the smallest difference of interest, is neutral when the whole interval lies"
    " within it, and cannot be told otherwise. Each family's answer is shown and decides nothing.",
    "The bands of the pictures are over control's people and the tables drawn here; that the real table might have"
    " been another is in the intervals of the two questions only.",
)
LIMITS = (
    "It holds for this synthetic table. That another training of the generator might have been luckier is not in"
    " any interval.",
    "Where models are near to the best that can be predicted, the interval is wider than it needs to be.",
    "Utility says nothing about privacy: a copy of the real rows is as useful as they are. Audit the table, too.",
    "Parts of control are compared one by one, without correction for their number: one in twenty differs by"
    " chance.",
)


@dataclass(frozen=True, slots=True)
class Panels:
    """Pictures on one scale, one a family."""

    title: str
    axis: str
    scale: Scale
    curves: tuple[Curve, ...]


def families(evaluation: Evaluation) -> list[str]:
    return list(dict.fromkeys(arm.family for arm in evaluation.arms))


def panels(evaluation: Evaluation) -> list[Panels]:
    """Replacing at each size, then adding."""
    found = []
    for regime, size in dict.fromkeys((arm.regime, arm.size) for arm in evaluation.arms):
        arms = [arm for arm in evaluation.arms if (arm.regime, arm.size) == (regime, size)]
        rows = arms[0].rows_real
        scale = linear(ends(arm.score for arm in arms), zero=False)
        if regime == "replace":
            title, axis = f"{rows:,} training rows, part of them synthetic", "share of synthetic rows"
        else:
            title, axis = f"All {rows:,} real rows, and synthetic ones besides", "synthetic rows added"
        curves = tuple(
            _curve([arm for arm in arms if arm.family == family], family) for family in families(evaluation)
        )
        found.append(Panels(title, axis, scale, curves))
    return found


def _curve(arms: Sequence[Arm], family: str) -> Curve:
    return Curve(
        title=family,
        x=tuple(float(arm.rows_synthetic) for arm in arms),
        labels=tuple(blend(arm) for arm in arms),
        scores=tuple(arm.score for arm in arms),
        even=arms[0].score.value,
    )


def blend(arm: Arm) -> str:
    """What an arm is made of, in short."""
    if arm.regime == "replace":
        return f"{100 * arm.rows_synthetic / (arm.rows_real + arm.rows_synthetic):.0f} %"
    return f"+{arm.rows_synthetic:,}" if arm.rows_synthetic else "none"


def lifts(evaluation: Evaluation, question: str) -> list[Lift]:
    return [lift for lift in evaluation.lifts if lift.question == question]


def lift_scale(estimates: Sequence[Estimate], smallest: float) -> Scale:
    return linear([*ends(estimates), -smallest, smallest])


def further_names(evaluation: Evaluation) -> list[str]:
    return list(evaluation.arms[0].further)


def drawn_terms(terms: Sequence[Coefficient]) -> list[Coefficient]:
    """The terms that the real table is surest about."""
    return sorted(terms, key=lambda term: -abs(term.real.value))[:MOST_TERMS]


def term_scale(terms: Sequence[Coefficient]) -> Scale:
    return linear(ends(estimate for term in terms for estimate in (term.real, term.synthetic)))


def signed(value: float) -> str:
    """A difference, with its sign."""
    return f"{value:+.3f}".replace("-", MINUS)


def span(estimate: Estimate) -> str:
    """The interval, or a dash."""
    interval = estimate.interval
    return f"{decimal(interval.low)} to {decimal(interval.high)}" if interval else "–"


def signed_span(estimate: Estimate) -> str:
    interval = estimate.interval
    return f"{signed(interval.low)} to {signed(interval.high)}" if interval else "–"
