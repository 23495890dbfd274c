"""Identifiers invented from nothing: no value, length or format of the source goes into them.

A fake follows the kind of its column and words in the column's name, never a value, so it cannot be checked
against real ones: a clash is possible and means nothing. Every row gets fresh keys: rows of a synthetic table
are not linked to each other, nor to the rows of another one.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy import Column, Kind, Schema, Treatment

TEXT = "synthetic text"
"""What stands in every cell of free text."""

_DIGITS = 12

_PATTERNS: dict[str, str] = {
    r"e[-_ ]?mail": "person.{number}@example.org",
    r"phone|mobile|(?<![a-z])(tel|fax)(?![a-z])": "555-01{two} ext. {number}",
    r"url|website|homepage": "https://example.org/{number}",
    r"zip|post[-_ ]?(al)?[-_ ]?code": "Z{number}",
    r"address|street": "{number} Synthetic Street",
    r"(?<![a-z])(city|town|place)": "Synthetic City {number}",
    r"name|surname": "Synthetic Person {number}",
}
"""Words in a column's name -> what its fakes look like; the first that is found counts."""

_PLAIN = "S{number}"


def fake_columns(schema: Schema, rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """The columns a schema wants faked, in its order and in canonical form; `rows` rows.

    Ids and the entity key are "S" and twelve digits, different on every row; numbers are whole numbers,
    different on every row; names, addresses, e-mail addresses and telephone numbers say that they are
    synthetic (example.org and 555-01xx are reserved for that); dates and booleans are missing; free text is
    one phrase; a column with declared levels gets any of them.
    """
    columns = {column.name: _fake(column, schema, rows, rng) for column in schema.released_as(Treatment.FAKE)}
    return pd.DataFrame(columns, index=pd.RangeIndex(rows))


def _fake(column: Column, schema: Schema, rows: int, rng: np.random.Generator) -> NDArray[Any]:
    """(rows,) the fakes of one column."""
    if column.kind is Kind.DATETIME:
        return np.full(rows, np.nan)
    if column.kind is Kind.BOOLEAN:
        return np.full(rows, None, dtype=object)
    if column.kind is Kind.NUMERIC:
        return _different_numbers(rows, rng).astype(np.float64)
    if column.name == schema.entity:
        return _written(_PLAIN, _different_numbers(rows, rng))
    if column.kind is Kind.TEXT:
        return np.full(rows, TEXT, dtype=object)
    if column.levels:
        return rng.choice(np.array(column.levels, dtype=object), rows)
    return _written(_pattern_of(column.name), _different_numbers(rows, rng))


def _pattern_of(name: str) -> str:
    """What the fakes of a column of this name look like."""
    for words, pattern in _PATTERNS.items():
        if re.search(words, name.lower()):
            return pattern
    return _PLAIN


def _written(pattern: str, numbers: NDArray[np.int64]) -> NDArray[Any]:
    """(rows,) the pattern filled in with each number."""
    words = [pattern.format(number=f"{n:0{_DIGITS}d}", two=f"{n % 100:02d}") for n in numbers.tolist()]
    return np.array(words, dtype=object)


def _different_numbers(rows: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """(rows,) random whole numbers of up to twelve digits, no two alike."""
    numbers = rng.integers(0, 10**_DIGITS, rows)
    while len(first := np.unique(numbers, return_index=True)[1]) < rows:
        repeated = np.ones(rows, dtype=bool)
        repeated[first] = False
        numbers[repeated] = rng.integers(0, 10**_DIGITS, int(repeated.sum()))
    return numbers
