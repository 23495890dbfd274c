"""The curves: every generation's rows measured against people held back before the first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from privacy import Event, OnEvent, Schema, fidelity_of, silent
from tabsynth.collapse.generations import Line
from tabsynth.collapse.regimes import Regime
from tabsynth.source import released_frame

PARTS = ("single columns", "pairs", "classifier", "tails", "diversity")
"""Of the audit's fidelity, what a curve can be drawn of in seconds a table."""

FLOOR = "floor"
"""The regime of generation 0: the real rows that are learnt, in place of synthetic ones."""


class Point(BaseModel):
    """The measures of one generation's rows. values: "group/measure" -> number, as the audit names them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    regime: str
    seed: int
    generation: int
    values: dict[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """What canonical rows are measured with. held_out: never learnt by any generation. seeds: of the measuring,
    the same for every table of a line, so that curves differ by their rows alone."""

    real: pd.DataFrame = field(repr=False)
    held_out: pd.DataFrame = field(repr=False)
    schema: Schema
    seeds: np.random.SeedSequence
    on_event: OnEvent = silent

    def values(self, rows: pd.DataFrame) -> dict[str, float]:
        rng = np.random.default_rng(self.seeds)
        real, people, made = (released_frame(part, self.schema) for part in (self.real, self.held_out, rows))
        found = fidelity_of(real, people, made, self.schema, rng, PARTS)
        return {f"{measure.group}/{measure.name}": measure.value for measure in found}


def points(line: Line, bench: Bench, tried: Sequence[Regime], seed: int) -> Iterator[Point]:
    """The floor, then every regime's generations. The first generation is measured once."""
    yield Point(regime=FLOOR, seed=seed, generation=0, values=bench.values(line.real))
    first: dict[str, float] | None = None
    for regime, generation, rows in line.courses(tried):
        if generation == 1:
            first = first or bench.values(rows)
            yield Point(regime=regime.name, seed=seed, generation=1, values=first)
            continue
        line.on_event(Event("measuring", note=f"{regime.name}, generation {generation}"))
        yield Point(regime=regime.name, seed=seed, generation=generation, values=bench.values(rows))
