"""The two networks of CTGAN: their weights, and the generator said plainly.

Xu et al. 2019 (arXiv:1907.00503), section 4.4. One change: the condition enters the generator through a
learned embedding, which is a one-hot vector times a matrix. With 10,000 levels the one-hot vector itself,
handed on to every layer as the paper has it, would make the last layer alone 400 MB.
How the weights learn stands in `generator_pass` and `critic_pass`, how rows are drawn in `frozen`; what they say
is what `Generator.forward` says.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn


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


def in_one_piece(network: nn.Module) -> nn.Parameter:
    """All parameters moved into one tensor, of which they are views from now on; so are their gradients.

    One piece is one call for Adam and one for the moving average, however many layers there are.
    """
    parts = list(network.parameters())
    whole = nn.Parameter(torch.cat([part.detach().flatten() for part in parts]))
    whole.grad = torch.zeros_like(whole)
    sizes = [part.numel() for part in parts]
    pieces = zip(torch.split(whole.detach(), sizes), torch.split(whole.grad, sizes), strict=True)
    for part, (values, slopes) in zip(parts, pieces, strict=True):
        part.data, part.grad = values.view(part.shape), slopes.view(part.shape)
    return whole


def linear(layers: nn.ModuleList) -> list[nn.Linear]:
    """The layers, by their type."""
    return [cast(nn.Linear, layer) for layer in layers]


def gradient_of(parameter: Tensor) -> Tensor:
    """The tensor that a parameter's gradient is written into."""
    if parameter.grad is None:
        parameter.grad = torch.zeros_like(parameter)
    return parameter.grad
