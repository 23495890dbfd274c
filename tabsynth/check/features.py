"""A canonical table as numbers for a classifier, made from the frame alone: no encoder of ours is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy import Kind, Schema, SchemaError, Treatment

MOST_LEVELS = 100
"""Of a column; the rarer ones count as one."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """levels: by column, those that are told apart; None for a number or date."""

    levels: dict[str, pd.Index[str] | None]

    @classmethod
    def of(cls, tables: Sequence[pd.DataFrame], schema: Schema) -> Features:
        """For the learnt columns of these canonical tables."""
        learnt = schema.released_as(Treatment.MODEL)
        if not learnt:
            raise SchemaError("no column is left to check", todo="correct kinds and roles in the schema")
        return cls(
            {
                column.name: None
                if column.kind in (Kind.NUMERIC, Kind.DATETIME)
                else _commonest([table[column.name] for table in tables])
                for column in learnt
            }
        )

    @property
    def nominal(self) -> NDArray[np.bool_]:
        """(columns,) which are levels."""
        return np.array([levels is not None for levels in self.levels.values()])

    def matrix(self, table: pd.DataFrame) -> Floats:
        """(rows, columns) numbers, levels by their place, the rest as the place after the last, missing as NaN."""
        columns = np.empty((len(table), len(self.levels)))
        for at, (name, levels) in enumerate(self.levels.items()):
            if levels is None:
                columns[:, at] = table[name].to_numpy(np.float64)
                continue
            place = levels.get_indexer(pd.Index(table[name].astype(object))).astype(np.float64)
            place[place < 0] = len(levels)
            columns[:, at] = np.where(table[name].isna(), np.nan, place)
        return columns


def _commonest(columns: Sequence[pd.Series[str]]) -> pd.Index[str]:
    counts = pd.concat([column.astype(object) for column in columns], ignore_index=True).value_counts()
    return counts.index[:MOST_LEVELS]
