"""A canonical table <-> integer codes and residuals, column by column."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy import Column, Kind, Schema, SchemaError, SourceError, Treatment
from tabsynth.domain import Domain, Encoded
from tabsynth.encode.coder import Coder, Value
from tabsynth.encode.dates import Dates
from tabsynth.encode.levels import Levels
from tabsynth.encode.numbers import NumberRules, Numbers
from tabsynth.encode.persons import Persons
from tabsynth.encode.rounding import NUMBER_GRIDS

FORMAT = "tabsynth-encoder-1"

_READERS: dict[str, Callable[[dict[str, Any]], Coder]] = {
    "Levels": Levels.from_json,
    "Numbers": Numbers.from_json,
    "Dates": Dates.from_json,
}


@dataclass(frozen=True, slots=True)
class Width:
    """What a table costs once coded. codes: the width if every code were a column of zeros and ones."""

    axes: int
    codes: int

    @property
    def row_bytes(self) -> int:
        """Memory of one row of zeros and ones in float32."""
        return 4 * self.codes

    def __str__(self) -> str:
        return f"{self.axes} axes, {self.codes:,} codes, one-hot {self.row_bytes / 1024:,.1f} KiB a row"


class Encoder:
    """The columns a schema lets be learnt, as codes; built by `fit` or `from_json`.

    names: of the axes. An axis is called like its column; the second axis of a date with times gets a name
    that no column has. So `names.index(column)` is the axis where a condition on the column belongs.
    """

    def __init__(self, coders: dict[str, Coder], names: tuple[str, ...], notes: list[dict[str, Any]]) -> None:
        self.columns = tuple(coders)
        self.names = names
        self._coders = coders
        self._parts = _parts(coders)
        self._notes = notes
        self.domain = Domain(tuple(axis for coder in coders.values() for axis in coder.axes))

    @classmethod
    def fit(
        cls, frame: pd.DataFrame, schema: Schema, units: NDArray[Any], *, least: int = 10, bins: int = 64
    ) -> Encoder:
        """The encoder of a canonical table; it draws no random numbers.

        units: (rows,) equal on the rows of one person. least: how many persons any level, value, bound or bin
        of the source must rest on. bins: of a numeric column, at most.
        """
        persons = Persons.of(units)
        coders: dict[str, Coder] = {}
        notes: list[dict[str, Any]] = []
        for column in schema.released_as(Treatment.MODEL):
            coder, note = _fit_column(column, frame[column.name].to_numpy(), persons, least, bins)
            coders[column.name] = coder
            notes.append({"column": column.name, "coded_as": type(coder).__name__.lower(), **note})
        names = tuple(_axis_name(name, part, schema.names) for name, part in _parts(coders))
        return cls(coders, names, notes)

    def encode(self, frame: pd.DataFrame) -> Encoded:
        """The codes of a canonical table, which may hold levels and numbers never seen in `fit`.

        A level or a gap without a code gets the pool's, or the most frequent one; a number outside the bounds
        is moved to the nearest edge.
        """
        absent = [name for name in self.columns if name not in frame.columns]
        if absent:
            raise SchemaError("the column is missing from the table", where=f"column {absent[0]}")
        codes = np.empty((len(frame), len(self.domain)), np.int32)
        residuals = np.empty((len(frame), len(self.domain)), np.float32)
        for name, at in self._slices().items():
            codes[:, at], residuals[:, at] = self._coders[name].encode(frame[name].to_numpy())
        return Encoded(self.domain, codes, residuals)

    def decode(self, encoded: Encoded, rng: np.random.Generator) -> pd.DataFrame:
        """The canonical table of the codes. `rng` fills what they leave open: a time beside no time."""
        values = {
            name: self._coders[name].decode(
                encoded.codes[:, at].astype(np.int64), encoded.residuals[:, at], rng
            )
            for name, at in self._slices().items()
        }
        return pd.DataFrame(values, index=pd.RangeIndex(len(encoded)))

    def without_heaps(self) -> Encoder:
        """The encoder whose numbers decode to where they lie in their bins, none of them rounded further."""
        plain = {
            name: replace(coder, heap=None) if isinstance(coder, Numbers) else coder
            for name, coder in self._coders.items()
        }
        return Encoder(plain, self.names, self._notes)

    def plain_values(self, axis: int) -> list[Value]:
        """The values that the plain codes of an axis decode to, in code order; None for missing.

        Texts, numbers, dates in seconds; on the second axis of a date, seconds since midnight.
        """
        name, part = self._parts[axis]
        return self._coders[name].plain_values(part)

    def report(self) -> list[dict[str, Any]]:
        """What was done to each column, in counts and rounded shares; no value of the source."""
        return [dict(note) for note in self._notes]

    @property
    def withheld(self) -> tuple[str, ...]:
        """Columns whose values nothing is said of, for no value or range of them rests on `least` persons."""
        return tuple(note["column"] for note in self._notes if note.get("withheld"))

    def width_estimate(self) -> Width:
        """What a row costs once coded, to be shown before fitting."""
        return Width(len(self.domain), sum(self.domain.sizes))

    def to_json(self) -> dict[str, Any]:
        """All of the encoder as plain JSON: what stands in a model file."""
        columns = [
            {"name": name, "coder": type(coder).__name__, **coder.to_json()}
            for name, coder in self._coders.items()
        ]
        return {"format": FORMAT, "columns": columns, "axes": list(self.names), "report": self._notes}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Encoder:
        """The encoder that `to_json` wrote; SourceError when it is damaged or from another version."""
        try:
            if data["format"] != FORMAT:
                raise SourceError("the encoder was written by another version", todo="fit the model again")
            coders = {column["name"]: _READERS[column["coder"]](column) for column in data["columns"]}
            names = tuple(str(name) for name in data["axes"])
            if len(names) != len(_parts(coders)):
                raise ValueError("an axis has no name")
            return cls(coders, names, [dict(note) for note in data["report"]])
        except (KeyError, TypeError, ValueError) as error:
            raise SourceError(
                "the encoder of the model file is damaged, or written by another version",
                todo="fit the model again",
            ) from error

    def _slices(self) -> dict[str, slice]:
        """Which axes belong to each column."""
        slices, start = {}, 0
        for name, coder in self._coders.items():
            slices[name] = slice(start, start + len(coder.axes))
            start = slices[name].stop
        return slices


def _fit_column(
    column: Column, values: NDArray[Any], persons: Persons, least: int, bins: int
) -> tuple[Coder, dict[str, Any]]:
    """The coder of one column, by its kind, and the note for the report."""
    if column.kind in (Kind.NUMERIC, Kind.DATETIME):
        rules = NumberRules(bins=bins, least=least, minimum=column.minimum, maximum=column.maximum)
        if column.kind is Kind.DATETIME:
            return Dates.fit(values, persons, rules)
        if column.decimals is not None:
            unit = 10.0**-column.decimals
            rules = replace(rules, grids=[grid for grid in NUMBER_GRIDS if grid > unit], unit=unit)
        return Numbers.fit(values, persons, rules)
    public = column.levels or ()
    if column.kind is Kind.BOOLEAN:
        public = public or tuple(sorted(set(pd.unique(values)) - {None}))
    return Levels.fit(values, persons, least, public)


def _parts(coders: dict[str, Coder]) -> list[tuple[str, int]]:
    """(axes,) the column of each axis, and which of the column's axes it is."""
    return [(name, part) for name, coder in coders.items() for part in range(len(coder.axes))]


def _axis_name(column: str, part: int, taken: tuple[str, ...]) -> str:
    """The name of the axis: the column's for its first, one that no column has for the time of day."""
    name = column if part == 0 else f"{column} time of day"
    while part and name in taken:
        name += "'"
    return name
