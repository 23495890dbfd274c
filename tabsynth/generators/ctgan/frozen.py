"""The generator network as rows are sampled from it: no weight changes any more, no row depends on another."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from tabsynth.generators.ctgan.generator_pass import applied, distinct
from tabsynth.generators.ctgan.networks import Generator, linear


class Frozen:
    """Batch normalisation by running statistics is part of the weights.

    One tensor holds all that the layers hand on: the noise, before it the output of the first layer, before that
    the second's. What a condition adds to a layer is worked out once for the rows that share it.
    """

    def __init__(self, network: Generator, allowed: Tensor) -> None:
        """allowed: (slots,) which may be drawn; the score of any other is minus infinity."""
        self.embedding, self.noise = network.condition.weight, network.condition.embedding_dim
        self.width = network.out.in_features - self.noise
        self.hidden = [
            _normed(layer, cast(nn.BatchNorm1d, norm))
            for layer, norm in zip(linear(network.layers), network.norms, strict=True)
        ]
        bias = network.out.bias.clone()
        bias[len(bias) - len(allowed) :].masked_fill_(~allowed, -torch.inf)
        self.out = network.out.weight, bias

    def __call__(self, noise: Tensor, condition: Tensor) -> Tensor:
        """noise (rows, noise), condition (rows,) slots -> (rows, scalars + slots) before any activation."""
        kinds, place = distinct(condition)
        embedded = self.embedding.index_select(0, kinds)
        row = torch.empty(len(noise), self.width, device=noise.device)
        begin = self.width - self.noise
        row[:, begin:] = noise
        for weight, bias in self.hidden:
            end, begin = begin, begin - len(bias)
            row[:, begin:end] = applied(weight, bias, row[:, end:], embedded, place).relu_()
        return applied(*self.out, row, embedded, place)


def _normed(layer: nn.Linear, norm: nn.BatchNorm1d) -> tuple[Tensor, Tensor]:
    """The layer's weight (outputs, inputs) and bias with the normalisation after it in them."""
    mean, variance = cast(Tensor, norm.running_mean), cast(Tensor, norm.running_var)
    scale = norm.weight / (variance + norm.eps).sqrt()
    return layer.weight * scale[:, None], (layer.bias - mean) * scale + norm.bias
