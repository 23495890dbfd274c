"""With and without: does a table tell whether one vulnerable person was learnt from?

The game of EDPB Guidelines 02/2026, paragraph 71b, in one design for all persons: worlds in which each is in or
out by a coin of their own, so that every fit serves every person.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from privacy import Count, Estimate, Finding, OnEvent, Schema, Skipped, Trials, compared, newcombe, percent
from tabsynth.config import RunConfig
from tabsynth.pipeline.coin_game import Calls, coin_test, guesses, pooled_auc, worst_auc
from tabsynth.pipeline.findings import EPSILON, Game, epsilon
from tabsynth.pipeline.twin import learnt_columns
from tabsynth.pipeline.vulnerable import most_isolated
from tabsynth.pipeline.worlds import Worlds, run_worlds
from tabsynth.split import units_of

GAME = Game(
    "re-fit",
    "holds the synthetic table, the generator with its settings, and all records but one person's;"
    " guesses whether that person was learnt from",
)

PERSONS = 20
WORLDS = 30

_CROWD = 10
"""Persons there must be for each vulnerable one: coins for more of the table would make another table."""


def refit_finding(
    train: pd.DataFrame,
    development: pd.DataFrame,
    schema: Schema,
    config: RunConfig,
    rng: np.random.Generator,
    on_event: OnEvent,
    persons: int = PERSONS,
    worlds: int = WORLDS,
) -> Finding | Skipped:
    """The finding for the `persons` most isolated persons of `train`, from `worlds` fits of the whole pipeline.

    Value and control are the shares called "with" of the worlds with and without a person.
    """
    units = units_of(train, schema)
    affordable = min(persons, np.unique(units).size // _CROWD)
    if not affordable:
        return Skipped(name=GAME.name, reason=f"train holds fewer than {_CROWD} persons")
    targets = most_isolated(train[learnt_columns(schema)], units, affordable, rng)
    seen = run_worlds(train, development, schema, config, targets, worlds, rng, on_event)
    return _finding(seen, persons * worlds, rng)


def _finding(seen: Worlds, asked: int, rng: np.random.Generator) -> Finding:
    calls = Calls.of(seen.coins, guesses(seen.coins, seen.scores))
    auc, auc_interval = pooled_auc(seen.coins, seen.scores)
    worst, worst_interval = worst_auc(seen.coins, seen.scores)
    called = calls.inside.successes + calls.outside.successes
    trials = Trials(
        name="with and without a person",
        subject="runs with a vulnerable person",
        success="were told to be such",
        asked=asked,
        train=calls.inside,
        control=calls.outside,
        baseline=called / seen.coins.size,
        design_effect=calls.design_effect,
    )
    also = {
        "AUC": Estimate(value=auc, interval=auc_interval),
        "AUC of the most exposed person": Estimate(value=worst, interval=worst_interval),
        EPSILON: epsilon(calls.right),
    }
    told = {
        "also": also,
        "trials_made": seen.coins.size,
        "p_value": coin_test(seen.coins, seen.scores, rng).both,
        "sentence": _sentence(seen, calls),
    }
    return compared(trials, GAME, newcombe).model_copy(update=told)


def _sentence(seen: Worlds, calls: Calls) -> str:
    inside, outside, (persons, worlds) = calls.inside, calls.outside, seen.coins.shape
    return (
        f"The attacker said of {inside.successes:,} of {inside.trials:,} runs with a vulnerable person"
        f" ({percent(inside.rate)}) that it was with, and of {outside.successes:,} of {outside.trials:,} runs"
        f" without ({percent(outside.rate)}). {persons} persons with the fewest people like them were each in or"
        f" out of {worlds} runs on about {seen.rows:,} rows; a difference of {percent(_visible(calls))} would have"
        " been seen in 80 % of audits."
    )


def _visible(calls: Calls) -> float:
    """The difference of the two rates whose interval would lie above zero in 80 % of such audits."""

    def error(count: Count) -> float:
        return calls.design_effect * 0.25 / max(count.trials, 1)

    return min(1.0, 2.8 * float(np.sqrt(error(calls.inside) + error(calls.outside))))
