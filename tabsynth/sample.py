"""Synthetic rows in blocks, every block from a seed of its own.

A block is made of its number, its rows and the seeds alone, whoever draws it, so the work can be shared out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from privacy import Event, OnEvent, Schema, Treatment, silent
from tabsynth.artifact import Model
from tabsynth.asked import OPTIONS, Conditioned, Places, Shares, rebalanced
from tabsynth.blocks import block_sizes, most_rows
from tabsynth.domain import Encoded
from tabsynth.fakes import fake_columns
from tabsynth.rules import Cuts, Sieve
from tabsynth.seeds import rng_at, seeds_at
from tabsynth.select import Selection
from tabsynth.where import parse_where

_LEARNT, _FAKED, _CHOSEN, _REBALANCED = 0, 1, 2, 3


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """A canonical table, and how many rows the model's rules cut while it was drawn."""

    table: pd.DataFrame
    cuts: Cuts


def sample(
    model: Model,
    n: int,
    seeds: np.random.SeedSequence,
    where: str | None = None,
    shares: Shares | None = None,
    on_event: OnEvent = silent,
) -> pd.DataFrame:
    """The table of `sampled`."""
    return sampled(model, n, seeds, where, shares, on_event).table


def sampled(
    model: Model,
    n: int,
    seeds: np.random.SeedSequence,
    where: str | None = None,
    shares: Shares | None = None,
    on_event: OnEvent = silent,
    places: Places = OPTIONS,
) -> Sampled:
    """`n` canonical rows: the released columns in the schema's order, identifiers invented, all rules met.

    where: an SQL condition that every row meets, see `parse_where`. shares: how many of the rows meet which
    condition, see `rebalanced`; places: what messages call them. Raises ConfigError when either is wrong, or when
    the model never produces such rows, or too rarely.
    """
    condition = None if where is None else parse_where(where, model.schema)
    sieve = Sieve(model.rules, model.schema)
    blocks: Iterable[pd.DataFrame]
    if shares is not None:
        below = seeds_at(seeds, _REBALANCED)
        blocks = [rebalanced(model, n, below, condition, shares, on_event, sieve, places)]
    elif condition is not None:
        asked = Conditioned.of(model, condition)
        blocks = asked.draw(n, seeds_at(seeds, _LEARNT), on_event, sieve)
    elif model.selection is not None and model.rules:
        blocks = _chosen_of_valid(model, model.selection, n, seeds, on_event, sieve)
    elif model.selection is not None:
        blocks = _chosen(model, model.selection, n, seeds, on_event)
    elif model.rules:
        blocks = _valid(model).draw(n, seeds_at(seeds, _LEARNT), on_event, sieve)
    else:
        blocks = _drawn(model, n, seeds, on_event)
    learnt = pd.concat(list(blocks), ignore_index=True).iloc[:n]
    faked = _fakes(model.schema, n, seeds_at(seeds, _FAKED))
    order = [name for name in model.schema.names if name in learnt or name in faked]
    return Sampled(pd.concat([learnt, faked], axis=1)[order], sieve.cuts)


def draw_block(model: Model, number: int, rows: int, seeds: np.random.SeedSequence) -> pd.DataFrame:
    """Block `number`: canonical rows of the learnt columns."""
    for_values = rng_at(seeds, _LEARNT, number, 1)
    return model.encoder.decode(_draw_codes(model, number, rows, seeds), for_values)


def _draw_codes(model: Model, number: int, rows: int, seeds: np.random.SeedSequence) -> Encoded:
    for_codes = rng_at(seeds, _LEARNT, number, 0)
    return model.generator.sample(rows, for_codes)


def _drawn(model: Model, n: int, seeds: np.random.SeedSequence, on_event: OnEvent) -> Iterator[pd.DataFrame]:
    """The blocks of `n` rows."""
    drawn = 0
    for number, rows in enumerate(block_sizes(n, most_rows(len(model.encoder.domain)))):
        on_event(Event("sampling", drawn, n))
        yield draw_block(model, number, rows, seeds)
        drawn += rows
    on_event(Event("sampling", n, n))


def _chosen(
    model: Model, selection: Selection, n: int, seeds: np.random.SeedSequence, on_event: OnEvent
) -> Iterator[pd.DataFrame]:
    """Sheets of rows, each chosen from a pool of its own, so that memory does not grow with `n`."""
    block = 0
    for sheet, start in enumerate(range(0, max(n, 1), selection.most_rows)):
        rows = min(selection.most_rows, n - start)
        parts = []
        for candidates in block_sizes(rows * selection.candidates, most_rows(len(model.encoder.domain))):
            on_event(Event("sampling", start, n, f"{selection.candidates} candidates a row"))
            parts.append(_draw_codes(model, block, candidates, seeds))
            block += 1
        pool = Encoded.joined(parts).take(np.arange(rows * selection.candidates))
        for_choice, for_values = (rng_at(seeds, _CHOSEN, sheet, i) for i in range(2))
        yield model.encoder.decode(selection.choose(pool, rows, for_choice, on_event), for_values)
    on_event(Event("sampling", n, n))


def _valid(model: Model) -> Conditioned:
    """The model's rows under its rules alone."""
    return Conditioned.of(model, None, "rules")


def _chosen_of_valid(
    model: Model,
    selection: Selection,
    n: int,
    seeds: np.random.SeedSequence,
    on_event: OnEvent,
    sieve: Sieve,
) -> Iterator[pd.DataFrame]:
    """As `_chosen`, from pools of rows that meet the rules; of fewer candidates where those are rare."""
    valid = _valid(model)
    for sheet, start in enumerate(range(0, max(n, 1), selection.most_rows)):
        rows = min(selection.most_rows, n - start)
        place = seeds_at(seeds, _LEARNT, sheet)
        candidates = rows * selection.candidates
        pool = pd.concat(list(valid.draw(candidates, place, on_event, sieve, enough=rows)), ignore_index=True)
        for_choice = rng_at(seeds, _CHOSEN, sheet, 0)
        chosen = pool.iloc[selection.places(model.encoder.encode(pool), rows, for_choice, on_event)]
        sieve.hold(chosen)
        yield chosen


def _fakes(schema: Schema, rows: int, seeds: np.random.SeedSequence) -> pd.DataFrame:
    """The invented columns, each from a seed of its own."""
    columns = [pd.DataFrame(index=pd.RangeIndex(rows))]
    for number, column in enumerate(schema.released_as(Treatment.FAKE)):
        entity = schema.entity if column.name == schema.entity else None
        alone = Schema(columns=(column,), entity=entity)
        columns.append(fake_columns(alone, rows, rng_at(seeds, number)))
    return pd.concat(columns, axis=1)
