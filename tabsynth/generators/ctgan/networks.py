"""The two networks of CTGAN, with every random draw from a generator that is handed in.

Xu et al. 2019 (arXiv:1907.00503), section 4.4. One change: the condition enters the generator through a
learned embedding, which is a one-hot vector times a matrix. With 10,000 levels the one-hot vector itself,
handed on to every layer as the paper has it, would make the last layer alone 400 MB.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn

SLOPE = 0.2
DROPOUT = 0.5


# Layers are made on the meta device first: their own initialisation would draw from the global generator.
def _linear(inputs: int, outputs: int, source: torch.Generator) -> nn.Linear:
    layer = nn.Linear(inputs, outputs, device="meta").to_empty(device="cpu")
    bound = inputs**-0.5
    nn.init.uniform_(layer.weight, -bound, bound, generator=source)
    nn.init.uniform_(layer.bias, -bound, bound, generator=source)
    return layer


def _embedding(slots: int, width: int, spread: float, source: torch.Generator) -> nn.Embedding:
    layer = nn.Embedding(slots, width, device="meta").to_empty(device="cpu")
    nn.init.normal_(layer.weight, std=spread, generator=source)
    return layer


class Generator(nn.Module):
    """Noise and a condition to a row: residual blocks that hand their input on beside their output."""

    def __init__(
        self, slots: int, scalars: int, noise: int, hidden: Sequence[int], source: torch.Generator
    ) -> None:
        super().__init__()
        self.condition = _embedding(slots, noise, 1.0, source)
        width = 2 * noise
        self.layers = nn.ModuleList()
        self.norms = nn.ModuleList()
        for size in hidden:
            self.layers.append(_linear(width, size, source))
            self.norms.append(nn.BatchNorm1d(size))
            width += size
        self.out = _linear(width, scalars + slots, source)

    def forward(self, noise: Tensor, condition: Tensor) -> Tensor:
        """noise (rows, noise), condition (rows,) slots -> (rows, scalars + slots) before any activation."""
        row = torch.cat([noise, self.condition(condition)], dim=1)
        for layer, norm in zip(self.layers, self.norms, strict=True):
            row = torch.cat([torch.relu(norm(layer(row))), row], dim=1)
        return cast(Tensor, self.out(row))


class Critic(nn.Module):
    """Scores packs of rows of one kind, each row beside its condition (PacGAN, arXiv:1712.04086).

    The conditions' one-hot vectors never exist: their product with the first layer is a sum of its columns.
    """

    def __init__(
        self, slots: int, scalars: int, hidden: Sequence[int], pac: int, source: torch.Generator
    ) -> None:
        super().__init__()
        self.pac, self.slots, self.row = pac, slots, scalars + slots
        whole = pac * (self.row + slots)
        self.condition = _embedding(pac * slots, hidden[0], whole**-0.5, source)
        self.layers = nn.ModuleList([_linear(pac * self.row, hidden[0], source)])
        for width, size in pairwise(hidden):
            self.layers.append(_linear(width, size, source))
        self.out = _linear(hidden[-1], 1, source)

    def enter(self, rows: Tensor, condition: Tensor) -> Tensor:
        """rows (n, scalars + slots), condition (n,) slots -> (n / pac, hidden) the first layer, not activated.

        Linear, so that a point between two packs enters as the same mean of what they enter as.
        """
        place = torch.arange(self.pac, device=rows.device) * self.slots
        conditions = self.condition(condition.view(-1, self.pac) + place).sum(dim=1)
        return cast(Tensor, self.layers[0](rows.view(-1, self.pac * self.row)) + conditions)

    def forward(self, entered: Tensor, source: torch.Generator) -> tuple[Tensor, list[Tensor]]:
        """Scores (packs,), and the slope of every hidden unit there, dropout included: (packs, hidden)."""
        inside, slopes = self._activated(entered, source)
        held = [slopes]
        for layer in list(self.layers)[1:]:
            inside, slopes = self._activated(layer(inside), source)
            held.append(slopes)
        return self.out(inside).squeeze(1), held

    def _activated(self, before: Tensor, source: torch.Generator) -> tuple[Tensor, Tensor]:
        kept = torch.rand(before.shape, generator=source, device=before.device) >= DROPOUT
        slope = torch.where(before > 0, 1.0, SLOPE) * kept / (1 - DROPOUT)
        return before * slope, slope

    def row_gradient(self, slopes: list[Tensor]) -> Tensor:
        """(packs, pac * row) gradient of the scores by the rows, exact and without a double backward.

        The network is linear around every point: the gradient is the product of its weights and its slopes.
        """
        gradient = self.out.weight.expand(len(slopes[-1]), -1)
        for layer, slope in zip(reversed(self.layers), reversed(slopes), strict=True):
            gradient = (gradient * slope) @ cast(nn.Linear, layer).weight
        return gradient


def softmax_by_block(logits: Tensor, block: Tensor, blocks: int) -> Tensor:
    """Softmax within each block of slots. logits (rows, slots); block (slots,) says which block a slot is in."""
    shape = (len(logits), blocks)
    index = block.expand_as(logits)
    top = torch.full(shape, -torch.inf, device=logits.device).scatter_reduce(
        1, index, logits.detach(), "amax"
    )
    raised = torch.exp(logits - top[:, block])
    total = torch.zeros(shape, device=logits.device).index_add(1, block, raised)
    return raised / total[:, block]


def gumbel(shape: tuple[int, ...], source: torch.Generator, device: torch.device) -> Tensor:
    """Standard Gumbel noise: added to logits, its largest entry is a draw from their softmax."""
    uniform = torch.rand(shape, generator=source, device=device).clamp_min_(1e-30)
    return -torch.log(-torch.log(uniform))
