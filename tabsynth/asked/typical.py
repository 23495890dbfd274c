"""Typical values of every code: a condition is true of some value of a code only if it is true of one of these.

Between two neighbouring values that a condition compares a column with, its truth does not change.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy import Schema
from tabsynth.condition import Compare, Condition, OneOf
from tabsynth.domain import Encoded
from tabsynth.encode import Encoder

_DAY = 86400.0
_BELOW_ONE = np.nextafter(np.float32(1), np.float32(0))

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Typical:
    """frame: one column, one typical value a row. codes: (rows,) the code that each is a value of."""

    frame: pd.DataFrame
    codes: NDArray[np.int32]


class CodeBook:
    """What the codes of an encoder can decode to."""

    def __init__(self, encoder: Encoder, schema: Schema) -> None:
        self.encoder = encoder
        self._schema = schema

    def axis(self, column: str) -> int:
        """The axis where a condition on the column belongs."""
        return self.encoder.names.index(column)

    def typical(self, column: str, compared: Collection[float]) -> Typical:
        """Values of every code of the column, for conditions that compare it with no other numbers than these."""
        at = self.axis(column)
        plain = self.encoder.plain_values(at)
        codes = np.arange(len(plain), dtype=np.int32)
        if self.encoder.domain.axes[at].discrete:
            return Typical(pd.DataFrame({column: pd.Series(plain)}), codes)
        low, high = self._ends(column)
        values = self._with_middles(column, np.unique([*low, *high, *compared]))
        inside = (values >= low[:, None]) & (values <= high[:, None])
        bins, which = np.nonzero(inside)
        numbers = [np.nan if value is None else value for value in plain]
        frame = pd.DataFrame({column: np.array([*numbers, *values[which]], np.float64)})
        return Typical(frame, np.concatenate([codes, bins + len(plain)]).astype(np.int32))

    def _with_middles(self, column: str, ascending: Floats) -> Floats:
        """The numbers and one between every two neighbours, if the column's decimals leave room for one."""
        middles = (ascending[:-1] + ascending[1:]) / 2
        decimals = self._schema[column].decimals
        if decimals is not None:
            middles = np.round(middles, decimals)
            middles = middles[(middles > ascending[:-1]) & (middles < ascending[1:])]
        both: Floats = np.unique(np.concatenate([ascending, middles]))
        return both

    def _ends(self, column: str) -> tuple[Floats, Floats]:
        """(bins,) the lowest and the highest value of every bin; of a date with times, of its whole days."""
        at = self.axis(column)
        bins, names = self.encoder.domain.axes[at].bins, self.encoder.names
        low, high = (ends[column].to_numpy()[:bins] for ends in self._decoded_ends)
        if at + 1 < len(names) and names[at + 1] not in self.encoder.columns:
            return np.floor(low / _DAY) * _DAY, np.floor(high / _DAY) * _DAY + _DAY
        return low, high

    @cached_property
    def _decoded_ends(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Row b: what every column's bin b decodes to at its lower and at its upper end; values rise between.

        Without heaps: these round whole bins' ends inward, but not all values beyond them.
        """
        axes = self.encoder.domain.axes
        bins = np.arange(max(axis.bins for axis in axes))
        codes = np.column_stack([np.minimum(axis.plain + bins, axis.size - 1) for axis in axes])
        ends = [
            Encoded(self.encoder.domain, codes.astype(np.int32), np.full(codes.shape, residual, np.float32))
            for residual in (0, _BELOW_ONE)
        ]
        plain = self.encoder.without_heaps()
        low, high = (plain.decode(each, np.random.default_rng(0)) for each in ends)
        return low, high


def compared_numbers(condition: Condition) -> dict[str, set[float]]:
    """The numbers that a condition compares each column with."""
    numbers: dict[str, set[float]] = {}
    for atom in condition.atoms():
        match atom:
            case Compare(name, _, value):
                values = frozenset({value})
            case OneOf(name, values):
                pass
            case _:
                continue
        numbers.setdefault(name, set()).update(value for value in values if isinstance(value, float))
    return numbers
