"""One more run of the whole pipeline, with canaries in it: how many does an attacker find again?

Steinke, Nasr & Jagielski, Privacy auditing with one (1) training run, NeurIPS 2023.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binomtest

from privacy import (
    Count,
    Estimate,
    Event,
    Finding,
    OnEvent,
    Schema,
    Skipped,
    clopper_pearson,
    one_run_epsilon,
    percent,
    proportion,
)
from tabsynth.config import RunConfig
from tabsynth.pipeline.canaries import Canaries, Sort
from tabsynth.pipeline.findings import EPSILON, Game, epsilon
from tabsynth.pipeline.foreign import foreign_finding
from tabsynth.pipeline.lawful import lawful_canaries
from tabsynth.pipeline.targets import Floats, Targets
from tabsynth.pipeline.thinning import rows_of_persons
from tabsynth.pipeline.twin import learnt_columns, rows_to_draw, twin_table
from tabsynth.split import units_of

GAME = Game(
    "canaries",
    "holds the synthetic table, the generator with its settings, and every record but the canaries;"
    " guesses which canaries were learnt from",
)

CANARIES = 400
MOST_SHARE = 0.06
"""Canaries per row, half of which go in: with more, the twin would be of another table."""

MOST_PERSONS = 20_000
FEWEST = 12
_CALLED = 5
"""One canary in so many is called in, those that stand out most; fixed before the table is seen.

None is called out: a table that shows a record proves it, one that does not may have passed it over. Measured on
bootstrap copies and on the copula, calling as many out lowered the epsilon by a quarter to a half.
"""


def canary_findings(
    train: pd.DataFrame,
    development: pd.DataFrame,
    schema: Schema,
    config: RunConfig,
    rng: np.random.Generator,
    on_event: OnEvent,
    canaries: int = CANARIES,
) -> list[Finding | Skipped]:
    """The findings of at most `canaries` canaries in one run on `train`.

    A canary has as many rows, all alike, as a person has on average, where the schema says whose they are.
    """
    units = units_of(train, schema)
    base = train.iloc[rows_of_persons(units, MOST_PERSONS, rng)].reset_index(drop=True)
    copies = round(len(train) / np.unique(units).size) if schema.entity is not None else 1
    affordable = min(canaries, int(MOST_SHARE * len(base) / copies))
    if affordable < FEWEST:
        return [Skipped(name=GAME.name, reason=f"{len(base):,} rows have no room for {FEWEST} canaries")]
    made = lawful_canaries(base, schema, config.rules, affordable, config.least, rng)
    if len(made.sorts) < FEWEST:
        return [Skipped(name=GAME.name, reason=f"fewer than {FEWEST} made-up persons meet the rules")]
    included = rng.random(len(made.sorts)) < 0.5
    on_event(Event("fitting with canaries", note=f"{len(made.sorts)} canaries"))
    joined = made.frame[included].loc[lambda kept: kept.index.repeat(copies)]
    there = pd.concat([base, joined], ignore_index=True)
    rows = rows_to_draw(len(there), len(train), config)
    table = twin_table(there, development, schema, config, rows, rng)
    scores = _scores(made, base[learnt_columns(schema)], table, rng)
    return [_finding(made.sorts, included, scores, canaries, rng), foreign_finding(made, included, table)]


def _scores(made: Canaries, base: pd.DataFrame, table: pd.DataFrame, rng: np.random.Generator) -> Floats:
    """(canaries,) how much more of each is seen in the synthetic table than in the real one without it."""
    known = made.frame[list(base.columns)]
    aim = Targets.among(known, pd.concat([base, known], ignore_index=True), rng)
    expected = base.iloc[rng.integers(0, len(base), len(table))]
    (near, counts), (real_near, real_counts) = (aim.traces(rows, rng) for rows in (table, expected))
    above: Floats = (near - real_near).mean(axis=1) + (counts - real_counts).mean(axis=1)
    return above


def right_guesses(
    sorts: NDArray[np.object_], included: NDArray[np.bool_], scores: Floats, rng: np.random.Generator
) -> dict[Sort, Count]:
    """Sort -> right calls of so many made: within each sort the highest scores are called in."""
    right = {}
    for sort in Sort:
        members = rng.permutation(np.flatnonzero(sorts == sort))
        called = members[np.argsort(-scores[members], kind="stable")][: -(-len(members) // _CALLED)]
        right[sort] = Count(int(included[called].sum()), len(called))
    return right


def _finding(
    sorts: NDArray[np.object_],
    included: NDArray[np.bool_],
    scores: Floats,
    asked: int,
    rng: np.random.Generator,
) -> Finding:
    by_sort = right_guesses(sorts, included, scores, rng)
    total = Count(*map(sum, zip(*by_sort.values(), strict=True)))
    share = clopper_pearson(total)
    excess = share.model_copy(update={"low": share.low - 0.5, "high": share.high - 0.5})
    bound, most = epsilon(total), one_run_epsilon(Count(total.trials, total.trials))
    return Finding(
        attack=GAME.name,
        name="canaries found again",
        threat=GAME.threat,
        sentence=(
            f"{total.successes:,} of the {total.trials:,} canaries called in ({percent(total.rate)}) had been,"
            f" against 50 % by a coin: epsilon is at least {bound.value:.2f}; {most:.2f} if all had been."
            f" {len(sorts):,} canaries, each in or out of one run."
        ),
        value=proportion(total),
        control=Estimate(value=0.5),
        baseline=Estimate(value=0.5),
        excess=Estimate(value=total.rate - 0.5, interval=excess),
        also={
            EPSILON: bound,
            **{f"right, {sort} canaries": proportion(count) for sort, count in by_sort.items()},
        },
        trials_asked=-(-asked // _CALLED),
        trials_made=int(total.trials),
        p_value=_by_chance(total),
    )


def _by_chance(right: Count) -> float:
    """The chance that coins would have been right as often."""
    return float(binomtest(int(right.successes), int(right.trials), 0.5, alternative="greater").pvalue)
