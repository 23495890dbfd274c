"""What cuts a candidate beside its owner's rules: that it is implausible, or there already.

Never that it lies near to a real row: a hole around a person shows where the person is, and the audit looks for
both.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import ConfigDict, PrivateAttr

from privacy import Schema
from tabsynth.check import Checker
from tabsynth.rules import Mask, Rule, Unique

REPEATS_AMONG_PEOPLE = 0.01
"""Where more of the people than that have an equal, equal rows are no fault."""


class Plausible(Rule):
    """The checker gives it odds of being a person of at least `odds`."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    rule: Literal["plausible"] = "plausible"
    columns: tuple[str, ...]
    odds: float
    _checker: Checker = PrivateAttr()

    @classmethod
    def by(cls, checker: Checker, odds: float) -> Plausible:
        made = cls(columns=tuple(checker.features.levels), odds=odds)
        made._checker = checker
        return made

    @property
    def named(self) -> tuple[str, ...]:
        return self.columns

    def text(self) -> str:
        return f"the checker gives it odds of {self.odds:g} or more of being a person"

    def valid(self, frame: pd.DataFrame, schema: Schema) -> Mask:
        return self._checker.odds(frame) >= self.odds if len(frame) else np.zeros(0, bool)


class Different(Unique):
    """No other row equals it in all columns, gaps among them."""

    is_about_all_rows: ClassVar[bool] = True

    rule: Any = "different"

    def text(self) -> str:
        return "no row before it equals it in every column"

    def valid(self, frame: pd.DataFrame, schema: Schema) -> Mask:
        return np.asarray(~frame[list(self.columns)].duplicated(), bool)

    def bound(self, frame: pd.DataFrame) -> Mask:
        return np.ones(len(frame), bool)


def are_people_different(people: pd.DataFrame, columns: tuple[str, ...]) -> bool:
    """Whether hardly any of these rows equals another, so that equal synthetic rows would be strange."""
    repeated = people[list(columns)].duplicated(keep=False)
    return bool(len(people)) and float(repeated.mean()) <= REPEATS_AMONG_PEOPLE
