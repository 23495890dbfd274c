"""Parts that add up to a total."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, model_validator

from privacy import Kind, Schema
from tabsynth.rules.rule import (
    Floats,
    Mask,
    Rule,
    learnt_columns,
    numbers,
    quoted,
    require_different,
    require_kinds,
)

_ROUNDING = 1e-9
"""Of the largest number in the row: what adding floats in another order may change."""


class Sum(Rule):
    """total: computed from the parts. tolerance: by how much it may be off and the rule still be met."""

    rule: Literal["sum"] = "sum"
    parts: Annotated[tuple[str, ...], Field(min_length=2)]
    total: str
    tolerance: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0

    @model_validator(mode="after")
    def _consistent(self) -> Sum:
        require_different(self.named)
        return self

    @property
    def named(self) -> tuple[str, ...]:
        return (*self.parts, self.total)

    def text(self) -> str:
        within = f", within {self.tolerance:g}" if self.tolerance else ""
        return f"{quoted(self.parts, ' + ')} = {quoted([self.total])}{within}"

    def require(self, schema: Schema) -> None:
        require_kinds(learnt_columns(self.named, schema), (Kind.NUMERIC,))

    def valid(self, frame: pd.DataFrame, schema: Schema) -> Mask:
        return self.met(frame)

    def met(self, frame: pd.DataFrame) -> Mask:
        """(rows,) where the parts add up, or one is not known."""
        columns = np.column_stack([numbers(frame, name) for name in self.named])
        off = np.abs(columns[:, :-1].sum(axis=1) - columns[:, -1])
        allowed = self.tolerance + _ROUNDING * np.abs(columns).max(axis=1, initial=0)
        return np.asarray(np.isnan(off) | (off <= allowed))

    @property
    def derives(self) -> str | None:
        return self.total

    def derived(self, frame: pd.DataFrame) -> NDArray[Any]:
        total = numbers(frame, self.total)
        added: Floats = np.sum([numbers(frame, name) for name in self.parts], axis=0)
        return np.where(np.isnan(added) | np.isnan(total), total, added)
