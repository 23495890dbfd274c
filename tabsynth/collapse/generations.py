"""Generation after generation: learn a table, draw rows, and let them be learnt again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from privacy import ConfigError, Event, OnEvent, Schema, Treatment, canonical, silent
from tabsynth.auto import settled
from tabsynth.collapse.regimes import Regime
from tabsynth.config import RunConfig
from tabsynth.fit import fit
from tabsynth.sample import sampled
from tabsynth.seeds import rng_at, seeds_at
from tabsynth.source import released_frame
from tabsynth.synthesizer import split_development

_LEARN, _DRAW, _MIX = 0, 1, 2
_FIRST = 9
"""The place of the first generation, which all regimes share: it learns the real rows alone."""

DEVELOPMENT = 0.1
"""Share of each table that stops its training early, as `Synthesizer` sets it aside."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One engine retrained on its own rows. schema: of learnt columns and the entity, see `chained_schema`.

    real: canonical rows to learn; rows: of each generation. seeds: of this line; another line, another course.
    """

    real: pd.DataFrame = field(repr=False)
    schema: Schema
    config: RunConfig
    rows: int
    generations: int
    seeds: np.random.SeedSequence
    on_event: OnEvent = silent

    def courses(self, tried: Sequence[Regime]) -> Iterator[tuple[Regime, int, pd.DataFrame]]:
        """Every regime's rows, generation by generation from 1. The first generation is one and the same."""
        settled_line = self._settled()
        first = settled_line._born(self.real, _FIRST, 0, 1)
        for regime in tried:
            before = [first]
            yield regime, 1, first
            for generation in range(2, self.generations + 1):
                note = f"{regime.name}, generation {generation} of {self.generations}"
                self.on_event(Event("retraining", note=note))
                rng = rng_at(self.seeds, *regime.place, generation, _MIX)
                table = regime.table(self.real, before, self.rows, rng)
                before.append(settled_line._born(table, *regime.place, generation))
                yield regime, generation, before[-1]

    def _settled(self) -> Line:
        """With an engine in place of "auto": chosen once, on the real rows, and kept."""
        rng = rng_at(self.seeds, _FIRST, 1)
        train, development = split_development(self.real, self.schema, DEVELOPMENT, rng)
        choice = settled(train, development, self.schema, self.config, rng, self.on_event)
        return replace(self, config=choice.config)

    def _born(self, table: pd.DataFrame, *place: int) -> pd.DataFrame:
        """The rows of the next generation, as a release would hand them on."""
        rng = rng_at(self.seeds, *place, _LEARN)
        train, development = split_development(table, self.schema, DEVELOPMENT, rng)
        model = fit(train, development, self.schema, self.config, rng)
        drawn = sampled(model, self.rows, seeds_at(self.seeds, *place, _DRAW)).table
        learnt = [column.name for column in self.schema.released_as(Treatment.MODEL)]
        rows = canonical(
            released_frame(drawn[learnt], self.schema), self.schema, table="synthetic", optional=self._keys()
        )
        entity = self.schema.entity
        if entity is None:
            return rows
        born = "-".join(map(str, place))
        persons = [f"synthetic {born} {number}" for number in range(len(rows))]
        return rows.assign(**{entity: persons})[list(self.schema.names)]

    def _keys(self) -> frozenset[str]:
        return frozenset() if self.schema.entity is None else frozenset({self.schema.entity})


def chained_schema(schema: Schema) -> Schema:
    """The columns that are handed on: those that are learnt, and the entity key, to tell persons apart.

    Every synthetic row is a person of its own. ConfigError where nothing is learnt.
    """
    kept = [
        column
        for column in schema.columns
        if column.released_as is Treatment.MODEL or column.name == schema.entity
    ]
    if not any(column.name != schema.entity for column in kept):
        raise ConfigError("no column is learnt, so nothing could be learnt again", todo="correct the schema")
    return schema.model_copy(update={"columns": tuple(kept)})
