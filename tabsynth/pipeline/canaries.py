"""Canaries: made-up persons whose going in a coin decides, so that finding them again can be counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy import Column, Kind, Schema, Treatment
from tabsynth.pipeline.twin import learnt_columns

_LARGEST = 1e100
"""Beyond, a number further out is hard to write down."""


class Sort(StrEnum):
    """What a canary looks like: anybody, nobody, or somebody outside the source's ranges and levels."""

    TYPICAL = "typical"
    ISOLATED = "isolated"
    FOREIGN = "out of range"


@dataclass(frozen=True, slots=True)
class Mark:
    """The one cell of a foreign canary that no one else has.

    value: a word, or a number. beyond: past which end of a number's range it lies, +1 or -1; 0 for a word.
    limit: no number up to here could be told from rounding; halfway into the gap that the canary leaves.
    """

    column: str
    value: str | float
    beyond: int = 0
    limit: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Canaries:
    """frame: canonical, every column of the schema, a row each. sorts: (canaries,). marks: canary -> its mark.

    empty_ends: for each column with numbers out of range, the mark of the other end, where no canary lies.
    """

    frame: pd.DataFrame
    sorts: NDArray[np.object_]
    marks: dict[int, Mark]
    empty_ends: tuple[Mark, ...]


def make_canaries(
    train: pd.DataFrame, schema: Schema, count: int, least: int, rng: np.random.Generator
) -> Canaries:
    """`count` canaries, a third of each sort.

    Typical ones mix two real rows; isolated ones take any value that occurs, column by column, however rare;
    foreign ones are typical but for their mark. At each end of a number lie fewer canaries than `least`,
    and every foreign word has one carrier: a pipeline that keeps its promise about `least` lets none through.
    """
    sorts = np.array([*Sort], dtype=object)[np.arange(count) % len(Sort)]
    frame = _mixed(train, schema, count, rng)
    alone = np.flatnonzero(sorts == Sort.ISOLATED)
    for name in learnt_columns(schema):
        frame.loc[alone, name] = _anything(train[name], len(alone), rng)
    free, empty_ends = _marks(train, schema, max(1, least // 2), count, rng)
    marks = dict(zip(np.flatnonzero(sorts == Sort.FOREIGN).tolist(), free, strict=False))
    for canary, mark in marks.items():
        frame.loc[canary, mark.column] = mark.value
    tried = {mark.column for mark in marks.values()}
    return Canaries(frame, sorts, marks, tuple(end for end in empty_ends if end.column in tried))


def _mixed(train: pd.DataFrame, schema: Schema, count: int, rng: np.random.Generator) -> pd.DataFrame:
    """Rows that take each column from one of two real rows; nothing in the other columns but a new entity."""
    first, second = rng.integers(0, len(train), (2, count))
    learnt = set(learnt_columns(schema))
    columns = {}
    for column in schema:
        values = train[column.name].to_numpy()
        if column.name in learnt:
            columns[column.name] = values[np.where(rng.random(count) < 0.5, first, second)]
        elif column.name == schema.entity:
            columns[column.name] = _new_entities(train[column.name], count)
        else:
            columns[column.name] = np.full(count, np.nan if values.dtype.kind == "f" else None, values.dtype)
    return pd.DataFrame(columns)


def _new_entities(series: pd.Series, count: int) -> NDArray[Any]:
    """(count,) entities that nobody has."""
    if series.dtype.kind == "f":
        return float(series.max()) + 1.0 + np.arange(count)
    longest = max(map(len, series.dropna()), default=0)
    return np.array([f"canary {number}".ljust(longest + 1, ".") for number in range(count)], dtype=object)


def _anything(series: pd.Series, count: int, rng: np.random.Generator) -> NDArray[Any]:
    """(count,) any of the column's values, the rare as often as the frequent; missing where it has none."""
    known: NDArray[Any] = np.asarray(series.dropna().unique())
    if not len(known):
        known = np.array([np.nan if series.dtype.kind == "f" else None])
    return rng.choice(known, count)


def _marks(
    train: pd.DataFrame, schema: Schema, an_end: int, count: int, rng: np.random.Generator
) -> tuple[Iterator[Mark], list[Mark]]:
    """Marks in random order, at most `an_end` past one random end of every number; and the ends left empty.

    Truth values have no third level, and a column of missing cells has no range.
    """
    marks: list[Mark] = []
    empty_ends = []
    for column in schema.released_as(Treatment.MODEL):
        known = train[column.name].dropna()
        if column.kind is Kind.BOOLEAN or known.empty:
            continue
        if known.dtype.kind != "f":
            words = rng.integers(0, 2**62, -(-count // len(schema.columns)))
            marks.extend(Mark(column.name, f"canary {word:x}") for word in words)
            continue
        ends = _ends(known, column)
        if ends is None:
            continue
        past = int(rng.integers(2))
        marks.extend(_past(ends[past], step) for step in range(1, an_end + 1))
        empty_ends.append(ends[1 - past])
    return iter([marks[place] for place in rng.permutation(len(marks))]), empty_ends


def _ends(known: pd.Series, column: Column) -> tuple[Mark, Mark] | None:
    """Both ends of a column's numbers, seen or declared; None where there is no room beyond."""
    low, high = float(known.min()), float(known.max())
    low = low if column.minimum is None else min(low, column.minimum)
    high = high if column.maximum is None else max(high, column.maximum)
    if max(abs(low), abs(high)) > _LARGEST:
        return None
    width = np.ceil(max(high - low, 1.0))
    return (
        Mark(column.name, low, -1, low - width / 2),
        Mark(column.name, high, +1, high + width / 2),
    )


def _past(end: Mark, step: int) -> Mark:
    """A canary's mark `step` whole ranges past the end."""
    width = 2 * (end.limit - float(end.value))
    return Mark(end.column, float(end.value) + step * width, end.beyond, end.limit)
