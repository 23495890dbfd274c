"""How a need stands against the people there are: what of it can be learnt, and what would be invention."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy import SMALL_CELL, Schema, percent
from tabsynth.need.spec import Need
from tabsynth.split import units_of
from tabsynth.where import parse_where

LEARNT_FROM = 100
"""Persons from whom the way columns hang together can be learnt: as many as a leaf of a tree holds by default."""

HEADINGS = ("segment", "persons", "share now", "rows wanted", "rows a person", "what that is")

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Standing:
    """One segment. persons: in it. rows, of_rows: its rows and all rows. wanted: rows of the new table, None where
    nothing is stated. least: persons without whom nothing of a level is learnt. learnt: share of the persons that
    are learnt from; the others are held back to tune and audit."""

    name: str
    persons: int
    rows: int
    of_rows: int
    wanted: int | None
    least: int
    learnt: float = 1.0

    @property
    def can_be_learnt(self) -> bool:
        """Whether anything of it would be more than invention."""
        return self.persons >= self.least

    @property
    def verdict(self) -> str:
        """What a table would say of these people."""
        if not self.can_be_learnt:
            return f"invention: fewer than {self.least} persons"
        if self._fewest_learnt < self.least:
            return (
                f"at the edge: {percent(self.learnt)} of them are learnt from, maybe fewer than {self.least}"
            )
        if self.persons * self.learnt < LEARNT_FROM:
            return "thin: single columns can be learnt, hardly how they hang together"
        return "can be learnt"

    @property
    def _fewest_learnt(self) -> float:
        """Persons who are drawn to be learnt from, but for one draw in forty with fewer."""
        return self.persons * self.learnt - 2 * math.sqrt(self.persons * self.learnt * (1 - self.learnt))

    def line(self) -> tuple[str, ...]:
        """Under HEADINGS; small numbers of persons are not told."""
        small = self.persons < SMALL_CELL
        wanted = "as they are" if self.wanted is None else f"{self.wanted:,}"
        each = "–" if small or self.wanted is None else f"{self.wanted / self.persons:.1f}"
        share = "–" if small else f"{self.rows / self.of_rows:.2%}"
        persons = f"fewer than {SMALL_CELL}" if small else f"{self.persons:,}"
        return (self.name, persons, share, wanted, each, self.verdict)

    def sentence(self) -> str:
        """For the record of a release, which recipients read: persons in tens, or two segments that overlap would
        tell how few are in one of them alone."""
        tens = self.persons // 10 * 10
        persons = f"fewer than {SMALL_CELL}" if self.persons < SMALL_CELL else f"about {tens:,}"
        wanted = "its rows" if self.wanted is None else f"{self.wanted:,} rows"
        return f"segment {self.name}: {wanted} rest on {persons} persons; {self.verdict}"


def standings(
    people: pd.DataFrame, schema: Schema, need: Need, rows: int, least: int, learnt: float = 1.0
) -> tuple[Standing, ...]:
    """Every segment of a need for a table of `rows`, against the canonical rows of `people`, see `Standing`.

    ConfigError for a condition that cannot be read.
    """
    wanted = need.shares(rows)
    units = units_of(people, schema)
    found = []
    for segment, here in zip(need.segments, masks(people, schema, need), strict=True):
        share = wanted.get(segment.where)
        found.append(
            Standing(
                name=segment.name,
                persons=len(np.unique(units[here])),
                rows=int(here.sum()),
                of_rows=len(people),
                wanted=None if share is None else round(share * rows),
                least=least,
                learnt=learnt,
            )
        )
    return tuple(found)


def masks(table: pd.DataFrame, schema: Schema, need: Need) -> list[Mask]:
    """For each segment, (rows,) which rows of a canonical table are in it."""
    return [
        parse_where(segment.where, schema, f"segment {segment.name}").mask(table) for segment in need.segments
    ]
