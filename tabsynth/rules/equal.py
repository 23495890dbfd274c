"""Two columns that say the same."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, model_validator

from privacy import ConfigError, Kind, Schema
from tabsynth.rules.rule import LISTED, Mask, Rule, learnt_columns, quoted, require_different, require_kinds


class Equal(Rule):
    """columns: the second is computed from the first."""

    rule: Literal["equal"] = "equal"
    columns: tuple[str, str] = Field()

    @model_validator(mode="after")
    def _consistent(self) -> Equal:
        require_different(self.columns)
        return self

    @property
    def named(self) -> tuple[str, ...]:
        return self.columns

    def text(self) -> str:
        return quoted(self.columns, " = ")

    def require(self, schema: Schema) -> None:
        first, second = learnt_columns(self.columns, schema)
        require_kinds([first, second], (*LISTED, Kind.DATETIME))
        if first.kind is not second.kind:
            raise ConfigError(
                f"compares a {first.kind} with a {second.kind} column", todo="name columns of one kind"
            )

    def valid(self, frame: pd.DataFrame, schema: Schema) -> Mask:
        first, second = (frame[name] for name in self.columns)
        return np.asarray(first.isna() | second.isna() | (first == second), bool)

    @property
    def derives(self) -> str | None:
        return self.columns[1]

    def derived(self, frame: pd.DataFrame) -> NDArray[Any]:
        first, second = (frame[name] for name in self.columns)
        both = (first.notna() & second.notna()).to_numpy()
        return np.where(both, first.to_numpy(), second.to_numpy())
