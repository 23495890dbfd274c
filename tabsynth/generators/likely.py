"""How surprising a row is to a generator that can tell: one of the scores that a candidate gets."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from tabsynth.domain import Encoded


@runtime_checkable
class Likely(Protocol):
    """What a generator also is when it knows the chance with which it draws a row."""

    def surprise(self, table: Encoded) -> NDArray[np.float64]:
        """(rows,) minus the log-likelihood of each row, in nats; infinite for one that is never drawn.

        A number inside a bin counts by its density, that of the bin being 1.
        """
