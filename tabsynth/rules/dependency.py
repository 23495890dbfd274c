"""A functional dependency: rows equal in some columns are equal in another, as a postcode has one town."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, model_validator

from privacy import Schema
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


class Dependency(Rule):
    """gives: the column that those in `given` decide, and that is computed from them.

    seen: the values of `given` and the one that each combination gives, learnt from train: of several, as where
    rare levels are pooled, the one that most persons carry. Rows with a gap in any of the columns are not bound.
    """

    rule: Literal["dependency"] = "dependency"
    given: Annotated[tuple[str, ...], Field(min_length=1)]
    gives: str
    seen: Listed | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Dependency:
        require_different(self.named)
        if any(len(row) != len(self.named) for row in self.seen or ()):
            raise ValueError("a combination has not as many values as there are columns")
        return self

    @property
    def named(self) -> tuple[str, ...]:
        return (*self.given, self.gives)

    def text(self) -> str:
        return (
            f"{quoted(self.given)} {'decides' if len(self.given) == 1 else 'decide'} {quoted([self.gives])}"
        )

    def require(self, schema: Schema) -> None:
        require_kinds(learnt_columns(self.named, schema), LISTED)

    def valid(self, frame: pd.DataFrame, schema: Schema) -> Mask:
        """Of a rule not learnt yet, whether each row agrees with the most frequent value of its like."""
        bound = frame[list(self.named)].notna().all(axis=1).to_numpy()
        table = self.seen
        if table is None:
            everybody = Persons.of(np.arange(bound.sum()))
            table = self.learnt(frame[bound], everybody, 1).seen or ()
        return ~bound | (found_at(frame, self.named, table) >= 0)

    def learnt(self, train: pd.DataFrame, persons: Persons, least: int) -> Dependency:
        known = train[list(self.named)].notna().all(axis=1).to_numpy()
        seen = carried(train[known], self.named, persons.take(known), least)
        commonest = seen.sort_values("carriers", ascending=False, kind="stable").drop_duplicates(
            list(self.given)
        )
        return self.model_copy(update={"seen": listed(commonest.sort_index()[list(self.named)])})

    @property
    def is_learnt(self) -> bool:
        return self.seen is not None

    @property
    def derives(self) -> str | None:
        return self.gives

    def derived(self, frame: pd.DataFrame) -> NDArray[Any]:
        drawn = frame[self.gives]
        table = self.seen or ()
        given = pd.Series([row[-1] for row in table], dtype=drawn.dtype)
        places = found_at(frame, self.given, table)
        computed = drawn.notna().to_numpy() & (places >= 0)
        values = drawn.to_numpy(copy=True)
        values[computed] = given.to_numpy()[places[computed]]
        return values
