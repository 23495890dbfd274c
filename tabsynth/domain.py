"""The coded table: all that a generator ever sees.

A generator gets no name, label, date or text of the source: only integer codes, a residual inside the bin,
and the bins' edges, which the encoder has rounded and bounded. What it never sees it cannot leak.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """One coded column.

    plain: number of codes that are a value of their own and have no residual: missing, levels, spikes.
    edges: (bins + 1,) strictly increasing bounds of the bins, on the column's real scale; empty when the
    column is discrete. Code `plain + b` means "inside bin b", and its residual in [0, 1) says where: it is
    the share of the bin's people below, so residuals of real people are about uniform in every bin.
    ordered: whether the plain codes after `missing` stand in a meaningful order.
    missing: whether code 0 means missing.
    bins_below: (plain codes after `missing`,) of a binned column, how many bins begin below each; they rise. None
    when nothing is known of it, and then all of them stand below all bins.
    """

    plain: int
    edges: NDArray[np.float64]
    ordered: bool = False
    missing: bool = False
    bins_below: NDArray[np.int64] | None = None

    @property
    def bins(self) -> int:
        return max(len(self.edges) - 1, 0)

    @property
    def size(self) -> int:
        """Number of codes."""
        return self.plain + self.bins

    @property
    def line(self) -> NDArray[np.int64]:
        """(size,) all codes in the order of what they stand for, missing first; as they are when it has none."""
        if self.bins_below is None:
            return np.arange(self.size)
        apart = np.arange(self.missing)
        spikes, bins = self.bins_below - 0.5, np.arange(self.bins)
        return np.concatenate(
            [apart, self.missing + np.argsort(np.concatenate([spikes, bins]), kind="stable")]
        )

    @property
    def discrete(self) -> bool:
        """Whether every code is a value of its own."""
        return self.bins == 0


@dataclass(frozen=True, slots=True, eq=False)
class Domain:
    """The axes of a coded table, in column order."""

    axes: tuple[Axis, ...]

    def __len__(self) -> int:
        return len(self.axes)

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(axis.size for axis in self.axes)


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """A coded table.

    codes: (rows, columns) int32, 0 <= codes[:, j] < domain.axes[j].size.
    residuals: (rows, columns) float32 in [0, 1), 0 where the code is plain.
    persons: (rows,) equal numbers on the rows of one person; None where every row is a person of its own.
    """

    domain: Domain
    codes: NDArray[np.int32]
    residuals: NDArray[np.float32]
    persons: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.codes)

    @classmethod
    def joined(cls, parts: Sequence[Encoded]) -> Encoded:
        """The rows of tables on the same axes, one after the other, each a person of its own."""
        codes, residuals = (
            np.concatenate([getattr(part, of) for part in parts]) for of in ("codes", "residuals")
        )
        return cls(parts[0].domain, codes, residuals)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Encoded:
        """The rows, in this order."""
        persons = None if self.persons is None else self.persons[rows]
        return Encoded(self.domain, self.codes[rows], self.residuals[rows], persons)

    def person_weights(self) -> NDArray[np.float32]:
        """(rows,) one over the rows of the row's person: no set of rows weighs more than its persons."""
        if self.persons is None:
            return np.ones(len(self), np.float32)
        _, number, rows = np.unique(self.persons, return_inverse=True, return_counts=True)
        weights: NDArray[np.float32] = (1 / rows[number]).astype(np.float32)
        return weights

    def real(self, column: int) -> NDArray[np.float64]:
        """(rows,) the numbers of a binned column on a working scale, NaN where the code is plain.

        The scale is the real one at the edges and linear in between, where the encoder's own map bends.
        """
        axis = self.domain.axes[column]
        bins = self.codes[:, column].astype(np.int64) - axis.plain
        inside = bins >= 0
        at = np.where(inside, bins, 0)
        low, high = axis.edges[at], axis.edges[at + 1]
        return np.where(inside, low + self.residuals[:, column] * (high - low), np.nan)


def from_real(axis: Axis, values: NDArray[np.float64]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Codes and residuals of numbers on a binned axis; a number outside the edges is moved to the nearest.

    The inverse of `Encoded.real` on the binned part; `values` must not be NaN.
    """
    clipped = np.clip(values, axis.edges[0], axis.edges[-1])
    at = np.clip(np.searchsorted(axis.edges, clipped, side="right") - 1, 0, axis.bins - 1)
    low, high = axis.edges[at], axis.edges[at + 1]
    below_one = np.nextafter(np.float32(1), np.float32(0))
    residuals = np.minimum(((clipped - low) / (high - low)).astype(np.float32), below_one)
    return (at + axis.plain).astype(np.int32), residuals
