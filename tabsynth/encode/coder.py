"""What every coder of a column is."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tabsynth.domain import Axis

Value = str | float | None
"""A cell in canonical form: text, a number or a date in seconds, or missing."""

Codes = NDArray[np.int64]
Residuals = NDArray[np.float32]


class Coder(Protocol):
    """One column of a canonical table <-> one or more axes."""

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes the column takes."""

    def encode(self, values: NDArray[Any]) -> tuple[Codes, Residuals]:
        """(rows, axes) codes and residuals of (rows,) canonical values; any value has a code."""

    def decode(self, codes: Codes, residuals: Residuals, rng: np.random.Generator) -> NDArray[Any]:
        """(rows,) canonical values of (rows, axes) codes and residuals; any combination has a value."""

    def plain_values(self, part: int) -> list[Value]:
        """The values of the plain codes of axis number `part` of this coder."""

    def to_json(self) -> dict[str, Any]:
        """The coder as plain JSON."""


def share_of(part: int, whole: int) -> float:
    """`part` of `whole` to two digits after the point, 0 when there is no whole: fit for logs."""
    return round(part / whole, 2) if whole else 0.0
