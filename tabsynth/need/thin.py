"""Where a table is thin: how many levels of a column few persons have. No level is named."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from privacy import Kind, Schema, Treatment
from tabsynth.need.gap import LEARNT_FROM
from tabsynth.split import units_of

HEADINGS = ("column", "levels", f"of fewer than {LEARNT_FROM} persons", "pooled")


@dataclass(frozen=True, slots=True)
class ThinLevels:
    """One column. thin: levels of fewer than LEARNT_FROM persons; pooled: those of so few that they are pooled."""

    column: str
    levels: int
    thin: int
    pooled: int

    def line(self) -> tuple[str, ...]:
        """Under HEADINGS."""
        return (self.column, f"{self.levels:,}", f"{self.thin:,}", f"{self.pooled:,}")


def thin_levels(people: pd.DataFrame, schema: Schema, least: int) -> tuple[ThinLevels, ...]:
    """The categorical and boolean columns of a canonical table that have thin levels, the most first.

    least: persons of fewer than whom a level is pooled.
    """
    units = pd.Series(units_of(people, schema), index=people.index)
    found = []
    for column in schema.released_as(Treatment.MODEL):
        if column.kind not in (Kind.CATEGORICAL, Kind.BOOLEAN):
            continue
        persons = units.groupby(people[column.name], observed=True).nunique().to_numpy(np.int64)
        thin, pooled = int((persons < LEARNT_FROM).sum()), int((persons < least).sum())
        if thin:
            found.append(ThinLevels(column.name, len(persons), thin, pooled))
    return tuple(sorted(found, key=lambda each: -each.thin))
