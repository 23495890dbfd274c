"""Whether a need can be met at all: asked of the schema and of the people's codes, before anything is learnt."""

from __future__ import annotations

import pandas as pd

from privacy import ConfigError, Schema, Treatment, one_line
from tabsynth.asked.apart import no_rest, require_apart, rest_of
from tabsynth.asked.boxes import boxes_of
from tabsynth.asked.shares import ROUNDING, Places
from tabsynth.asked.typical import CodeBook
from tabsynth.condition import Condition
from tabsynth.config import RunConfig
from tabsynth.encode import Encoder
from tabsynth.need import Need
from tabsynth.rules import derived_columns
from tabsynth.split import units_of
from tabsynth.where import parse_where


def require_possible(people: pd.DataFrame, schema: Schema, config: RunConfig, rows: int) -> None:
    """ConfigError when no model of `people`, canonical, could draw `rows` rows as the need asks for them.

    That a segment has too few persons is not asked here: see `Standing`.
    """
    need = config.need
    _require_target(schema, need)
    shares, places = need.shares(rows), places_of(need)
    if not shares:
        return
    conditions = [parse_where(text, schema, places.of(at)) for at, text in enumerate(shares, start=1)]
    encoder = Encoder.fit(people, schema, units_of(people, schema), least=config.least)
    book = CodeBook(encoder, schema)
    require_apart(conditions, book, places)
    computed = derived_columns(config.rules)
    for at, condition in enumerate(conditions, start=1):
        if condition.mask(people).any() and not condition.columns & computed:
            boxes_of(condition, book, places.of(at))
    if sum(shares.values()) < 1 - ROUNDING:
        _require_rest(rest_of(conditions), computed, book, places)


def places_of(need: Need) -> Places:
    """What messages call the segments that state a size."""
    return Places("need.segments", tuple(f"segment {segment.name}" for segment in need.sized))


def _require_target(schema: Schema, need: Need) -> None:
    learnt = {column.name for column in schema.released_as(Treatment.MODEL)}
    if need.target is not None and need.target not in learnt:
        raise ConfigError(
            "is no column that is learnt", where=f"need.target {one_line(need.target, 40)}", todo="name one"
        )


def _require_rest(rest: Condition, computed: frozenset[str], book: CodeBook, places: Places) -> None:
    if rest.columns & computed:
        return
    try:
        boxes_of(rest, book, places.together)
    except ConfigError:
        raise no_rest(places) from None
