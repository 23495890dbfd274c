"""One residual block of the trunk."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from tabsynth.generators.autoregressive.tables import normal


class Block(nn.Module):
    """What is added to a row (rows, width): two layers of its normalised self."""

    def __init__(self, width: int, source: torch.Generator) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.first = normal((width, width), (2 / width) ** 0.5, source)
        self.shift = nn.Parameter(torch.zeros(width))
        self.second = normal((width, width), 0.5 * width**-0.5, source)

    def forward(self, row: Tensor, dropout: float, source: torch.Generator | None) -> Tensor:
        inside = nn.functional.silu(torch.addmm(self.shift, self.norm(row), self.first))
        if source is not None and dropout > 0:
            kept = torch.empty_like(inside).bernoulli_(1 - dropout, generator=source)
            inside = inside * kept / (1 - dropout)
        # Not one product with the row: in half precision that would round the row, too.
        return row + inside @ self.second
