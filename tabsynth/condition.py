"""What rows can be asked to be, in SQL's three-valued logic: true, false, or unknown beside a missing value.

Truth is a number, as in Kleene's logic: 1 true, 0 false, 0.5 unknown. AND is the least, OR the greatest, NOT
what is left to 1.
"""

from __future__ import annotations

import fnmatch
import operator
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Truth = NDArray[np.float64]
Value = float | str

UNKNOWN = 0.5

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Condition(ABC):
    """A question to every row of a canonical table."""

    @abstractmethod
    def truth(self, frame: pd.DataFrame) -> Truth:
        """(rows,) 1, 0, or 0.5 for unknown. The frame needs only the columns in `columns`."""

    @property
    @abstractmethod
    def columns(self) -> frozenset[str]:
        """The columns asked about."""

    def mask(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """(rows,) where the condition is true; unknown is not."""
        holds: NDArray[np.bool_] = self.truth(frame) == 1
        return holds

    def atoms(self) -> Iterator[Condition]:
        """The conditions it is made of that are not made of others."""
        yield self


@dataclass(frozen=True)
class Compare(Condition):
    """A column against a value of its own type. comparison: a key of `COMPARISONS`."""

    column: str
    comparison: str
    value: Value

    @property
    def columns(self) -> frozenset[str]:
        return frozenset({self.column})

    def truth(self, frame: pd.DataFrame) -> Truth:
        holds = COMPARISONS[self.comparison]
        return _where_known(frame[self.column], lambda values: holds(values, self.value))


@dataclass(frozen=True)
class CompareColumns(Condition):
    """A column against another of the same type."""

    left: str
    comparison: str
    right: str

    @property
    def columns(self) -> frozenset[str]:
        return frozenset({self.left, self.right})

    def truth(self, frame: pd.DataFrame) -> Truth:
        known = (frame[self.left].notna() & frame[self.right].notna()).to_numpy()
        truth = np.full(len(frame), UNKNOWN)
        left, right = (frame[name].to_numpy()[known] for name in (self.left, self.right))
        truth[known] = COMPARISONS[self.comparison](left, right)
        return truth


@dataclass(frozen=True)
class OneOf(Condition):
    """A column whose value is one of a list."""

    column: str
    values: frozenset[Value]

    @property
    def columns(self) -> frozenset[str]:
        return frozenset({self.column})

    def truth(self, frame: pd.DataFrame) -> Truth:
        return _where_known(frame[self.column], lambda values: pd.Series(values).isin(self.values).to_numpy())


@dataclass(frozen=True)
class Like(Condition):
    """A text that matches a pattern: % is any text, _ any one character, and upper case is not lower case."""

    column: str
    pattern: str

    @property
    def columns(self) -> frozenset[str]:
        return frozenset({self.column})

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        # shell patterns translate to expressions that no text can keep busy for long
        shell = re.sub(r"[*?\[]", r"[\g<0>]", self.pattern).replace("%", "*").replace("_", "?")
        return re.compile(fnmatch.translate(shell))

    def truth(self, frame: pd.DataFrame) -> Truth:
        def matches(values: NDArray[Any]) -> NDArray[np.bool_]:
            codes, texts = pd.factorize(values)
            found = np.array([self._expression.match(text) is not None for text in texts], dtype=bool)
            return found[codes]

        return _where_known(frame[self.column], matches)


@dataclass(frozen=True)
class IsMissing(Condition):
    """A cell without a value; never unknown."""

    column: str

    @property
    def columns(self) -> frozenset[str]:
        return frozenset({self.column})

    def truth(self, frame: pd.DataFrame) -> Truth:
        return frame[self.column].isna().to_numpy().astype(np.float64)


@dataclass(frozen=True)
class All(Condition):
    """Every part holds."""

    parts: tuple[Condition, ...]

    @property
    def columns(self) -> frozenset[str]:
        return frozenset().union(*(part.columns for part in self.parts))

    def truth(self, frame: pd.DataFrame) -> Truth:
        return reduce(np.minimum, (part.truth(frame) for part in self.parts))

    def atoms(self) -> Iterator[Condition]:
        return (atom for part in self.parts for atom in part.atoms())


@dataclass(frozen=True)
class AtLeastOne(Condition):
    """At least one part holds."""

    parts: tuple[Condition, ...]

    @property
    def columns(self) -> frozenset[str]:
        return frozenset().union(*(part.columns for part in self.parts))

    def truth(self, frame: pd.DataFrame) -> Truth:
        return reduce(np.maximum, (part.truth(frame) for part in self.parts))

    def atoms(self) -> Iterator[Condition]:
        return (atom for part in self.parts for atom in part.atoms())


@dataclass(frozen=True)
class Not(Condition):
    """The part does not hold; unknown stays unknown."""

    part: Condition

    @property
    def columns(self) -> frozenset[str]:
        return self.part.columns

    def truth(self, frame: pd.DataFrame) -> Truth:
        return 1 - self.part.truth(frame)

    def atoms(self) -> Iterator[Condition]:
        return self.part.atoms()


@dataclass(frozen=True)
class NotTrue(Condition):
    """The part does not hold or is unknown; never unknown itself."""

    part: Condition

    @property
    def columns(self) -> frozenset[str]:
        return self.part.columns

    def truth(self, frame: pd.DataFrame) -> Truth:
        return (self.part.truth(frame) < 1).astype(np.float64)

    def atoms(self) -> Iterator[Condition]:
        return self.part.atoms()


def _where_known(series: pd.Series[Any], ask: Callable[[NDArray[Any]], Any]) -> Truth:
    """The answers of `ask` for the cells that have a value, unknown for the others."""
    values, known = series.to_numpy(), series.notna().to_numpy()
    truth = np.full(len(values), UNKNOWN)
    truth[known] = ask(values[known])
    return truth
