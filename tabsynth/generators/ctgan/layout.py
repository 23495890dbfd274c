"""How a coded row lies in CTGAN's vector: first one scalar per binned column, then one block of slots per column.

A block is a one-hot: the codes of a discrete column; the plain codes (missing, spikes) and then the modes of
a binned one. A plain code has the scalar 0. Blocks serve as the output's one-hots and as the conditions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tabsynth.domain import Domain, Encoded, from_real
from tabsynth.generators.ctgan.modes import Modes


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The place of every column in the vector. modes: one per column, None where it is discrete."""

    domain: Domain
    modes: tuple[Modes | None, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Slots of each column's block."""
        return tuple(
            axis.size if modes is None else axis.plain + len(modes)
            for axis, modes in zip(self.domain.axes, self.modes, strict=True)
        )

    @property
    def starts(self) -> NDArray[np.int64]:
        """(columns,) first slot of each block."""
        return np.concatenate([[0], np.cumsum(self.sizes)[:-1]]).astype(np.int64)

    @property
    def slots(self) -> int:
        """Slots of all blocks together."""
        return sum(self.sizes)

    @property
    def scalars(self) -> int:
        """Number of binned columns."""
        return sum(modes is not None for modes in self.modes)

    def split(
        self, table: Encoded, rng: np.random.Generator
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """(rows, columns) the slot of each value, numbered through all blocks; (rows, scalars) the scalars."""
        slots = table.codes.astype(np.int64)
        scalars = np.zeros((len(table), self.scalars), dtype=np.float32)
        at = 0
        for column, modes in enumerate(self.modes):
            if modes is None:
                continue
            real = table.real(column)
            inside = ~np.isnan(real)
            chosen, scalars[inside, at] = modes.assign(real[inside], rng)
            slots[inside, column] = self.domain.axes[column].plain + chosen
            at += 1
        return slots + self.starts, scalars

    def join(self, slots: NDArray[np.int64], scalars: NDArray[np.float32]) -> Encoded:
        """The table that `split` took apart, up to the clipping of scalars and edges."""
        codes = (slots - self.starts).astype(np.int32)
        residuals = np.zeros(codes.shape, dtype=np.float32)
        at = 0
        for column, modes in enumerate(self.modes):
            if modes is None:
                continue
            axis = self.domain.axes[column]
            inside = codes[:, column] >= axis.plain
            chosen = codes[inside, column].astype(np.int64) - axis.plain
            values = modes.values(chosen, scalars[inside, at])
            codes[inside, column], residuals[inside, column] = from_real(axis, values)
            at += 1
        return Encoded(self.domain, codes, residuals)

    def allowed_slots(self, column: int, codes: NDArray[np.int32]) -> NDArray[np.bool_]:
        """(slots of the column's block,) which of them can give one of `codes`."""
        axis, modes = self.domain.axes[column], self.modes[column]
        allowed = np.zeros(self.sizes[column], dtype=np.bool_)
        allowed[codes[codes < axis.plain] if modes is not None else codes] = True
        if modes is not None:
            bins = codes[codes >= axis.plain].astype(np.int64) - axis.plain
            allowed[axis.plain :] = modes.reaches(axis.edges, bins)
        return allowed
