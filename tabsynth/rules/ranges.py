"""A number or a date between two limits."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import ValidationError, ValidatorFunctionWrapHandler, field_validator, model_validator

from privacy import ConfigError, Kind, Schema
from tabsynth.condition import All, AtLeastOne, Compare, Condition, IsMissing
from tabsynth.rules.rule import Mask, Rule, learnt_columns, numbers, quoted, require_kinds

Limit = float | datetime | date


class Range(Rule):
    """minimum, maximum: inclusive, one of them at least; dates for a column of dates."""

    rule: Literal["range"] = "range"
    column: str
    minimum: Limit | None = None
    maximum: Limit | None = None

    @field_validator("minimum", "maximum", mode="wrap")
    @classmethod
    def _one_fault(cls, limit: object, read: ValidatorFunctionWrapHandler) -> object:
        """One message, where pydantic has one for each kind of limit that it might have been."""
        try:
            return read(limit)
        except ValidationError:
            raise ValueError("is neither a number nor a date such as 2024-01-31") from None

    @model_validator(mode="after")
    def _consistent(self) -> Range:
        low, high = self.limits
        if self.minimum is None and self.maximum is None:
            raise ValueError("state a minimum, a maximum or both")
        if np.isnan([low, high]).any() or np.inf in (low, -high):
            raise ValueError("a limit is no number")
        if low > high:
            raise ValueError("minimum is above maximum")
        return self

    @property
    def limits(self) -> tuple[float, float]:
        """Both limits as canonical numbers; infinite where there is none."""
        low = -np.inf if self.minimum is None else seconds(self.minimum)
        return low, np.inf if self.maximum is None else seconds(self.maximum)

    @property
    def named(self) -> tuple[str, ...]:
        return (self.column,)

    def text(self) -> str:
        parts = [
            f"{word} {_told(limit)}"
            for word, limit in (("at least", self.minimum), ("at most", self.maximum))
            if limit is not None
        ]
        return f"{quoted(self.named)} is {' and '.join(parts)}"

    def require(self, schema: Schema) -> None:
        (column,) = learnt_columns(self.named, schema)
        require_kinds([column], (Kind.NUMERIC, Kind.DATETIME))
        for limit in (self.minimum, self.maximum):
            if limit is not None and isinstance(limit, date) != (column.kind is Kind.DATETIME):
                wanted = "a date, such as 2024-01-31" if column.kind is Kind.DATETIME else "a number"
                raise ConfigError("the limit does not fit the column's kind", todo=f"write {wanted}")

    def valid(self, frame: pd.DataFrame, schema: Schema) -> Mask:
        values = numbers(frame, self.column)
        low, high = self.limits
        return np.asarray(np.isnan(values) | ((values >= low) & (values <= high)))

    def condition(self, schema: Schema) -> Condition | None:
        low, high = self.limits
        both = ((">=", low), ("<=", high))
        inside = tuple(Compare(self.column, sign, limit) for sign, limit in both if np.isfinite(limit))
        return AtLeastOne((IsMissing(self.column), All(inside)))


def _told(limit: Limit) -> str:
    """A limit as its owner would write it."""
    if not isinstance(limit, date):
        return f"{limit:.15g}"
    return str(limit).removesuffix(" 00:00:00")


def seconds(limit: Limit) -> float:
    """A limit as it stands in a canonical table: a date as seconds since 1970-01-01 UTC."""
    if not isinstance(limit, date):
        return float(limit)
    moment = limit if isinstance(limit, datetime) else datetime.combine(limit, time())
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
