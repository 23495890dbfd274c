"""What the findings of the pipeline share: who plays, and how an epsilon is told."""

from __future__ import annotations

from dataclasses import dataclass

from privacy import Count, Estimate, Interval, one_run_epsilon

EPSILON = "epsilon, lower bound"


@dataclass(frozen=True, slots=True)
class Game:
    """An attack on the pipeline, as a finding tells of it. level: confidence of every interval."""

    name: str
    threat: str
    level: float = 0.95


def epsilon(guesses: Count) -> Estimate:
    """The epsilon that right guesses about fair coins refute, at 95 %; the other end is the most they could have.

    Steinke, Nasr & Jagielski, NeurIPS 2023, theorem 5.2, delta 0.
    """
    shown, most = one_run_epsilon(guesses), one_run_epsilon(Count(guesses.trials, guesses.trials))
    return Estimate(
        value=shown,
        interval=Interval(low=shown, high=most, method="one-run bound, up to what as many guesses can show"),
        successes=int(guesses.successes),
        trials=int(guesses.trials),
    )
