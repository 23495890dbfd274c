"""Only combinations of values that are known."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from privacy import ConfigError, Kind, Schema
from tabsynth.encode.persons import Persons
from tabsynth.rules.lists import Listed, carried, found_at, listed
from tabsynth.rules.rule import (
    LISTED,
    Mask,
    Rule,
    learnt_columns,
    quoted,
    require_different,
    require_kinds,
)


class FixedCombinations(Rule):
    """allowed: a list of values for each combination, declared. seen: those learnt from train when none are.

    A missing value is one of a combination like any other.
    """

    rule: Literal["fixed_combinations"] = "fixed_combinations"
    columns: Annotated[tuple[str, ...], Field(min_length=2)]
    allowed: Annotated[Listed, Field(min_length=1)] | None = None
    seen: Listed | None = None

    @model_validator(mode="after")
    def _consistent(self) -> FixedCombinations:
        require_different(self.columns)
        if any(len(row) != len(self.columns) for row in (*(self.allowed or ()), *(self.seen or ()))):
            raise ValueError("a combination has not as many values as there are columns")
        return self

    @property
    def named(self) -> tuple[str, ...]:
        return self.columns

    def text(self) -> str:
        which = "that are declared" if self.allowed is not None else "of the source"
        return f"{quoted(self.columns)} occur only in combinations {which}"

    def require(self, schema: Schema) -> None:
        columns = learnt_columns(self.columns, schema)
        require_kinds(columns, LISTED)
        for at, column in enumerate(columns):
            wanted = float if column.kind is Kind.NUMERIC else str
            if any(row[at] is not None and not isinstance(row[at], wanted) for row in self.allowed or ()):
                kind = "numbers" if wanted is float else "texts"
                raise ConfigError(
                    f'not all values allowed for the column "{column.name}" are {kind}', todo=f"write {kind}"
                )

    def valid(self, frame: pd.DataFrame, schema: Schema) -> Mask:
        """All true of a rule not learnt yet: what occurs in the source is what it will allow."""
        known = self.allowed if self.allowed is not None else self.seen
        return np.ones(len(frame), bool) if known is None else found_at(frame, self.columns, known) >= 0

    def learnt(self, train: pd.DataFrame, persons: Persons, least: int) -> Rule:
        if self.allowed is not None:
            return self
        seen = listed(carried(train, self.columns, persons, least)[list(self.columns)])
        return self.model_copy(update={"seen": seen})

    @property
    def is_learnt(self) -> bool:
        return self.seen is not None
