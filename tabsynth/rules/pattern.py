"""Texts of a given form."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import field_validator

from privacy import Kind, Schema
from tabsynth.rules.rule import Mask, Rule, learnt_columns, quoted, require_kinds


class Pattern(Rule):
    """pattern: a regular expression of RE2, which no text can keep busy for long; the whole text must match it.

    Levels that few persons carry are drawn as one, and its name seldom matches: such rows are cut.
    """

    rule: Literal["pattern"] = "pattern"
    column: str
    pattern: str

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            _matches(pattern, [""])
        except pa.ArrowInvalid:
            raise ValueError("is not a regular expression") from None
        return pattern

    @property
    def named(self) -> tuple[str, ...]:
        return (self.column,)

    def text(self) -> str:
        return f"{quoted(self.named)} matches {self.pattern}"

    def require(self, schema: Schema) -> None:
        require_kinds(learnt_columns(self.named, schema), (Kind.CATEGORICAL,))

    def valid(self, frame: pd.DataFrame, schema: Schema) -> Mask:
        numbers, texts = pd.factorize(frame[self.column])
        matches = np.array([*_matches(self.pattern, list(texts)), True])
        return matches[numbers]


def _matches(pattern: str, texts: list[str]) -> list[bool]:
    """Which texts match from end to end. ArrowInvalid when the pattern is no regular expression."""
    pc.match_substring_regex(pa.array([""]), pattern)
    whole = rf"\A(?:{pattern})\z"
    found: list[bool] = pc.match_substring_regex(pa.array(texts, pa.string()), whole).to_pylist()
    return found
