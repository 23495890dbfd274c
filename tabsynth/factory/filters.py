"""What cuts a candidate beside its owner's rules: that it is implausible, unexpected, or there already.

Never that it lies near to a real row: a hole around a person shows where the person is, and the audit looks for
both.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import ConfigDict, PrivateAttr

from privacy import InternalError, Schema
from tabsynth.artifact import Model
from tabsynth.check import Checker
from tabsynth.generators.likely import Likely
from tabsynth.rules import Mask, Rule, Unique

REPEATS_AMONG_PEOPLE = 0.01
"""Where more than that of as many people would have an equal, equal rows are no fault."""

FEWEST_SURPRISING = 10
"""Persons beyond the bound of what is expected: it must not tell of one."""

REPEATS_OF_THE_MODEL = 0.5
"""Where more than that of the model's rows would, cutting them all would bend what is left, or never end."""


class Plausible(Rule):
    """The checker gives it odds of being a person of at least `odds`."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    rule: Literal["plausible"] = "plausible"
    columns: tuple[str, ...]
    odds: float
    _checker: Checker = PrivateAttr()

    @classmethod
    def by(cls, checker: Checker, odds: float) -> Plausible:
        """Of a model that the checker sees through, no more than the worse half is cut."""
        made = cls(columns=tuple(checker.features.levels), odds=min(odds, checker.usual))
        made._checker = checker
        return made

    @property
    def named(self) -> tuple[str, ...]:
        return self.columns

    def text(self) -> str:
        return f"the checker gives it odds of {self.odds:.3g} or more of being a person"

    def valid(self, frame: pd.DataFrame, schema: Schema) -> Mask:
        return self._checker.odds(frame) >= self.odds if len(frame) else np.zeros(0, bool)


class Expected(Rule):
    """It surprises the generator by no more than `nats`."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    rule: Literal["expected"] = "expected"
    columns: tuple[str, ...]
    nats: float
    share: float
    _model: Model = PrivateAttr()

    @classmethod
    def by(
        cls, model: Model, people: pd.DataFrame, units: NDArray[np.int64], share: float
    ) -> Expected | None:
        """As all but a share of these people do. None where the generator cannot tell, or the bound would rest on
        fewer than `FEWEST_SURPRISING` persons. units: (rows,) whose row each is."""
        _, person = np.unique(units, return_inverse=True)
        if (
            not isinstance(model.generator, Likely)
            or share * (person.max(initial=-1) + 1) < FEWEST_SURPRISING
        ):
            return None
        surprise = np.full(int(person.max()) + 1, -np.inf)
        np.maximum.at(surprise, person, model.generator.surprise(model.encoder.encode(people)))
        bound = float(np.quantile(surprise, 1 - share, method="lower"))
        made = cls(columns=tuple(model.encoder.columns), nats=bound, share=share)
        made._model = model
        return made

    @property
    def named(self) -> tuple[str, ...]:
        return self.columns

    def text(self) -> str:
        return f"it surprises the generator no more than all but {self.share:.3g} of the people set aside"

    def valid(self, frame: pd.DataFrame, schema: Schema) -> Mask:
        generator = self._model.generator
        if not isinstance(generator, Likely):
            raise InternalError("the generator has no likelihood")
        return np.asarray(generator.surprise(self._model.encoder.encode(frame)) <= self.nats, bool)


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


def repeats_expected(table: pd.DataFrame, columns: tuple[str, ...], rows: int) -> float:
    """The share of `rows` such rows that would have an equal among them: pairs grow twice as fast as rows."""
    repeated = float(table[list(columns)].duplicated(keep=False).mean()) if len(table) else 1.0
    return min(repeated * max(rows / max(len(table), 1), 1.0), 1.0)


def are_equals_strange(people: pd.DataFrame, made: pd.DataFrame, columns: tuple[str, ...], rows: int) -> bool:
    """Whether equal rows would be a fault of the model, and few enough to cut. made: some of its rows."""
    among_people, of_model = (repeats_expected(table, columns, rows) for table in (people, made))
    return among_people <= REPEATS_AMONG_PEOPLE and of_model <= REPEATS_OF_THE_MODEL
