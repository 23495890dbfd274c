"""Synthetic rows in blocks, every block from a seed of its own.

Block number i is the same whoever draws it and whenever, so the work can be shared out, and a longer table
begins with the shorter one, unless its rows are chosen from candidates.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from privacy import ConfigError, Event, OnEvent, Schema, Treatment, silent
from tabsynth.artifact import Model
from tabsynth.condition import Condition
from tabsynth.domain import Encoded
from tabsynth.fakes import fake_columns
from tabsynth.generators import Given
from tabsynth.select import Selection
from tabsynth.where import PLACE, allowed_codes, parse_where

BLOCK_ROWS = 4096
_PATIENCE_ROWS = 2**18
_TRIES_A_ROW = 200
_SHEET_ROWS = 2**16
_LEARNT, _FAKED, _CHOSEN = 0, 1, 2


def sample(
    model: Model,
    n: int,
    seeds: np.random.SeedSequence,
    where: str | None = None,
    on_event: OnEvent = silent,
) -> pd.DataFrame:
    """`n` canonical rows: the released columns in the schema's order, identifiers invented.

    where: an SQL condition that every row meets, see `parse_where`. Raises ConfigError when it is wrong, or
    when the model produces such rows too rarely.
    """
    if where is not None:
        blocks = _drawn_where(model, n, seeds, parse_where(where, model.schema), on_event)
    elif model.selection is not None:
        blocks = _chosen(model, model.selection, n, seeds, on_event)
    else:
        blocks = _drawn(model, n, seeds, on_event)
    learnt = pd.concat(list(blocks), ignore_index=True).iloc[:n]
    faked = _fakes(model.schema, n, _child(seeds, _FAKED))
    order = [name for name in model.schema.names if name in learnt or name in faked]
    return pd.concat([learnt, faked], axis=1)[order]


def draw_block(
    model: Model, number: int, seeds: np.random.SeedSequence, given: Given | None = None
) -> pd.DataFrame:
    """Block `number`: `BLOCK_ROWS` canonical rows of the learnt columns, as `given` as the generator can."""
    for_values = np.random.default_rng(_child(seeds, _LEARNT, number, 1))
    return model.encoder.decode(_draw_codes(model, number, seeds, given), for_values)


def _draw_codes(model: Model, number: int, seeds: np.random.SeedSequence, given: Given | None) -> Encoded:
    for_codes = np.random.default_rng(_child(seeds, _LEARNT, number, 0))
    return model.generator.sample(BLOCK_ROWS, for_codes, given)


def _drawn(model: Model, n: int, seeds: np.random.SeedSequence, on_event: OnEvent) -> Iterator[pd.DataFrame]:
    """As many blocks as `n` rows need, at least one, so that no rows have columns too."""
    for number in range(max(-(-n // BLOCK_ROWS), 1)):
        on_event(Event("sampling", min(number * BLOCK_ROWS, n), n))
        yield draw_block(model, number, seeds)
    on_event(Event("sampling", n, n))


def _chosen(
    model: Model, selection: Selection, n: int, seeds: np.random.SeedSequence, on_event: OnEvent
) -> Iterator[pd.DataFrame]:
    """Sheets of rows, each chosen from a pool of its own, so that memory does not grow with `n`."""
    block = 0
    for sheet, start in enumerate(range(0, max(n, 1), _SHEET_ROWS)):
        rows = min(_SHEET_ROWS, n - start)
        parts = []
        for _ in range(max(-(-rows * selection.candidates // BLOCK_ROWS), 1)):
            on_event(Event("sampling", start, n, f"{selection.candidates} candidates a row"))
            parts.append(_draw_codes(model, block, seeds, None))
            block += 1
        pool = Encoded.joined(parts).take(np.arange(rows * selection.candidates))
        for_choice, for_values = (np.random.default_rng(_child(seeds, _CHOSEN, sheet, i)) for i in range(2))
        yield model.encoder.decode(selection.choose(pool, rows, for_choice, on_event), for_values)
    on_event(Event("sampling", n, n))


def _drawn_where(
    model: Model, n: int, seeds: np.random.SeedSequence, condition: Condition, on_event: OnEvent
) -> Iterator[pd.DataFrame]:
    """The rows that meet the condition, block by block, until they are `n`."""
    given = allowed_codes(condition, model.encoder)
    found, tried = 0, 0
    while found < n or not tried:
        on_event(Event("sampling", found, n, f"{found} of {tried} tries met the condition"))
        block = draw_block(model, tried // BLOCK_ROWS, seeds, given)
        kept = block[condition.mask(block)]
        found, tried = found + len(kept), tried + len(block)
        yield kept
        if found < n and tried >= (max(_PATIENCE_ROWS, _TRIES_A_ROW * n) if found else _PATIENCE_ROWS):
            raise ConfigError(
                f"only {found} of {n} rows met the condition after {tried} tries ({found / tried:.2g} of them);"
                " the model rarely produces such rows",
                where=PLACE,
                todo="ask for fewer rows, or loosen the condition",
            )
    on_event(Event("sampling", n, n))


def _fakes(schema: Schema, rows: int, seeds: np.random.SeedSequence) -> pd.DataFrame:
    """The invented columns, each from a seed of its own, so that more rows do not change the first ones."""
    columns = [pd.DataFrame(index=pd.RangeIndex(rows))]
    for number, column in enumerate(schema.released_as(Treatment.FAKE)):
        entity = schema.entity if column.name == schema.entity else None
        alone = Schema(columns=(column,), entity=entity)
        columns.append(fake_columns(alone, rows, np.random.default_rng(_child(seeds, number))))
    return pd.concat(columns, axis=1)


def _child(seeds: np.random.SeedSequence, *path: int) -> np.random.SeedSequence:
    """A descendant by its place alone; unlike `spawn`, asking twice gives the same."""
    return np.random.SeedSequence(
        seeds.entropy, spawn_key=(*seeds.spawn_key, *path), pool_size=seeds.pool_size
    )
