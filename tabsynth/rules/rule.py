"""What every rule is: a statement about one row, or about all of them, that a table's owner declares.

A cell without a value makes no rule false: as in SQL, only what is known can contradict. A rule about missing
values says so itself.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from privacy import Column, ConfigError, Kind, Schema, Treatment
from tabsynth.condition import Condition
from tabsynth.encode.persons import Persons

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

LISTED = (Kind.CATEGORICAL, Kind.BOOLEAN, Kind.NUMERIC)
"""Kinds whose values can be listed one by one; of dates hardly two persons have the same."""


class Rule(BaseModel, ABC):
    """One rule. All frames are canonical and need hold no more than the columns that the rule names.

    Every kind of rule has a field `rule` that says which it is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    is_about_all_rows: ClassVar[bool] = False
    """Whether a row alone can be neither right nor wrong."""

    @property
    @abstractmethod
    def named(self) -> tuple[str, ...]:
        """The columns it is about."""

    @abstractmethod
    def text(self) -> str:
        """The rule in plain words, with no value but those that its owner declared."""

    @abstractmethod
    def valid(self, frame: pd.DataFrame, schema: Schema) -> Mask:
        """(rows,) where the rule is met, or nothing is known."""

    def require(self, schema: Schema) -> None:
        """ConfigError unless the rule can be about columns like these."""
        learnt_columns(self.named, schema)

    def learnt(self, train: pd.DataFrame, persons: Persons, least: int) -> Rule:
        """The rule with what it has to know of `train`, each fact carried by at least `least` persons.

        train: levels of few persons pooled, as in the synthetic table.
        """
        return self

    @property
    def is_learnt(self) -> bool:
        """Whether it holds statistics of train."""
        return False

    @property
    def derives(self) -> str | None:
        """The column that the rule can compute from the others it names, if there is one."""
        return None

    def derived(self, frame: pd.DataFrame) -> NDArray[Any]:
        """(rows,) the column that the rule derives, computed; as it was where that cannot be."""
        raise NotImplementedError(type(self).__name__)

    def condition(self, schema: Schema) -> Condition | None:
        """The rule as a condition that a generator may be drawn under, if it is one."""
        return None


def learnt_columns(names: Iterable[str], schema: Schema) -> list[Column]:
    """The columns of these names. ConfigError for one that is not there, or not learnt."""
    found = []
    for name in names:
        if name not in schema.names:
            raise ConfigError(f'there is no column "{name}"', todo="check the spelling")
        column = schema[name]
        if column.released_as is not Treatment.MODEL:
            raise ConfigError(
                f'the column "{name}" is not learnt: it is invented or left out',
                todo="leave it out of the rule",
            )
        found.append(column)
    return found


def require_kinds(columns: Iterable[Column], kinds: Iterable[Kind]) -> None:
    """ConfigError for a column of another kind."""
    allowed = tuple(kinds)
    for column in columns:
        if column.kind not in allowed:
            raise ConfigError(
                f'the column "{column.name}" is {column.kind}',
                todo=f"such a rule is for {', '.join(allowed)} columns",
            )


def require_different(names: Iterable[str]) -> None:
    """ValueError, for pydantic to tell, when a column is named twice."""
    named = list(names)
    if len(set(named)) < len(named):
        raise ValueError("a column is named twice")


def quoted(names: Iterable[str], between: str = ", ") -> str:
    """Names of columns in a sentence."""
    return between.join(f'"{name}"' for name in names)


def numbers(frame: pd.DataFrame, name: str) -> Floats:
    """(rows,) a numeric or date column."""
    return frame[name].to_numpy(dtype=np.float64)
