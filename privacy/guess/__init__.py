"""Guesses a schema from a table: a kind and a privacy role for every column, each with its reason.

A guess is a draft for a person to edit. It errs on the side of caution: what may identify a person is called
an identifier and never learnt. Reasons, bounds and levels hold no value of the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from privacy.errors import SchemaError
from privacy.guess.column_content import Content, Form, content_of
from privacy.guess.column_names import (
    Meaning,
    meaning,
    names_a_code,
    names_a_key,
    names_a_quantity,
    names_a_row_number,
    plain_name,
)
from privacy.schema import Column, Kind, Role, Schema, Treatment
from privacy.tables.cells import to_seconds
from privacy.tables.frames import as_frame

_FEW_CODES = 20
_MANY_TEXTS = 100
_MANY_LONG_TEXTS = 200
"""Phrases that repeat, but too many to be a code book: a person wrote them, and may have named somebody."""
_CODE_MEANINGS = {"a sex", "a postal code", "an origin or ethnicity"}
_TEXT_MEANINGS = {"a person's name", "a postal address"}


@dataclass(frozen=True, slots=True)
class Guess:
    """One column's guess. reason: a sentence without any value of the table; confidence: 0 to 1."""

    column: str
    kind: Kind
    role: Role
    reason: str
    confidence: float


@dataclass(frozen=True, slots=True)
class _Sight:
    """All that a guess rests on."""

    name: str
    content: Content
    hint: Meaning | None

    @property
    def named_identifier(self) -> bool:
        return self.hint is not None and self.hint.role is Role.IDENTIFIER

    @property
    def named_code(self) -> bool:
        return names_a_code(self.name) or (self.hint is not None and self.hint.words in _CODE_MEANINGS)


def guess_schema(frame: Any) -> tuple[Schema, tuple[Guess, ...]]:
    """A schema of this table (anything `as_frame` takes), and one guess a column, in column order.

    Minimum, maximum and levels stay undeclared. Raises SchemaError for a table without columns or rows.
    """
    plain = as_frame(frame)
    if plain.empty:
        raise SchemaError("the table has no rows or no columns", todo="give a table with rows")
    sights = [_Sight(str(name), content_of(plain[name]), meaning(str(name))) for name in plain.columns]
    guesses = tuple(_guess(sight, plain[sight.name]) for sight in sights)
    columns = tuple(_column(guess, sight) for guess, sight in zip(guesses, sights, strict=True))
    return Schema(columns=columns, entity=_entity(sights, guesses)), guesses


def _guess(sight: _Sight, series: pd.Series[Any]) -> Guess:
    content = sight.content
    if content.form is Form.EMPTY:
        kind, why, sure = Kind.CATEGORICAL, "no value in it", 0.3
    elif content.form is Form.TRUTH:
        kind, why, sure = Kind.BOOLEAN, "true or false", 0.95
    elif content.form is Form.DATE:
        kind, why, sure = Kind.DATETIME, "every value reads as a date", 0.95
    elif content.form is Form.NUMBER:
        kind, why, sure = _kind_of_numbers(sight, series)
    else:
        kind, why, sure = _kind_of_texts(sight)
    if sight.named_identifier and kind is Kind.CATEGORICAL and not content.yes_or_no:
        kind = Kind.TEXT if sight.hint is not None and sight.hint.words in _TEXT_MEANINGS else Kind.ID
    return Guess(sight.name, kind, _role(sight, kind), _reason(sight, kind, why), sure)


def _kind_of_numbers(sight: _Sight, series: pd.Series[Any]) -> tuple[Kind, str, float]:
    content, name = sight.content, sight.name
    key = names_a_key(name) or sight.named_identifier
    if sight.named_identifier or (key and content.whole and content.unique_share > 0.5):
        return Kind.ID, "numbers that name something", 0.9
    if content.counter and sight.hint is None and not names_a_quantity(name):
        return Kind.ID, "a whole number of its own in every row, like a row number", 0.8
    if (
        content.whole
        and content.digits >= 8
        and content.unique_share == 1
        and content.rows >= 50
        and not sight.hint
    ):
        return Kind.ID, "long whole numbers of one length that never repeat", 0.7
    if content.digits == 8 and _names_a_date(name) and not to_seconds(series).bad:
        return Kind.DATETIME, "every value reads as year, month and day", 0.8
    if content.whole and sight.named_code:
        return Kind.CATEGORICAL, "whole numbers that are codes", 0.85
    if content.distinct == 1:
        return Kind.CATEGORICAL, "one value throughout", 0.5
    few = content.distinct <= min(_FEW_CODES, max(2, content.filled // 3))
    if content.whole and few and not names_a_quantity(name):
        return Kind.CATEGORICAL, "few different whole numbers, read as codes", 0.6
    return (
        Kind.NUMERIC,
        "whole numbers" if content.whole else "numbers with decimals",
        0.9 if not few else 0.6,
    )


def _kind_of_texts(sight: _Sight) -> tuple[Kind, str, float]:
    content = sight.content
    many = content.distinct >= _MANY_TEXTS and content.unique_share > 0.3
    if content.doubt:
        return Kind.CATEGORICAL, content.doubt, 0.3
    if (
        content.pattern
        and (content.unique_share > 0.01 or content.distinct > _FEW_CODES)
        and not sight.named_code
    ):
        return Kind.ID, f"the values look like {content.pattern}", 0.95
    if content.numeric_share > 0.5:
        return Kind.CATEGORICAL, "numbers and words mixed", 0.5
    if names_a_key(sight.name) and (content.distinct > _FEW_CODES or content.unique_share > 0.5):
        return Kind.ID, "texts that name something", 0.85
    if content.words >= 5 and content.length >= 30:
        if content.unique_share > 0.5 or many:
            return Kind.TEXT, "long texts that seldom repeat", 0.9
        if content.distinct >= _MANY_LONG_TEXTS:
            return Kind.TEXT, f"{_how_many(content.distinct)} long texts", 0.7
    if (
        content.unique_share >= 0.9
        and content.filled >= 10
        and (sight.hint is None or sight.named_identifier)
    ):
        return (Kind.TEXT if content.words > 1.5 else Kind.ID), "texts that hardly ever repeat", 0.8
    if many and (content.words > 1.5 or content.unique_share > 0.5):
        return Kind.TEXT, "many different texts", 0.6
    return Kind.CATEGORICAL, f"{_how_many(content.distinct)} different texts", 0.9


def _role(sight: _Sight, kind: Kind) -> Role:
    if kind is Kind.ID:
        return Role.IDENTIFIER
    if kind is Kind.TEXT and (sight.hint is None or sight.hint.role is not Role.QUASI_IDENTIFIER):
        return Role.IDENTIFIER
    if sight.hint is None:
        return Role.OTHER
    if sight.named_identifier and kind in (Kind.BOOLEAN, Kind.DATETIME, Kind.CATEGORICAL):
        return Role.QUASI_IDENTIFIER if kind is Kind.DATETIME else Role.OTHER
    return sight.hint.role


def _reason(sight: _Sight, kind: Kind, why: str) -> str:
    named = f"the name reads as {sight.hint.words}; " if sight.hint else ""
    gaps = "; with gaps" if 0 < sight.content.filled < sight.content.rows else ""
    return f"{named}{why}{gaps}"


def _how_many(count: int) -> str:
    """A number in round words: an exact count would be one more fact about the source."""
    if count < 12:
        return "few"
    return "dozens of" if count < 100 else "hundreds of" if count < 1000 else "thousands of"


def _names_a_date(name: str) -> bool:
    words = set(plain_name(name).split("_"))
    return bool(
        words & {"date", "day", "dob", "birthdate", "datum", "fecha", "data", "admitted", "discharged"}
    )


def _column(guess: Guess, sight: _Sight) -> Column:
    dropped = guess.kind is Kind.TEXT and sight.content.words >= 5 and not sight.named_identifier
    return Column(
        name=guess.column,
        kind=guess.kind,
        role=guess.role,
        treatment=Treatment.DROP if dropped else None,
        decimals=_decimals(guess.kind, sight.content),
    )


def _decimals(kind: Kind, content: Content) -> int | None:
    """Of numbers as found; of categories 0 where their codes are whole numbers, so that they come back as such."""
    if kind is Kind.NUMERIC:
        return content.decimals
    return 0 if kind is Kind.CATEGORICAL and content.form is Form.NUMBER and content.whole else None


def _entity(sights: list[_Sight], guesses: tuple[Guess, ...]) -> str | None:
    """The id that says whose row it is: best a person's key, next any key whose values repeat.

    Gaps do not speak against it: to pass over a key with a gap would part that many persons' rows in a split.
    """
    best, best_score = None, 0
    for sight, guess in zip(sights, guesses, strict=True):
        score = _entity_score(sight) if guess.kind is Kind.ID else 0
        if score > best_score:
            best, best_score = sight.name, score
    return best


def _entity_score(sight: _Sight) -> int:
    content, hint = sight.content, sight.hint
    repeats = content.unique_share < 1
    if hint is not None and hint.keys_a_person:
        return 2 + 2 * (hint.words == "the key of a person") + repeats
    if content.counter or hint is not None:
        return 0
    if names_a_row_number(sight.name):
        return 4 + repeats
    return int(repeats and (names_a_key(sight.name) or content.pattern == "universally unique ids"))
