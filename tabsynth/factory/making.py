"""From the people to learn from to the rows that would leave: choose an engine, learn, draw, check, cut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from privacy import ConfigError, Event, InternalError, OnEvent, Schema, Treatment, canonical
from tabsynth.artifact import Model
from tabsynth.auto import Choice, settled
from tabsynth.check import FEWEST_PEOPLE, Checker
from tabsynth.config import RunConfig
from tabsynth.factory.filters import (
    FEWEST_SURPRISING,
    Different,
    Expected,
    Plausible,
    are_equals_strange,
)
from tabsynth.factory.funnel import Funnel
from tabsynth.factory.possible import places_of, require_possible
from tabsynth.fit import fit, told_of_withheld
from tabsynth.lineage.ancestry import Lineage
from tabsynth.need import Standing, standings
from tabsynth.rules import Rule, enforced
from tabsynth.sample import sampled
from tabsynth.source import public_schema, released_frame
from tabsynth.split import split, units_of

_PILOT_ROWS = (4_000, 20_000)
"""At least and at most, for the checker to learn from; never released."""


_UNRULED = (
    "no rules were given: what holds in every real row may not hold in these; tabsynth rules suggests some"
)


@dataclass(frozen=True, eq=False)
class Made:
    """model: that drew the rows. table: as it would leave, without marks. config: of what was chosen; choice: how.
    funnel: what was cut on the way. need: how each segment stood. checker: None where nobody was left for it."""

    model: Model
    table: pd.DataFrame
    config: RunConfig
    choice: Choice
    funnel: Funnel
    need: tuple[Standing, ...]
    checker: Checker | None

    def facts(self) -> dict[str, Any]:
        """As JSON, for the manifest."""
        told: dict[str, Any] = {"funnel": self.funnel.facts()}
        if self.model.choice:
            told["choice"] = self.model.choice
        if self.model.rules:
            told["rules"] = [rule.text() for rule in self.model.rules]
        if self.need:
            told["need"] = [standing.sentence() for standing in self.need]
        if self.checker is not None:
            told["checker"] = {"auc": round(self.checker.auc, 4)}
        return told

    def lines(self) -> list[str]:
        """For a person to read."""
        withheld = told_of_withheld(self.model)
        needs = [standing.sentence() for standing in self.need]
        unruled = [] if self.model.rules else [_UNRULED]
        return [*([withheld] if withheld else []), *unruled, *needs, *self.funnel.lines()]


def make(
    train: pd.DataFrame,
    development: pd.DataFrame,
    schema: Schema,
    config: RunConfig,
    rng: np.random.Generator,
    on_event: OnEvent,
    watch: Callable[[str], None],
    lineage: Lineage | None = None,
) -> Made:
    """Rows as the configuration asks for. train, development: canonical. watch: is told every stage at its end.

    Raises ConfigError, before any training, for a need that no table can meet, or a segment of which
    nothing could be learnt.
    """
    rows = config.need.rows(config.rows) or len(train)
    stand = standings(train, schema, config.need, rows, config.least)
    for standing in stand:
        on_event(Event("need", note=standing.sentence()))
    _require_learnable(stand)
    require_possible(train, schema, config, rows)
    tuning, checking = _apart(development, schema, config, rng)
    choice = settled(train, tuning, schema, config, rng, on_event)
    config = choice.config
    watch("choice")
    fitted = fit(train, tuning, schema, config, rng, on_event)
    model = replace(fitted, choice=choice.facts(), learnt_from=lineage)
    watch("fit")
    pilot = _pilot(model, len(checking), rng, on_event)
    checker = _checker(pilot, checking, schema, rng, on_event) if len(checking) else None
    filters = (
        *_of_people(checker, checking, model, schema, config, on_event),
        *_of_equals(train, pilot, rows, schema, config),
    )
    watch("check")
    drawn = sampled(
        replace(model, rules=(*model.rules, *filters)),
        rows,
        _seeds(rng),
        shares=config.need.shares(rows) or None,
        on_event=on_event,
        places=places_of(config.need),
    )
    public = public_schema(schema)
    table = released_frame(drawn.table[list(public.names)], schema)
    if model.rules and not enforced(model.rules, canonical(table, public, table="synthetic"), public):
        raise InternalError("rows that break a rule got through the sieve")
    watch("sample")
    return Made(model, table, config, choice, Funnel.of(drawn.cuts, rows), stand, checker)


def _require_learnable(stand: tuple[Standing, ...]) -> None:
    for standing in stand:
        if not standing.can_be_learnt:
            raise ConfigError(
                f"would be {standing.verdict} are there to learn from",
                where=f"segment {standing.name}",
                todo="widen its condition, or leave it out",
            )


def _apart(
    development: pd.DataFrame, schema: Schema, config: RunConfig, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The development persons in two: to tune and choose by, and to check by, nobody where they are too few."""
    nobody = development.iloc[:0]
    is_wanted = config.filter.plausibility or config.filter.surprise
    if not is_wanted or _persons(development, schema) < FEWEST_PEOPLE:
        return development, nobody
    sides = split(development, schema, key=rng.bytes(32), train=0.5, development=0.0, control=0.5)
    checking = sides.control.open()
    if _persons(checking, schema) < FEWEST_PEOPLE:
        return development, nobody
    return sides.train, checking


def _persons(frame: pd.DataFrame, schema: Schema) -> int:
    return len(np.unique(units_of(frame, schema)))


def _pilot(model: Model, people: int, rng: np.random.Generator, on_event: OnEvent) -> pd.DataFrame:
    """Rows of the model that go nowhere else, for so many people to be compared with."""
    least, most = _PILOT_ROWS
    rows = min(max(2 * people, least), most)
    return sampled(replace(model, selection=None), rows, _seeds(rng), on_event=on_event).table


def _checker(
    pilot: pd.DataFrame, people: pd.DataFrame, schema: Schema, rng: np.random.Generator, on_event: OnEvent
) -> Checker:
    on_event(Event("learning what is plausible", note=f"from {len(people):,} rows of people set aside"))
    return Checker.fit(people, units_of(people, schema), pilot, schema, rng)


def _of_people(
    checker: Checker | None,
    people: pd.DataFrame,
    model: Model,
    schema: Schema,
    config: RunConfig,
    on_event: OnEvent,
) -> list[Rule]:
    """What the people set aside are asked about."""
    found: list[Rule] = []
    if checker is not None and config.filter.plausibility:
        found.append(Plausible.by(checker, config.filter.plausibility))
    if config.filter.surprise:
        expected = Expected.by(model, people, units_of(people, schema), config.filter.surprise)
        if expected is None:
            note = f"{model.name} cannot tell, or fewer than {FEWEST_SURPRISING} people set aside would be beyond"
            on_event(Event("no row is cut for its surprise", note=note))
        else:
            found.append(expected)
    return found


def _of_equals(
    train: pd.DataFrame, pilot: pd.DataFrame, rows: int, schema: Schema, config: RunConfig
) -> list[Rule]:
    learnt = tuple(column.name for column in schema.released_as(Treatment.MODEL))
    if config.filter.duplicates and are_equals_strange(train, pilot, learnt, rows):
        return [Different(columns=learnt)]
    return []


def _seeds(rng: np.random.Generator) -> np.random.SeedSequence:
    return np.random.SeedSequence(int(rng.integers(2**63)))
