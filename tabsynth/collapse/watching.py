"""The watch itself: people held back by key, then every regime under every seed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from privacy import ConfigError, Event, OnEvent, Schema, canonical, known_policy, silent
from tabsynth.collapse.curves import Bench, Point, points
from tabsynth.collapse.generations import Line, chained_schema
from tabsynth.collapse.record import Setting, Watch
from tabsynth.collapse.regimes import Regime
from tabsynth.config import RunConfig
from tabsynth.seeds import rng_at, seeds_at
from tabsynth.split import split

HELD_OUT = 0.3
"""Share of the persons whom no generation learns."""

FEWEST_GENERATIONS = 3
"""Fewer leave a line nothing to depart from."""

_MEASURE, _LINES, _ANSWER, _CUT = 0, 1, 2, 3


def watch(
    source: pd.DataFrame,
    schema: Schema,
    config: RunConfig,
    key: bytes,
    tried: Sequence[Regime],
    *,
    generations: int = 5,
    seeds: int = 3,
    source_generation: int = 0,
    on_event: OnEvent = silent,
) -> Watch:
    """Retrain the engine of `config` on its own rows under each regime, and measure what is lost.

    source: a table with the schema's columns. key: decides who is held back, see `split`. config: its `rows` are
    learnt by the first generation and drawn by each, so that all but "accumulate" learn tables of one size; all
    who are not held back when None. Its policy's bounds are watched, and its seed repeats the watch.

    Raises ConfigError for too few generations, or more rows than there are.
    """
    if generations < FEWEST_GENERATIONS or seeds < 1:
        raise ConfigError(
            f"a slope needs {FEWEST_GENERATIONS} generations and a seed at least",
            where="--generations, --seeds",
        )
    policy = known_policy(config.policy)
    kept = chained_schema(schema)
    table = canonical(source, schema, table="source")
    on_event(Event("splitting by person"))
    sides = split(table, schema, key=key, train=1 - HELD_OUT, development=0.0, control=HELD_OUT)
    real, held_out = sides.train[list(kept.names)], sides.control.open()[list(kept.names)]
    of_all = np.random.SeedSequence(config.seed)
    real = _as_many(real, config.rows, rng_at(of_all, _CUT))
    bench = Bench(real, held_out, kept, seeds_at(of_all, _MEASURE), on_event)
    seen: list[Point] = []
    for seed in range(seeds):
        on_event(Event("collapse watch", seed, seeds, f"seed {seed + 1} of {seeds}"))
        line = Line(real, kept, config, len(real), generations, seeds_at(of_all, _LINES, seed), on_event)
        seen.extend(points(line, bench, tried, seed))
    setting = Setting(
        generator=config.generator,
        settings=config.settings,
        generations=generations,
        seeds=seeds,
        rows=len(real),
        held_out_rows=len(held_out),
        source_generation=source_generation,
        policy=policy.name,
    )
    return Watch.of(setting, seen, policy, rng_at(of_all, _ANSWER))


def _as_many(real: pd.DataFrame, rows: int | None, rng: np.random.Generator) -> pd.DataFrame:
    """Rows at random, none twice; all when None."""
    if rows is None:
        return real
    if rows > len(real):
        raise ConfigError(
            f"more rows than the {len(real):,} of people who are not held back",
            where="rows",
            todo="ask for fewer",
        )
    return real.iloc[np.sort(rng.permutation(len(real))[:rows])].reset_index(drop=True)
