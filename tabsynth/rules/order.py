"""Columns whose values rise from one to the next: amounts, ages, dates."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from privacy import ConfigError, Kind, Schema
from tabsynth.rules.rule import (
    Mask,
    Rule,
    learnt_columns,
    numbers,
    quoted,
    require_different,
    require_kinds,
)


class Order(Rule):
    """columns: the smallest, or earliest, first. strict: no two may be equal. Gaps are passed over."""

    rule: Literal["order"] = "order"
    columns: Annotated[tuple[str, ...], Field(min_length=2)]
    strict: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> Order:
        require_different(self.columns)
        return self

    @property
    def named(self) -> tuple[str, ...]:
        return self.columns

    def text(self) -> str:
        return quoted(self.columns, " < " if self.strict else " <= ")

    def require(self, schema: Schema) -> None:
        columns = learnt_columns(self.columns, schema)
        require_kinds(columns, (Kind.NUMERIC, Kind.DATETIME))
        if len({column.kind for column in columns}) > 1:
            raise ConfigError("compares dates with numbers", todo="name columns of one kind")

    def valid(self, frame: pd.DataFrame, schema: Schema) -> Mask:
        holds = np.ones(len(frame), bool)
        last = numbers(frame, self.columns[0])
        for name in self.columns[1:]:
            following = numbers(frame, name)
            holds &= ~(following <= last if self.strict else following < last)
            last = np.where(np.isnan(following), last, following)
        return holds
