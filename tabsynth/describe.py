"""What a table seems to hold, in lines for a person to read: no value of the table is in them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from privacy import Guess, Schema, guess_schema

HEADINGS = ("column", "kind", "role", "confidence", "reason")


def describe(frame: Any) -> tuple[Schema, tuple[Guess, ...]]:
    """A guessed schema and one reasoned guess a column; SchemaError for a table without columns or rows."""
    return guess_schema(frame)


def lines(guesses: Iterable[Guess]) -> list[tuple[str, str, str, str, str]]:
    """One row of texts a guess, under HEADINGS. Column names are as they are: escape them where they go."""
    return [
        (guess.column, str(guess.kind), str(guess.role), f"{guess.confidence:.0%}", guess.reason)
        for guess in guesses
    ]
