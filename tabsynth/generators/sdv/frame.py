"""The coded table as a plain data frame for other people's generators, and back.

A discrete column is strings such as "c3". A binned column is one column of real numbers and, where it has plain
codes (missing, spikes), a second one of strings that says which, or "inside". A number that is not there is
filled with one drawn from the column's own: no spike and no gap that a peer would have to model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tabsynth.domain import Domain, Encoded, from_real

INSIDE = "inside"


@dataclass(frozen=True, slots=True)
class PeerFrame:
    """Which frame columns stand for which coded column: `codes` are strings, `reals` numbers."""

    domain: Domain
    codes: dict[int, str]
    reals: dict[int, str]

    @property
    def columns(self) -> list[str]:
        """All names, in the frame's order."""
        return [*self.codes.values(), *self.reals.values()]


def frame_of(table: Encoded, rng: np.random.Generator) -> tuple[PeerFrame, pd.DataFrame]:
    """The frame of `table` and how to read it back."""
    codes: dict[int, str] = {}
    reals: dict[int, str] = {}
    columns: dict[str, NDArray[np.object_] | NDArray[np.float64]] = {}
    for column, axis in enumerate(table.domain.axes):
        own = table.codes[:, column]
        if axis.plain or axis.discrete:
            codes[column] = f"code_{column}"
            labels = np.array([*(f"c{code}" for code in range(axis.plain)), INSIDE], dtype=object)
            columns[codes[column]] = labels[np.minimum(own, axis.plain)]
        real = table.real(column) if not axis.discrete else np.empty(0)
        there = real[~np.isnan(real)]
        if len(there):
            reals[column] = f"real_{column}"
            filled = np.where(np.isnan(real), rng.choice(there, len(real)), real)
            columns[reals[column]] = filled
    peer = PeerFrame(table.domain, codes, reals)
    return peer, pd.DataFrame({name: columns[name] for name in peer.columns})


def table_of(peer: PeerFrame, frame: pd.DataFrame) -> Encoded:
    """The coded table of a frame with the columns of `peer`; numbers outside the edges move to the nearest."""
    codes = np.zeros((len(frame), len(peer.domain)), dtype=np.int32)
    residuals = np.zeros(codes.shape, dtype=np.float32)
    for column, axis in enumerate(peer.domain.axes):
        if column in peer.reals:
            real = frame[peer.reals[column]].to_numpy(dtype=np.float64)
            codes[:, column], residuals[:, column] = from_real(axis, real)
        if column in peer.codes:
            labels = frame[peer.codes[column]].to_numpy(dtype=object)
            plain = labels != INSIDE
            codes[plain, column] = [int(label[1:]) for label in labels[plain]]
            residuals[plain, column] = 0
    return Encoded(peer.domain, codes, residuals)
