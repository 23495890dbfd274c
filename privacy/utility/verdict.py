"""The answer in words: does adding the synthetic rows help, and what do they cost in the place of real ones?"""

from __future__ import annotations

from collections.abc import Sequence

from privacy.result import Estimate
from privacy.utility.arms import Half, Plan
from privacy.utility.case import Floats
from privacy.utility.lift import answered, lifted
from privacy.utility.result import Answer, Lift, Verdict
from privacy.utility.trial import Trials

MEAN = "mean"
_MEANING = {
    Answer.HELPS: "Adding the synthetic rows to all real ones helps",
    Answer.NEUTRAL: "Adding the synthetic rows to all real ones makes no difference of interest",
    Answer.HARMS: "Adding the synthetic rows to all real ones harms",
    Answer.UNKNOWN: "Whether it helps to add the synthetic rows to all real ones cannot be told from these tables",
}

_WIDE = (
    "The interval holds differences that are of interest and others that are not: more people in control, or"
    " more real rows, would narrow it."
)


def lifts(wanted: Plan, trials: Trials, smallest: float) -> list[Lift]:
    """Both questions for the mean over families, which the verdict rests on, and for each family."""
    families = trials.families
    found = []
    for question, real, other, parts in (
        ("added", wanted.alone, wanted.added, (Half.ALONE, Half.ADDED)),
        ("instead", wanted.same, wanted.instead, (Half.SAME, Half.INSTEAD)),
    ):
        for called, members in ((MEAN, families), *((name, [name]) for name in families)):
            ours = _mean([trials.seen[name, real].mean for name in members])
            theirs = _mean([trials.seen[name, other].mean for name in members])
            halves = [_mean([trials.halved[name, part] for name in members]) for part in parts]
            gain = lifted(ours, theirs, *halves)
            found.append(
                Lift(
                    question=question,  # type: ignore[arg-type]
                    family=called,
                    real=float(ours[0]),
                    other=float(theirs[0]),
                    lift=gain,
                    answer=answered(gain, smallest),
                )
            )
    return found


def decided(found: Sequence[Lift], score: str, smallest: float, people: int) -> Verdict:
    """The verdict on added rows: of the mean over families; a family that goes the other way is named."""
    (added, *each), (instead, *_) = (
        [lift for lift in found if lift.question == question] for question in ("added", "instead")
    )
    sentence = (
        f"{_MEANING[added.answer]}: the {score} on {people:,} people of"
        f" control goes from {added.real:.3f} to {added.other:.3f}, by {_said(added.lift)}. Differences from"
        f" {smallest:g} are of interest."
    )
    reasons = [
        f"{lift.family}: {lift.answer}, {lift.real:.3f} to {lift.other:.3f}, by {_said(lift.lift)}."
        for lift in each
    ]
    against = {Answer.HELPS: Answer.HARMS, Answer.HARMS: Answer.HELPS}.get(added.answer)
    split = [lift.family for lift in each if lift.answer is against]
    if split:
        reasons.append(f"Families do not agree: for {', '.join(split)} alone the answer is {against}.")
    if added.answer is Answer.UNKNOWN:
        reasons.append(_WIDE)
    reasons.append(
        f"In the place of as many real rows, the synthetic ones change the score from {instead.real:.3f} to"
        f" {instead.other:.3f}, by {_said(instead.lift)}: {instead.answer}."
    )
    return Verdict(answer=added.answer, sentence=sentence, reasons=tuple(reasons))


def _said(lift: Estimate) -> str:
    interval = lift.interval
    span = f" (95 % interval {interval.low:+.3f} to {interval.high:+.3f})" if interval else ""
    return f"{lift.value:+.3f}{span}".replace("-", "−")


def _mean(scores: Sequence[Floats]) -> Floats:
    total: Floats = sum(scores[1:], start=scores[0].copy())
    return total / len(scores)
