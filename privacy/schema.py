"""What a table is declared to hold: a kind and a privacy role for every column, and whose rows they are.

A schema carries nothing of the source but column names and what a person wrote into it: bounds and levels
stand in it only when the user declared them (a code book, a law, a plausible range), never because they
were seen in the data.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from privacy.errors import SchemaError, first_fault


class Kind(StrEnum):
    """What the values are."""

    NUMERIC = "numeric"
    CATEGORICAL = "categorical"
    BOOLEAN = "boolean"
    DATETIME = "datetime"
    ID = "id"
    TEXT = "text"


class Role(StrEnum):
    """What the values can do to a person."""

    IDENTIFIER = "identifier"
    QUASI_IDENTIFIER = "quasi-identifier"
    SENSITIVE = "sensitive"
    OTHER = "other"


class Treatment(StrEnum):
    """How a column gets into the synthetic table: learnt, invented from nothing, or left out."""

    MODEL = "model"
    FAKE = "fake"
    DROP = "drop"


Bound = Annotated[float, Field(allow_inf_nan=False)]


class Column(BaseModel):
    """One column. `minimum`, `maximum` and `levels` are declared public knowledge, never observations.

    minimum, maximum: inclusive; for datetimes, seconds since 1970-01-01 UTC (in TOML, a date).
    decimals: decimal places of a numeric column, 0 for whole numbers, None for full precision; on a
    categorical column, 0 says that its codes are whole numbers, to be released as such.
    treatment: None means the default of its kind and role, see `Column.released_as`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    kind: Kind
    role: Role = Role.OTHER
    treatment: Treatment | None = None
    decimals: Annotated[int, Field(ge=0, le=15)] | None = None
    minimum: Bound | None = None
    maximum: Bound | None = None
    levels: tuple[str, ...] | None = None

    @property
    def released_as(self) -> Treatment:
        """What happens to the column; identifiers and free text are never learnt."""
        if self.role is Role.IDENTIFIER or self.kind is Kind.ID:
            return Treatment.DROP if self.treatment is Treatment.DROP else Treatment.FAKE
        if self.kind is Kind.TEXT:
            return Treatment.FAKE if self.treatment is Treatment.FAKE else Treatment.DROP
        return self.treatment or Treatment.MODEL

    @model_validator(mode="after")
    def _consistent(self) -> Column:
        never_learnt = self.role is Role.IDENTIFIER or self.kind in (Kind.ID, Kind.TEXT)
        if never_learnt and self.treatment is Treatment.MODEL:
            raise ValueError(
                f"column {self.name!r} is {self.kind} / {self.role} and cannot be learnt:"
                " set treatment to 'fake' or 'drop', or change its kind and role"
            )
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError(f"column {self.name!r}: minimum is above maximum")
        if self.levels is not None and len(set(self.levels)) != len(self.levels):
            raise ValueError(f"column {self.name!r}: a level is listed twice")
        return self


class Schema(BaseModel):
    """The columns in order, and the column that says whose row it is.

    entity: name of the column that is equal on all rows of one person (patient number, customer number);
    None when every row is a person of its own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: tuple[Column, ...]
    entity: str | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Schema:
        names = [column.name for column in self.columns]
        if not names:
            raise ValueError("a schema needs at least one column")
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"column {twice[0]!r} is declared twice")
        if self.entity is not None and self.entity not in names:
            raise ValueError(f"the entity column {self.entity!r} is not among the columns")
        if self.entity is not None and self[self.entity].released_as is Treatment.MODEL:
            raise ValueError(f"the entity column {self.entity!r} must be an id or an identifier")
        return self

    def __iter__(self) -> Iterator[Column]:  # type: ignore[override]
        return iter(self.columns)

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise SchemaError("no such column in the schema", where=f"column {name}")

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def released_as(self, treatment: Treatment) -> tuple[Column, ...]:
        """The columns with this treatment, in order."""
        return tuple(column for column in self.columns if column.released_as is treatment)

    def with_role(self, *roles: Role) -> tuple[Column, ...]:
        """The columns with one of these roles, in order."""
        return tuple(column for column in self.columns if column.role in roles)

    @property
    def compared(self) -> tuple[Column, ...]:
        """The columns an audit compares: all but identifiers, ids and the entity key."""
        return tuple(
            column
            for column in self.columns
            if column.role is not Role.IDENTIFIER
            and column.kind is not Kind.ID
            and column.name != self.entity
        )


def validated(data: dict[str, Any], *, where: str = "schema") -> Schema:
    """`data` as a Schema, or a SchemaError of one line that names the place."""
    try:
        return Schema.model_validate(data)
    except ValidationError as error:
        place, reason = first_fault(error)
        raise SchemaError(reason, where=f"{where} {place}".strip(), todo="correct the schema") from None
