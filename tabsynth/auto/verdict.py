"""Who wins: what each contestant scored, and the rule that prefers privacy among equals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from privacy import TrainingError
from tabsynth.auto.contestants import Contestant
from tabsynth.auto.court import Score
from tabsynth.config import RunConfig

TOLERATED = 0.52
"""Membership AUC that a contestant may have without being left aside."""

_ONE_SIDED = 1.645


@dataclass(frozen=True, slots=True)
class Trial:
    """What a contestant scored, and the seconds it took to learn and to be judged."""

    contestant: Contestant
    two_sample: Score
    membership: Score
    seconds: float

    @property
    def tells_who_was_learnt(self) -> bool:
        """Whether the membership attack does better than tolerated, at 5 % for a false alarm."""
        return self.membership.auc - _ONE_SIDED * self.membership.spread > TOLERATED


@dataclass(frozen=True, slots=True)
class Choice:
    """The run with the engine that was chosen, why, every trial, and who was not tried to the end and why not."""

    config: RunConfig
    why: str
    trials: tuple[Trial, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()

    def lines(self) -> list[str]:
        """For people: a line per contestant, and one for the choice."""
        found = [
            f"{trial.contestant}: two-sample AUC {trial.two_sample.auc:.3f} ± {trial.two_sample.spread:.3f},"
            f" membership AUC {trial.membership.auc:.3f} ± {trial.membership.spread:.3f}, {trial.seconds:.0f} s"
            for trial in self.trials
        ]
        return (
            [*found, *(f"{name}: {reason}" for name, reason in self.left_out), self.why] if self.why else []
        )

    def facts(self) -> dict[str, Any]:
        """For the model file and the manifest: the same without seconds, which differ from run to run; empty where
        nothing was to choose."""
        if not self.why:
            return {}
        return {
            "why": self.why,
            "trials": [
                {
                    "contestant": str(trial.contestant),
                    "two_sample_auc": round(trial.two_sample.auc, 3),
                    "two_sample_error": round(trial.two_sample.spread, 3),
                    "membership_auc": round(trial.membership.auc, 3),
                    "membership_error": round(trial.membership.spread, 3),
                }
                for trial in self.trials
            ],
            "left_out": dict(self.left_out),
            "membership_tolerated": TOLERATED,
        }


def judged(trials: Sequence[Trial], left_out: Sequence[tuple[str, str]], config: RunConfig) -> Choice:
    """Of the contestants whose membership AUC is tolerated, the least distinguishable one; of those within one
    standard error of it, the one that tells least of who was learnt (Breiman et al., CART, 1984, section 3.4.3).

    Raises TrainingError when there is no trial.
    """
    if not trials:
        raise TrainingError("no generator could learn the table", todo="name one with --generator to see why")
    private = [trial for trial in trials if not trial.tells_who_was_learnt]
    if private:
        best = min(private, key=_told)
        reach = _told(best) + best.two_sample.spread
        near = [trial for trial in private if _told(trial) <= reach]
        winner = min(near, key=lambda trial: trial.membership.auc)
        why = (
            "hardest to tell from people never learnt"
            if trials[1:]
            else "the only one that was tried to the end"
        )
        if winner is not best:
            why = f"as hard to tell from people never learnt as {best.contestant}, and tells less of who was"
    else:
        winner = min(trials, key=lambda trial: trial.membership.auc)
        why = f"every engine tells who was learnt (membership AUC over {TOLERATED}), this one least"
    chosen = winner.contestant.configured(config)
    return Choice(chosen, f"chose {winner.contestant}: {why}", tuple(trials), tuple(left_out))


def _told(trial: Trial) -> float:
    """How well the rows were told from people: to guess worse than by chance is to guess by chance."""
    return max(trial.two_sample.auc, 0.5)
