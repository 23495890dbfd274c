"""Tables recoded so that a package that misreads real ones has nothing to misread.

What anonymeter 1.1.0 does with raw tables, measured: an apostrophe in a value hides even an exact copy; dates
and whole-number column names stop it; two missing values count as different and a missing number sorts last;
negative numbers always count as guessed. Here columns are called x0, x1, ..., labels v0, v1, ..., missing is
a value of its own, and numbers are positive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy.attacks.targets import equally_many
from privacy.evidence import Evidence
from privacy.schema import Kind

MARGIN = 0.01
"""Where a shifted column starts, as a share of its spread: a relative error needs a number above zero."""


@dataclass(frozen=True, slots=True, eq=False)
class SafeTables:
    """The three tables with safe names and values. numbers: the safe names of numeric columns."""

    train: pd.DataFrame
    control: pd.DataFrame
    synthetic: pd.DataFrame
    numbers: frozenset[str]
    names: tuple[str, ...]

    @property
    def arguments(self) -> dict[str, pd.DataFrame]:
        """As anonymeter's evaluators take them."""
        return {"ori": self.train, "control": self.control, "syn": self.synthetic}

    def tokens(self, names: Sequence[str]) -> list[str]:
        """The safe names of these columns."""
        return [f"x{self.names.index(name)}" for name in names]


def safe_tables(evidence: Evidence, most: int, rng: np.random.Generator) -> SafeTables:
    """At most `most` people of train and of control, equally many, and `most` synthetic rows, recoded."""
    train_rows, control_rows = equally_many(evidence, most, rng)
    rows = (train_rows, control_rows, rng.permutation(len(evidence.synthetic))[:most])
    frames = (evidence.train, evidence.control, evidence.synthetic)
    tables = (evidence.train_at, evidence.control_at, evidence.synthetic_at)
    cut = np.cumsum([len(side) for side in rows])[:-1]
    names = tuple(evidence.train.columns)
    columns: dict[str, NDArray[np.float64] | NDArray[np.object_]] = {}
    for place, name in enumerate(names):
        if name in evidence.ruler.ranked:
            values = np.concatenate([f[name].to_numpy()[side] for f, side in zip(frames, rows, strict=True)])
            is_date = evidence.schema[name].kind is Kind.DATETIME
            columns[f"x{place}"] = positive(values, shift=is_date)
        else:
            code = evidence.ruler.coded.index(name)
            codes = np.concatenate([t.codes[side, code] for t, side in zip(tables, rows, strict=True)])
            columns[f"x{place}"] = np.array([f"v{number}" for number in codes], dtype=object)
    train, control, synthetic = (
        pd.DataFrame({token: part[side] for token, part in columns.items()})
        for side in np.split(np.arange(sum(len(side) for side in rows)), cut)
    )
    numbers = frozenset(token for token, values in columns.items() if values.dtype.kind == "f")
    return SafeTables(train, control, synthetic, numbers, names)


def positive(values: NDArray[np.float64], *, shift: bool) -> NDArray[np.float64]:
    """Numbers above zero, missing as far above the largest as that is above the smallest.

    Moved only when `shift` or one is not above zero: moving changes what "within 5 % of the value" means.
    """
    present = values[~np.isnan(values)]
    if present.size == 0:
        return np.ones_like(values)
    spread = float(np.ptp(present)) or 1.0
    if shift or present.min() <= 0:
        values = values - present.min() + MARGIN * spread
    return np.where(np.isnan(values), float(np.nanmax(values)) + spread, values)
