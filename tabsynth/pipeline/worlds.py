"""Many worlds: in each one every vulnerable person is in or out of the training table by a coin of their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy import Event, OnEvent, Schema
from tabsynth.config import RunConfig
from tabsynth.pipeline.targets import Floats, Targets
from tabsynth.pipeline.thinning import rows_of_persons
from tabsynth.pipeline.twin import learnt_columns, rows_to_draw, twin_table
from tabsynth.split import units_of

MOST_PERSONS = 5_000
"""Persons in a world beside the vulnerable. Among fewer each weighs more, so this errs towards a leak."""


@dataclass(frozen=True, slots=True, eq=False)
class Worlds:
    """What the worlds showed. coins: (persons, worlds) who was in. scores: (persons, worlds) how much of each
    person was seen in each world's synthetic table. rows: of a world's training table, on average."""

    coins: NDArray[np.bool_]
    scores: Floats
    rows: int


def run_worlds(
    train: pd.DataFrame,
    development: pd.DataFrame,
    schema: Schema,
    config: RunConfig,
    targets: NDArray[np.int64],
    worlds: int,
    rng: np.random.Generator,
    on_event: OnEvent,
) -> Worlds:
    """Fit every world and look for every target in its table.

    targets: one row of `train` for each vulnerable person, who enters with all rows or none. Everything else is
    the same in all worlds but the generator's own randomness, which an attacker cannot repeat.
    """
    units = units_of(train, schema)
    persons = units[targets]
    others = np.flatnonzero(~np.isin(units, persons))
    base = np.zeros(len(train), bool)
    base[others[rows_of_persons(units[others], MOST_PERSONS, rng)]] = True
    if len(development):
        few = rows_of_persons(units_of(development, schema), MOST_PERSONS, rng)
        development = development.iloc[few].reset_index(drop=True)
    known = train[learnt_columns(schema)]
    aim = Targets.among(known.iloc[targets], known[base | np.isin(units, persons)], rng)
    coins = rng.random((len(persons), worlds)) < 0.5
    seen = []
    for world in range(worlds):
        on_event(Event("re-fitting with and without", world, worlds))
        inside = base | np.isin(units, persons[coins[:, world]])
        there = train[inside].reset_index(drop=True)
        rows = rows_to_draw(len(there), len(train), config)
        table = twin_table(there, development, schema, config, rows, rng)
        seen.append(aim.traces(table, rng))
    on_event(Event("re-fitting with and without", worlds, worlds))
    near, counts = (np.stack(part, axis=1) for part in zip(*seen, strict=True))
    return Worlds(coins, _scores(near, counts), int(base.sum()))


def _scores(near: Floats, counts: Floats) -> Floats:
    """(persons, worlds) the mean trace above the person's mean over all worlds."""
    scores = near.mean(axis=2) + counts.mean(axis=2)
    centred: Floats = scores - scores.mean(axis=1, keepdims=True)
    return centred
