"""A coded table on the device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tabsynth.domain import Encoded
from tabsynth.generators.autoregressive.layout import Layout


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """codes: (rows, columns) int64; residuals: (rows, binned columns) float32."""

    codes: Tensor
    residuals: Tensor

    def __len__(self) -> int:
        return len(self.codes)

    @classmethod
    def of(cls, table: Encoded, layout: Layout, device: torch.device) -> Cells:
        """The table on the device."""
        codes = torch.from_numpy(table.codes.astype(np.int64))
        residuals = torch.from_numpy(np.ascontiguousarray(table.residuals[:, layout.binned], np.float32))
        return cls(codes.to(device), residuals.to(device))

    @classmethod
    def unset(cls, rows: int, layout: Layout, device: torch.device) -> Cells:
        """Rows of which nothing is known."""
        codes = torch.zeros(rows, len(layout.domain), dtype=torch.int64, device=device)
        return cls(codes, torch.zeros(rows, len(layout.binned), device=device))

    @classmethod
    def joined(cls, parts: Sequence[Cells]) -> Cells:
        """The rows of all, one after the other."""
        return cls(torch.cat([part.codes for part in parts]), torch.cat([part.residuals for part in parts]))

    def take(self, rows: Tensor) -> Cells:
        """A copy of these rows."""
        return Cells(self.codes.index_select(0, rows), self.residuals.index_select(0, rows))

    def put(
        self, rows: Tensor | slice, column: int, codes: Tensor, residuals: Tensor, layout: Layout
    ) -> None:
        """Set one column's cells of these rows."""
        self.codes[rows, column] = codes
        if column in layout.binned:
            self.residuals[rows, layout.binned.index(column)] = residuals

    def table(self, layout: Layout) -> Encoded:
        """The coded table again."""
        codes = self.codes.cpu().numpy().astype(np.int32)
        residuals = np.zeros(codes.shape, np.float32)
        residuals[:, layout.binned] = self.residuals.cpu().numpy()
        return Encoded(layout.domain, codes, residuals)
