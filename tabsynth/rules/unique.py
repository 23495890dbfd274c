"""Values that no two rows share."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, model_validator

from privacy import Schema
from tabsynth.rules.rule import Mask, Rule, quoted, require_different


class Unique(Rule):
    """columns: no two rows are equal in all of them; rows with a gap in one are not compared."""

    is_about_all_rows: ClassVar[bool] = True

    rule: Literal["unique"] = "unique"
    columns: Annotated[tuple[str, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _consistent(self) -> Unique:
        require_different(self.columns)
        return self

    @property
    def named(self) -> tuple[str, ...]:
        return self.columns

    def text(self) -> str:
        together = " together" if len(self.columns) > 1 else ""
        return f"no two rows are equal in {quoted(self.columns, ' and ')}{together}"

    def valid(self, frame: pd.DataFrame, schema: Schema) -> Mask:
        """(rows,) False where an earlier row is equal."""
        asked = frame[list(self.columns)]
        return np.asarray(asked.isna().any(axis=1) | ~asked.duplicated(), bool)

    def keys(self, frame: pd.DataFrame) -> NDArray[np.uint64]:
        """(rows,) a hash of what must be unique, to compare with rows of other frames."""
        hashes = pd.util.hash_pandas_object(frame[list(self.columns)], index=False)
        return np.asarray(hashes, dtype=np.uint64)

    def bound(self, frame: pd.DataFrame) -> Mask:
        """(rows,) where all the columns have a value."""
        return frame[list(self.columns)].notna().all(axis=1).to_numpy()
