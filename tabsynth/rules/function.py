"""A rule that is a Python function: for those who write Python, never from a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import field_serializer

from privacy import ConfigError, Schema
from tabsynth.rules.rule import Mask, Rule
from tabsynth.source import released_frame


class Function(Rule):
    """function: from a frame of these columns, in the types of `released_frame`, to a truth value a row.

    Unknown counts as met. It may be called with any number of rows and must look at each alone.
    """

    rule: Literal["function"] = "function"
    name: str
    columns: tuple[str, ...]
    function: Callable[[pd.DataFrame], Any]

    @field_serializer("function")
    def _unsaid(self, function: Callable[[pd.DataFrame], Any]) -> None:
        return None

    @property
    def named(self) -> tuple[str, ...]:
        return self.columns

    def text(self) -> str:
        return f"the function {self.name} is true"

    def valid(self, frame: pd.DataFrame, schema: Schema) -> Mask:
        asked = released_frame(frame[list(self.columns)], schema)
        try:
            answer = pd.Series(self.function(asked)).reset_index(drop=True).astype("boolean")
        except Exception as error:  # noqa: BLE001 - the user's code may raise anything, values and all
            raise ConfigError(f"failed with {type(error).__name__}", where=f"rule {self.name}") from None
        if len(answer) != len(frame):
            raise ConfigError(
                f"answers {len(answer)} times for {len(frame)} rows",
                where=f"rule {self.name}",
                todo="return one truth value a row",
            )
        return answer.fillna(True).to_numpy(dtype=np.bool_)
