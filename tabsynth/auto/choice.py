"""The contest: every engine learns train, and half of the development persons say which table is most like them.

The other half may stop a training and calibrate a selection, as development persons do. Control stays sealed.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy import ConfigError, Event, OnEvent, Schema, TrainingError, UserError, silent
from tabsynth.auto.contestants import AUTO, CONTESTANTS, Contestant
from tabsynth.auto.court import Court, Score
from tabsynth.config import RunConfig
from tabsynth.domain import Encoded
from tabsynth.fit import coded_sides, ready_generator, ready_selection
from tabsynth.split import units_of

FEWEST_JUDGES = 50
MOST_JUDGES = 5_000

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
                    "membership_auc": round(trial.membership.auc, 3),
                }
                for trial in self.trials
            ],
            "left_out": dict(self.left_out),
        }


class _OutOfTimeError(Exception):
    """The budget was spent in the middle of a trial."""


@dataclass(frozen=True, slots=True, eq=False)
class _Contest:
    """What every trial is given. tuning: the development persons who are no judges."""

    config: RunConfig
    court: Court
    learnt: Encoded
    tuning: Encoded


def settled(
    train: pd.DataFrame,
    development: pd.DataFrame,
    schema: Schema,
    config: RunConfig,
    rng: np.random.Generator,
    on_event: OnEvent = silent,
) -> Choice:
    """The run as it is, unless its generator is "auto"; then as `choose` says. ConfigError when settings come with
    "auto", since they would belong to one engine."""
    if config.generator != AUTO:
        return Choice(config, "")
    if config.settings:
        raise ConfigError(
            "settings belong to one generator, and auto stands for several", todo="name one with --generator"
        )
    return choose(train, development, schema, config, rng.spawn(1)[0], on_event)


def choose(
    train: pd.DataFrame,
    development: pd.DataFrame,
    schema: Schema,
    config: RunConfig,
    rng: np.random.Generator,
    on_event: OnEvent = silent,
    contestants: Sequence[Contestant] = CONTESTANTS,
) -> Choice:
    """The run with an engine in place of "auto", within `config.budget` seconds and one trial at least.

    Of the contestants whose membership AUC is tolerated, the least distinguishable one; of those within one
    standard error of it, the one that tells least of who was learnt (Breiman et al., CART, 1984, section 3.4.3).
    """
    contest = _contest(train, development, schema, config, rng)
    if contest.court.persons < FEWEST_JUDGES:
        first = contestants[0].configured(config).model_copy(update={"candidates": config.candidates})
        few = f"{contest.court.persons} development persons are too few to judge by"
        return Choice(first, f"chose {first.generator}: {few}")
    trials: list[Trial] = []
    left_out: list[tuple[str, str]] = []
    listener, rngs = _within(config.budget, trials, on_event), rng.spawn(len(contestants))
    for number, (contestant, own) in enumerate(zip(contestants, rngs, strict=True)):
        try:
            listener(Event("choosing a generator", number, len(contestants), f"trying {contestant}"))
            trials.append(_tried(contestant, contest, own, listener))
        except _OutOfTimeError:
            left_out.append((str(contestant), f"the budget of {config.budget:g} s was spent"))
        except UserError as error:
            left_out.append((str(contestant), error.what))
    on_event(Event("choosing a generator", len(contestants), len(contestants)))
    return _settled(trials, left_out, config)


def _contest(
    train: pd.DataFrame,
    development: pd.DataFrame,
    schema: Schema,
    config: RunConfig,
    rng: np.random.Generator,
) -> _Contest:
    units = units_of(development, schema)
    is_judge = _half_of(units, rng)
    encoder, learnt, held_out = coded_sides(train, development, schema, config)
    judges = held_out.take(_some(np.flatnonzero(is_judge), MOST_JUDGES, rng))
    peers = learnt.take(_some(np.arange(len(learnt)), len(judges), rng))
    persons = min(len(pd.unique(units[is_judge])), len(judges))
    return _Contest(config, Court(encoder, peers, judges, persons), learnt, held_out.take(~is_judge))


def _within(seconds: float, trials: list[Trial], on_event: OnEvent) -> OnEvent:
    """The listener, until the time is over; the first trial may take longer."""
    began = time.monotonic()

    def watch(event: Event) -> None:
        if trials and time.monotonic() - began > seconds:
            raise _OutOfTimeError
        on_event(event)

    return watch


def _tried(contestant: Contestant, contest: _Contest, rng: np.random.Generator, on_event: OnEvent) -> Trial:
    began = time.monotonic()
    run, court = contestant.configured(contest.config), contest.court
    for_fit, for_rows, for_choice, for_court = rng.spawn(4)
    generator = ready_generator(run)
    generator.fit(contest.learnt, contest.tuning, for_fit, on_event)
    rows = len(court.judges)
    selection = ready_selection(contest.learnt, contest.tuning, run, for_choice)
    made = generator.sample(rows if selection is None else rows * run.candidates, for_rows)
    if selection is not None:
        made = selection.choose(made, rows, for_choice, on_event)
    on_event(Event("judging", note=str(contestant)))
    scores = court.two_sample(made, for_court), court.membership(made, for_court)
    return Trial(contestant, *scores, seconds=time.monotonic() - began)


def _settled(trials: list[Trial], left_out: list[tuple[str, str]], config: RunConfig) -> Choice:
    """The winner by the rule of `choose`."""
    if not trials:
        raise TrainingError("no generator could learn the table", todo="name one with --generator to see why")
    private = [trial for trial in trials if not trial.tells_who_was_learnt]
    if private:
        best = min(private, key=lambda trial: trial.two_sample.auc)
        reach = best.two_sample.auc + best.two_sample.spread
        near = [trial for trial in private if trial.two_sample.auc <= reach]
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


def _half_of(units: NDArray[Any], rng: np.random.Generator) -> NDArray[np.bool_]:
    """(rows,) whether the row's person is in a random half of the persons."""
    number, distinct = pd.factorize(units, use_na_sentinel=False)
    chosen: NDArray[np.bool_] = rng.permutation(np.arange(len(distinct)) % 2 == 0)[number]
    return chosen


def _some(places: NDArray[np.int64], most: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """At most so many of the places, in their order."""
    return np.sort(rng.permutation(places)[:most])
