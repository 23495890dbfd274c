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

from privacy import ConfigError, Event, OnEvent, Schema, UserError, silent
from tabsynth.artifact import Model
from tabsynth.auto.contestants import AUTO, CONTESTANTS, Contestant
from tabsynth.auto.court import Court
from tabsynth.auto.verdict import Choice, Trial, judged
from tabsynth.config import RunConfig
from tabsynth.domain import Encoded
from tabsynth.encode.persons import Persons
from tabsynth.fit import coded_sides, ready_generator, ready_selection
from tabsynth.rules import Rule, learnt_rules
from tabsynth.sample import sampled
from tabsynth.split import units_of

FEWEST_JUDGES = 200
MOST_JUDGES = 5_000

WIDER = 8
"""Times as many rows are drawn as are judged. Rows chosen together have the margins they are chosen for; of a few
hundred such, a fold with one too many leaves the others one too few, and boosting does worse than a guess."""


class _OutOfTimeError(Exception):
    """The budget was spent in the middle of a trial."""


@dataclass(frozen=True, slots=True, eq=False)
class _Contest:
    """What every trial is given. rules: that its rows meet. tuning: the development persons who are no judges."""

    config: RunConfig
    schema: Schema
    rules: tuple[Rule, ...]
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
    """The run with an engine in place of "auto", by the rule of `judged`, within `config.budget` seconds and one
    trial at least."""
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
    return judged(trials, left_out, config)


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
    persons = len(judges) if judges.persons is None else len(np.unique(judges.persons))
    by_persons = Persons.of(units_of(train, schema))
    rules = learnt_rules(config.rules, train, schema, encoder, by_persons, config.least)
    court = Court(encoder, peers, judges, persons)
    return _Contest(config, schema, rules, court, learnt, held_out.take(~is_judge))


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
    # Noised margins of train would be drawn anew in each trial, and their noise would wear thin.
    by_development = run.model_copy(update={"targets": "development"})
    selection = ready_selection(contest.learnt, contest.tuning, by_development, for_choice)
    model = Model(contest.schema, court.encoder, generator, selection, rules=contest.rules)
    seeds = np.random.SeedSequence(int(for_rows.integers(2**63)))
    drawn = sampled(model, WIDER * len(court.judges), seeds, on_event=on_event).table
    part = _some(np.arange(len(drawn)), len(court.judges), for_court)
    made = drawn.iloc[part].reset_index(drop=True)
    on_event(Event("judging", note=str(contestant)))
    scores = court.two_sample(made, for_court), court.membership(made, for_court)
    return Trial(contestant, *scores, seconds=time.monotonic() - began)


def _half_of(units: NDArray[Any], rng: np.random.Generator) -> NDArray[np.bool_]:
    """(rows,) whether the row's person is in a random half of the persons."""
    number, distinct = pd.factorize(units, use_na_sentinel=False)
    chosen: NDArray[np.bool_] = rng.permutation(np.arange(len(distinct)) % 2 == 0)[number]
    return chosen


def _some(places: NDArray[np.int64], most: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """At most so many of the places, in their order."""
    return np.sort(rng.permutation(places)[:most])
