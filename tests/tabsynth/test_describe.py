"""Describing a table: a schema, and lines for a person that hold no value of it."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from tabsynth.describe import HEADINGS, describe, lines


def test_one_line_a_column(people: Callable[[int, int], pd.DataFrame]) -> None:
    schema, guesses = describe(people(300, 0))
    table = lines(guesses)
    assert [line[0] for line in table] == list(schema.names)
    assert all(len(line) == len(HEADINGS) and all(line) for line in table)
    age = dict(zip(HEADINGS, table[1], strict=True))
    assert (age["kind"], age["role"]) == ("numeric", "quasi-identifier")
    assert age["confidence"].endswith("%") and "an age" in age["reason"]


def test_no_line_shows_a_value() -> None:
    frame = pd.DataFrame({"area": ["Zq-north", "Zq-south"] * 50, "key": [f"Zq{n}" for n in range(100)]})
    _, guesses = describe(frame)
    assert "Zq" not in repr(lines(guesses))
