"""What a condition leaves of the codes: boxes, in one of which every row that meets it lies.

A box says for each of some columns which of its codes are allowed. No box means that the model can never draw a
row that meets the condition. Rows in a box may still break it: a bin may hold values on both sides of a
threshold, and a comparison of two columns allows all their codes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy import ConfigError
from tabsynth.asked.normal_form import outermost
from tabsynth.asked.typical import CodeBook, Typical, compared_numbers
from tabsynth.condition import All, AtLeastOne, Condition
from tabsynth.generators import Given

MOST_BOXES = 64
_MOST_PAIRS = 1024

Subject = frozenset[str]
_Box = Mapping[Subject, NDArray[np.bool_]]
"""Per column or compared pair, which of its typical values are allowed."""


def boxes_of(condition: Condition, book: CodeBook, place: str) -> list[Given]:
    """The boxes of a condition, one at least; a column that a box does not name is free there.

    place: the option that the condition came from. Raises ConfigError, naming columns, when there is none.
    """
    narrowing = _Narrowing(condition, book)
    found = narrowing.boxes(condition)
    if not found:
        raise ConfigError(
            "no value that the model can draw meets the condition",
            where=f"{place}, {named(sorted(narrowing.blamed))}",
            todo="check the spelling, and whether its parts exclude each other; values that few persons carry are"
            " pooled, and drawn as one",
        )
    return [narrowing.codes(box) for box in found]


def overlapping(conditions: Sequence[Condition], book: CodeBook) -> tuple[int, int] | None:
    """The first two conditions, by number from 0, that one row might meet, as far as columns one by one tell."""
    narrowing = _Narrowing(All(tuple(conditions)), book)
    boxes = [narrowing.boxes(condition) for condition in conditions]
    for (one, some), (other, others) in combinations(enumerate(boxes), 2):
        if any(narrowing.meet(*pair) is not None for pair in product(some, others)):
            return one, other
    return None


def named(columns: Sequence[str]) -> str:
    """What a message calls one column or several."""
    return f"column{'s' * (len(columns) > 1)} {' and '.join(columns)}"


class _Narrowing:
    """Boxes of typical values. blamed: columns of which nothing was left somewhere."""

    def __init__(self, condition: Condition, book: CodeBook) -> None:
        self._book = book
        self._compared = compared_numbers(condition)
        self._typical: dict[str, Typical] = {}
        self.blamed: set[str] = set()

    def boxes(self, condition: Condition) -> list[_Box]:
        """The boxes of a condition, none inside another; one without limits where they would be too many."""
        match outermost(condition):
            case All(parts) if len(condition.columns) > 1:
                found: list[_Box] = [{}]
                for part in parts:
                    found = self._both(found, self.boxes(part))
                return found
            case AtLeastOne(parts) if len(condition.columns) > 1:
                either = _outer([box for part in parts for box in self.boxes(part)])
                return either if len(either) <= MOST_BOXES else [{}]
            case literal:
                return self._both([{}], [{literal.columns: literal.mask(self._asked(literal.columns))}])

    def codes(self, box: _Box) -> Given:
        """The box as codes of axes."""
        given = {}
        for subject, allowed in box.items():
            if len(subject) == 1:
                (column,) = subject
                at = self._book.axis(column)
                codes = np.unique(self._typical[column].codes[allowed])
                if len(codes) < self._book.encoder.domain.axes[at].size:
                    given[at] = codes
        return given

    def _both(self, some: list[_Box], others: list[_Box]) -> list[_Box]:
        """Boxes of what lies in one of either; only of the first where they would be too many."""
        if len(some) * len(others) > _MOST_PAIRS:
            return some
        met = [box for one in some for other in others if (box := self.meet(one, other)) is not None]
        outer = _outer(met)
        return outer if len(outer) <= MOST_BOXES else some

    def meet(self, one: _Box, other: _Box) -> _Box | None:
        """What two boxes have in common; None when that is nothing."""
        met = dict(one)
        for subject, allowed in other.items():
            met[subject] = met[subject] & allowed if subject in met else allowed
            if not met[subject].any():
                self.blamed |= subject
                return None
        return met

    def _asked(self, subject: Subject) -> pd.DataFrame:
        """Typical values of one column; of two, the ways in which they can compare: alike, more, less, unknown."""
        if len(subject) == 2:
            left, right = sorted(subject)
            return pd.DataFrame({left: [0, 0, 1, np.nan], right: [0, 1, 0, np.nan]})
        (column,) = subject
        if column not in self._typical:
            self._typical[column] = self._book.typical(column, self._compared.get(column, ()))
        return self._typical[column].frame


def _outer(boxes: list[_Box]) -> list[_Box]:
    """The boxes less those inside another, if there are few; equal ones once."""
    keys = [frozenset((subject, allowed.tobytes()) for subject, allowed in box.items()) for box in boxes]
    different = list(dict(zip(keys, boxes, strict=True)).values())
    if len(different) > 2 * MOST_BOXES:
        return different
    return [
        box for box in different if not any(other is not box and _inside(box, other) for other in different)
    ]


def _inside(box: _Box, other: _Box) -> bool:
    """Whether the one lies in the other."""
    return all(subject in box and not (box[subject] & ~allowed).any() for subject, allowed in other.items())
