"""Rows that meet a condition and a model's rules, block by block, given up when hardly one is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from privacy import ConfigError, Event, OnEvent, percent
from tabsynth.artifact import Model
from tabsynth.asked.boxes import boxes_of, named
from tabsynth.asked.patience import Patience
from tabsynth.asked.tries import leaning_within, tries_within
from tabsynth.asked.typical import CodeBook
from tabsynth.blocks import FEWEST, most_rows
from tabsynth.condition import All, Condition
from tabsynth.generators import Given
from tabsynth.generators.conditional import Conditional, Tries
from tabsynth.rules import Sieve, derived_columns
from tabsynth.seeds import rng_at

_LEANS = "; too rare to wait for, so drawn under the condition, which bends them"

_DOUBLINGS = 4
"""How often the tries double under a condition, which may pick out few rows, from block to block."""


@dataclass(frozen=True, slots=True, eq=False)
class Conditioned:
    """A model's rows under a condition that nothing known forbids, None for all its rows.

    leaning: a second way, where the first finds hardly a row. place: the option that it came from.
    """

    model: Model
    condition: Condition | None
    tries: Tries
    leaning: Tries | None
    place: str

    @classmethod
    def of(
        cls,
        model: Model,
        condition: Condition | None,
        place: str = "--where",
        book: CodeBook | None = None,
    ) -> Conditioned:
        """Raises ConfigError, before any drawing, when no row of the model can meet the condition and the rules.

        book: that of the model, made when None.
        """
        book = book or CodeBook(model.encoder, model.schema)
        bound = _bound(model, condition)
        boxes = [{}] if bound is None else boxes_of(bound, book, place)
        tries = tries_within(model.generator, boxes)
        if not tries.reach:
            raise ConfigError(
                "the model never draws such rows",
                where=f"{place}, {named(_never(model, boxes))}",
                todo="loosen the condition",
            )
        leaning = leaning_within(model.generator, boxes, model.encoder.domain)
        return cls(model, condition, tries, leaning, place)

    def draw(
        self,
        n: int,
        seeds: np.random.SeedSequence,
        on_event: OnEvent,
        sieve: Sieve,
        enough: int | None = None,
    ) -> Iterator[pd.DataFrame]:
        """`n` canonical rows of the learnt columns, in one frame at least, all let through by the sieve.

        enough: so many will do where more are hard to come by. Raises ConfigError when such rows are too rare, see
        `Patience`.
        """
        patience, block, way, spare = Patience(), 0, self.tries, self.leaning
        while patience.found < n or not block:
            note = f"{patience.found} of {patience.tried} tries met all that is asked" if block else ""
            note += _LEANS if way is self.leaning else ""
            on_event(Event("sampling", patience.found, n, note))
            tries = self._tries(block, n - patience.found)
            coded = way.attempt(tries, rng_at(seeds, block, 0))
            frame = sieve.computed(self.model.encoder.decode(coded, rng_at(seeds, block, 1)))
            met = frame if self.condition is None else frame[self.condition.mask(frame)]
            rows = sieve.through(met, n - patience.found)
            patience.note(len(rows), len(met), len(frame), tries)
            block += 1
            yield rows
            if patience.found < n and patience.is_over:
                if spare is not None and not patience.is_cut_off:
                    patience, way, spare = patience.anew(), spare, None
                    continue
                if enough is not None and patience.found >= enough:
                    break
                raise self._given_up(patience, n, sieve)
        on_event(Event("sampling", n, n))

    def _tries(self, block: int, missing: int) -> int:
        """Tries of a block: rules alone leave most rows, conditions may leave few."""
        if self.condition is not None:
            return FEWEST << min(block, _DOUBLINGS)
        return min(max(missing, FEWEST), most_rows(len(self.model.encoder.domain)))

    def _given_up(self, patience: Patience, n: int, sieve: Sieve) -> ConfigError:
        found, tried, cuts = patience.found, patience.tried, sieve.cuts
        if cuts.rows_out * 2 < cuts.rows_in:
            text, share = cuts.hardest
            return ConfigError(
                f"only {found} of {n} rows met all rules after {tried} tries; this one cut most: {percent(share)}"
                " of the rows that came to it",
                where=f"rule {text}",
                todo="correct it or leave it out, ask for fewer rows, or try another generator",
            )
        met = f"no row met the condition after {tried} tries"
        if found:
            met = f"only {found} of {n} rows met the condition after {tried} tries ({found / tried:.2g} of them)"
        return ConfigError(
            f"{met}; the model rarely produces such rows",
            where=self.place,
            todo=self._advice(found),
        )

    def _advice(self, found: int) -> str:
        """What to do where hardly a row meets the condition."""
        looser = "loosen the condition" if not found else "ask for fewer rows, or loosen the condition"
        asked = frozenset() if self.condition is None else self.condition.columns
        computed = sorted(asked & derived_columns(self.model.rules))
        if not computed:
            return looser
        return f"{named(computed)} is computed from other columns by a rule: ask for values of these, or {looser}"


def _bound(model: Model, condition: Condition | None) -> Condition | None:
    """What the generator is to draw under: the condition, and those rules that are one.

    None of that about columns computed afterwards, whatever was drawn. A generator that only leans towards
    conditions would bend all rows for the sake of the rules.
    """
    parts = [] if condition is None else [condition]
    if isinstance(model.generator, Conditional):
        stated = (rule.condition(model.schema) for rule in model.rules)
        parts += [each for each in stated if each is not None]
    computed = derived_columns(model.rules)
    parts = [part for part in parts if not part.columns & computed]
    return All(tuple(parts)) if len(parts) > 1 else parts[0] if parts else None


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
