"""A table as what the search looks at: numbers, codes of values, gaps, and one row of each person."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy import Column, Kind, Schema, Treatment
from tabsynth.rules.rule import LISTED
from tabsynth.split import units_of

Codes = NDArray[np.int64]

EXPECTED = 20
"""Rows that would break a rule if its columns had nothing to do with each other, at least: a rule that holds by
chance would then hold in one of e^20 tables."""

_FEW = 2000
"""Rows to look at before all of them."""


class Columns:
    """The learnt columns of a canonical table."""

    def __init__(self, frame: pd.DataFrame, schema: Schema) -> None:
        self.columns = schema.released_as(Treatment.MODEL)
        self.frame = frame.reset_index(drop=True)
        self.rows = len(frame)
        units = units_of(frame, schema) if schema.entity is not None else np.arange(len(frame))
        self.one_each: NDArray[np.int64] = np.unique(units, return_index=True)[1]

    def of_kind(self, *kinds: Kind) -> list[Column]:
        """The columns of these kinds that have more than one value."""
        return [column for column in self.columns if column.kind in kinds and self.sizes[column.name] > 1]

    def numbers(self, name: str) -> NDArray[np.float64]:
        """(rows,) a numeric or date column."""
        return self.frame[name].to_numpy(dtype=np.float64)

    @cached_property
    def codes(self) -> dict[str, Codes]:
        """(rows,) of each column, equal numbers for equal values, -1 for gaps."""
        return {
            column.name: pd.factorize(self.frame[column.name])[0].astype(np.int64) for column in self.columns
        }

    @cached_property
    def sizes(self) -> dict[str, int]:
        """How many different values each column has."""
        return {name: int(codes.max(initial=-1)) + 1 for name, codes in self.codes.items()}

    @cached_property
    def gaps(self) -> dict[str, NDArray[np.bool_]]:
        """(rows,) where each column has no value."""
        return {name: codes < 0 for name, codes in self.codes.items()}

    @cached_property
    def few(self) -> NDArray[np.int64]:
        """Rows for a first look, spread over the table by chance, the same every time."""
        return np.sort(np.random.default_rng(0).permutation(self.rows)[:_FEW])

    @cached_property
    def deciding(self) -> list[str]:
        """Columns whose values many rows share, so that they may decide others: five persons a value or more."""
        return [
            column.name
            for column in self.of_kind(*LISTED)
            if (column.kind is not Kind.NUMERIC or column.decimals == 0)
            and self.sizes[column.name] * 5 <= len(self.one_each)
        ]

    def agreement(self, name: str) -> float:
        """The chance that two persons, both with a value, have the same."""
        codes = self.codes[name][self.one_each]
        alike = np.bincount(codes[codes >= 0]).astype(np.float64)
        known = alike.sum()
        return float((alike * (alike - 1)).sum() / max(known * (known - 1), 1))
