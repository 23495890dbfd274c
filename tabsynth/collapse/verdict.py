"""Does a regime hold an engine? From the slope's interval and the tolerance, family by family."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from privacy import Interval, Policy
from tabsynth.collapse.curves import Point
from tabsynth.collapse.losses import CURVES, FAMILIES, Family, losses, values
from tabsynth.collapse.slopes import slope_of

Answer = Literal["holds", "collapses", "cannot tell"]

CHANCE = 0.05
"""That any family is called collapsed which is not, or held which is not."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Trend(_Record):
    """A slope per generation, with its intervals."""

    slope: float
    over_seeds: Interval | None
    bootstrap: Interval


class Judged(_Record):
    """A family's loss per generation against its tolerance."""

    trend: Trend
    tolerance: float
    answer: Answer


class RegimeAnswer(_Record):
    """What became of an engine under one regime. curves: the trend of each measure as it stands; families: of what
    was lost. less_lost: by family, seeds in which the last generation lost less than that of "replace".
    below_policy: measure -> the first generation in which any seed's rows miss the policy's bound."""

    regime: str
    answer: Answer
    sentence: str
    families: dict[str, Judged]
    curves: dict[str, Trend]
    less_lost: dict[str, Annotated[int, Field(ge=0)]]
    below_policy: dict[str, int]


def answer_of(points: Sequence[Point], regime: str, policy: Policy, rng: np.random.Generator) -> RegimeAnswer:
    """The verdict of one regime: it collapses where any family does, and holds where all do."""
    level = 1 - CHANCE / len(FAMILIES)
    judged = {
        family.name: _judged(family, found, level, rng)
        for family in FAMILIES
        if (found := losses(family, points, regime)) is not None
    }
    trends = {
        curve.measure: _trend(found, level, rng)
        for curve in CURVES
        if (found := values(curve, points, regime)) is not None
    }
    answer = _together([one.answer for one in judged.values()])
    return RegimeAnswer(
        regime=regime,
        answer=answer,
        sentence=_sentence(answer, judged),
        families=judged,
        curves=trends,
        less_lost=_less_lost(points, regime),
        below_policy=_below_policy(points, regime, policy),
    )


def _judged(family: Family, found: NDArray[np.float64], level: float, rng: np.random.Generator) -> Judged:
    trend = _trend(found, level, rng)
    return Judged(trend=trend, tolerance=family.tolerance, answer=against(trend.bootstrap, family.tolerance))


def against(interval: Interval, tolerance: float) -> Answer:
    """The whole interval has to lie on one side of the tolerance."""
    if interval.low > tolerance:
        return "collapses"
    return "holds" if interval.high <= tolerance else "cannot tell"


def _trend(found: NDArray[np.float64], level: float, rng: np.random.Generator) -> Trend:
    slope = slope_of(found, level, rng)
    return Trend(slope=slope.value, over_seeds=slope.over_seeds, bootstrap=slope.bootstrap)


def _together(answers: Sequence[Answer]) -> Answer:
    if "collapses" in answers:
        return "collapses"
    return "holds" if answers and set(answers) == {"holds"} else "cannot tell"


def _sentence(answer: Answer, judged: dict[str, Judged]) -> str:
    told = {
        "collapses": "loses more than is tolerated a generation: {}",
        "holds": "loses no more than is tolerated a generation: {}",
        "cannot tell": "more seeds or generations would have to decide: {}",
    }[answer]
    which = [name for name, one in judged.items() if one.answer == answer]
    return told.format(", ".join(which) or "nothing could be measured")


def _less_lost(points: Sequence[Point], regime: str) -> dict[str, int]:
    """Seeds in which the last generation lost less than the last of "replace", by family."""
    found: dict[str, int] = {}
    for family in FAMILIES:
        own, other = losses(family, points, regime), losses(family, points, "replace")
        if own is not None and other is not None and regime != "replace":
            found[family.name] = int((own[:, -1] < other[:, -1]).sum())
    return found


def _below_policy(points: Sequence[Point], regime: str, policy: Policy) -> dict[str, int]:
    """When the policy of a release would first have refused these rows, by measure."""
    found: dict[str, int] = {}
    own = sorted((point for point in points if point.regime == regime), key=lambda point: point.generation)
    for point in own:
        low = [key for key, least in policy.at_least.items() if point.values.get(key, least) < least]
        high = [key for key, most in policy.at_most.items() if point.values.get(key, most) > most]
        for key in (*low, *high):
            found.setdefault(key, point.generation)
    return found
