"""A column that is missing where something else is so."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from pydantic import model_validator

from privacy import Kind, Schema
from tabsynth.condition import All, AtLeastOne, Condition, IsMissing, Not, NotTrue, OneOf
from tabsynth.encode.persons import Persons
from tabsynth.rules.lists import Cell, carried
from tabsynth.rules.rule import Mask, Rule, learnt_columns, quoted, require_different, require_kinds
from tabsynth.where import parse_where


class Missing(Rule):
    """Where `column` has no value: where the SQL condition `when` holds, or as the value of the column `by` says.

    exactly: whether it has one everywhere else. seen: values of `by` where the column is missing, and where it is
    not, learnt from train; of a value with both, what most persons show.
    """

    rule: Literal["missing"] = "missing"
    column: str
    when: str | None = None
    by: str | None = None
    exactly: bool = True
    seen: tuple[tuple[Cell, ...], tuple[Cell, ...]] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Missing:
        if (self.when is None) == (self.by is None):
            raise ValueError("state either when, a condition, or by, a column")
        if self.by is not None and not self.exactly:
            raise ValueError("exactly is for rules with when")
        require_different(filter(None, (self.column, self.by)))
        return self

    @property
    def named(self) -> tuple[str, ...]:
        return (self.column,) if self.by is None else (self.column, self.by)

    def text(self) -> str:
        if self.by is not None:
            return f"{quoted([self.by])} decides whether {quoted([self.column])} is missing"
        return f"{quoted([self.column])} is missing {'exactly ' * self.exactly}when {self.when}"

    def require(self, schema: Schema) -> None:
        columns = learnt_columns(self.named, schema)
        require_kinds(columns[1:], (Kind.CATEGORICAL, Kind.BOOLEAN))
        if self.when is not None:
            parse_where(self.when, schema, "when")

    def valid(self, frame: pd.DataFrame, schema: Schema) -> Mask:
        """Of a rule not learnt yet, whether each row agrees with most of its like."""
        if self.by is not None and self.seen is None:
            everybody = Persons.of(np.arange(len(frame)))
            return self.learnt(frame, everybody, 1).valid(frame, schema)
        return self.condition(schema).mask(frame)

    def condition(self, schema: Schema) -> Condition:
        missing = IsMissing(self.column)
        if self.seen is not None and self.by is not None:
            gone, there = (_is_one_of(self.by, values) for values in self.seen)
            return AtLeastOne((All((missing, gone)), All((Not(missing), there))))
        holds = parse_where(self.when or "", schema, "when")
        never_there = NotTrue(All((holds, Not(missing))))
        return All((never_there, NotTrue(All((Not(holds), missing))))) if self.exactly else never_there

    def learnt(self, train: pd.DataFrame, persons: Persons, least: int) -> Missing:
        if self.by is None:
            return self
        asked = train[[self.by]].assign(**{self.column: train[self.column].isna()})
        seen = carried(asked, [self.by, self.column], persons, least)
        commonest = seen.sort_values("carriers", ascending=False, kind="stable").drop_duplicates(self.by)
        gone, there = (
            tuple(
                None if pd.isna(cell) else str(cell)
                for cell in commonest[self.by][commonest[self.column] == is_gone]
            )
            for is_gone in (True, False)
        )
        return self.model_copy(update={"seen": (gone, there)})

    @property
    def is_learnt(self) -> bool:
        return self.seen is not None


def _is_one_of(column: str, values: tuple[Cell, ...]) -> Condition:
    """The column has one of these values, of which None stands for missing."""
    listed = OneOf(column, frozenset(value for value in values if value is not None))
    return (
        AtLeastOne((listed, IsMissing(column))) if None in values else All((listed, Not(IsMissing(column))))
    )
