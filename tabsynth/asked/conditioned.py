"""Rows that meet a condition, block by block, given up early when the model hardly ever draws one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from privacy import ConfigError, Event, OnEvent
from tabsynth.artifact import Model
from tabsynth.asked.boxes import boxes_of, named
from tabsynth.asked.tries import tries_within
from tabsynth.asked.typical import CodeBook
from tabsynth.condition import Condition
from tabsynth.generators import Given
from tabsynth.generators.conditional import Conditional, Tries
from tabsynth.seeds import rng_at

_FIRST_TRIES, _DOUBLINGS = 4096, 4
_MOST_TRIES, _TRIES_A_ROW = 2**20, 10_000
_MOST_LOOKS, _LOOKS_A_ROW = 2**17, 1000


@dataclass(frozen=True, slots=True, eq=False)
class Conditioned:
    """A model's rows under a condition that nothing known forbids. place: the option that it came from."""

    model: Model
    condition: Condition
    tries: Tries
    place: str

    @classmethod
    def of(
        cls, model: Model, condition: Condition, place: str = "--where", book: CodeBook | None = None
    ) -> Conditioned:
        """Raises ConfigError, before any drawing, when no row of the model can meet the condition.

        book: that of the model, made when None.
        """
        book = book or CodeBook(model.encoder, model.schema)
        boxes = boxes_of(condition, book, place)
        tries = tries_within(model.generator, boxes, model.encoder.domain)
        if not tries.reach:
            raise ConfigError(
                "the model never draws such rows",
                where=f"{place}, {named(_never(model, boxes))}",
                todo="loosen the condition",
            )
        return cls(model, condition, tries, place)

    def draw(self, n: int, seeds: np.random.SeedSequence, on_event: OnEvent) -> Iterator[pd.DataFrame]:
        """The canonical rows of the learnt columns, `n` or more, and one frame at least.

        Raises ConfigError when fewer than one in 1000 of over 131,072 rows looked at met the condition, or fewer
        than one in 10,000 of over 1,048,576 tries, most of which end before there is a row to look at.
        """
        found, looked, tried, block = 0, 0, 0, 0
        while found < n or not block:
            on_event(Event("sampling", found, n, f"{found} of {tried} tries met the condition"))
            tries = _FIRST_TRIES * 2 ** min(block, _DOUBLINGS)
            coded = self.tries.attempt(tries, rng_at(seeds, block, 0))
            frame = self.model.encoder.decode(coded, rng_at(seeds, block, 1))
            rows = frame[self.condition.mask(frame)]
            found, looked, tried, block = found + len(rows), looked + len(frame), tried + tries, block + 1
            yield rows
            if found < n and _is_too_rare(found, looked, tried):
                raise self._given_up(found, n, tried)
        on_event(Event("sampling", n, n))

    def _given_up(self, found: int, n: int, tried: int) -> ConfigError:
        return ConfigError(
            f"only {found} of {n} rows met the condition after {tried} tries ({found / tried:.2g} of them);"
            " the model rarely produces such rows",
            where=self.place,
            todo="ask for fewer rows, or loosen the condition",
        )


def _is_too_rare(found: int, looked: int, tried: int) -> bool:
    """Whether to give up: enough has been done, and it will not come out in reasonable time."""
    in_vain = looked > _MOST_LOOKS and found * _LOOKS_A_ROW < looked
    return in_vain or (tried > _MOST_TRIES and found * _TRIES_A_ROW < tried)


def _never(model: Model, boxes: list[Given]) -> list[str]:
    """The names of columns that alone rule out every box; of all that are bound, when none does alone."""
    generator, names = model.generator, model.encoder.names
    bound = sorted({column for box in boxes for column in box})
    if not isinstance(generator, Conditional):
        return [names[column] for column in bound]
    alone = [
        column
        for column in bound
        if all(column not in box or not generator.under({column: box[column]}).reach for box in boxes)
    ]
    return [names[column] for column in alone or bound]
