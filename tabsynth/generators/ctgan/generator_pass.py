"""The generator's training pass, forward and backward in closed form, on the weights where they lie.

The same function as `Generator.forward` and its gradient. What is left out changes nothing: the gradient by the
noise, and the products of the conditions' embedding for every row, where one for each condition drawn will do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from tabsynth.generators.ctgan.networks import Generator, gradient_of, linear


@dataclass(frozen=True, slots=True, eq=False)
class Pass:
    """What the way back needs of the way there.

    rows: (n, hidden + noise) all hidden layers, the last one first, then the noise. kinds: (k,) the conditions,
    and place: (n,) which of them a row has. before, means, inverses: per hidden layer, for batch normalisation.
    """

    rows: Tensor
    kinds: Tensor
    place: Tensor
    before: list[Tensor]
    means: list[Tensor]
    inverses: list[Tensor]


def forward(generator: Generator, noise: Tensor, condition: Tensor) -> tuple[Tensor, Pass]:
    """(n, scalars + slots) before any activation, and what `backward` needs. Moves the running statistics."""
    wide = noise.shape[1]
    sizes = [len(layer.bias) for layer in linear(generator.layers)]
    rows = noise.new_empty(len(noise), sum(sizes) + wide)
    rows[:, sum(sizes) :] = noise
    kinds, place = distinct(condition)
    embedded = generator.condition.weight.index_select(0, kinds)
    held = Pass(rows, kinds, place, [], [], [])
    at = sum(sizes)
    for layer, norm, size in zip(linear(generator.layers), _norms(generator), sizes, strict=True):
        before = applied(layer.weight, layer.bias, rows[:, at:], embedded, place)
        after, mean, inverse = torch.native_batch_norm(
            before,
            norm.weight,
            norm.bias,
            norm.running_mean,
            norm.running_var,
            True,
            _momentum(norm),
            norm.eps,
        )
        at -= size
        torch.clamp_min(after, 0, out=rows[:, at : at + size])
        held.before.append(before)
        held.means.append(mean)
        held.inverses.append(inverse)
    return applied(generator.out.weight, generator.out.bias, rows, embedded, place), held


def backward(generator: Generator, held: Pass, pull: Tensor) -> None:
    """Writes the gradients of a loss whose gradient by the output is `pull` (n, scalars + slots)."""
    layers, norms = linear(generator.layers), _norms(generator)
    embedded = generator.condition.weight.index_select(0, held.kinds)
    by_kind = torch.zeros_like(embedded)
    sizes = [len(layer.bias) for layer in layers]
    hidden = sum(sizes)
    pulls = torch.zeros_like(held.rows[:, :hidden])
    _learn(generator.out, held, 0, embedded, pull, by_kind)
    gradient_of(generator.out.bias).copy_(pull.sum(0))
    pulls.addmm_(pull, generator.out.weight[:, :hidden])
    at = 0
    for number in range(len(layers) - 1, -1, -1):
        size = sizes[number]
        span = slice(at, at + size)
        at += size
        pull = _through_norm(norms[number], held, number, pulls[:, span], held.rows[:, span])
        # batch normalisation takes away any constant: the gradient of the bias before it is 0
        _learn(layers[number], held, at, embedded, pull, by_kind)
        if number:
            pulls[:, at:].addmm_(pull, layers[number].weight[:, : hidden - at])
    gradient_of(generator.condition.weight).zero_().index_copy_(0, held.kinds, by_kind)


def distinct(condition: Tensor) -> tuple[Tensor, Tensor]:
    """The conditions, and which of them each row has; on a GPU all, for counting the distinct ones would wait."""
    if condition.device.type == "cpu":
        kinds, place = torch.unique(condition, return_inverse=True)
        return kinds, place
    return condition, torch.arange(len(condition), device=condition.device)


def _norms(generator: Generator) -> list[nn.BatchNorm1d]:
    return [cast(nn.BatchNorm1d, norm) for norm in generator.norms]


def _momentum(norm: nn.BatchNorm1d) -> float:
    return cast(float, norm.momentum)


def applied(weight: Tensor, bias: Tensor, rows: Tensor, embedded: Tensor, place: Tensor) -> Tensor:
    """A layer, weight (outputs, inputs), on rows that end with their conditions' embedding."""
    wide = rows.shape[1]
    of_kinds = torch.addmm(bias, embedded, weight[:, wide:].T)
    return of_kinds.index_select(0, place).addmm_(rows, weight[:, :wide].T)


def _learn(layer: nn.Linear, held: Pass, at: int, embedded: Tensor, pull: Tensor, by_kind: Tensor) -> None:
    """Writes the gradient of the layer's weights and adds to that of the embedding. at: its first input column."""
    rows = held.rows[:, at:]
    gradient = gradient_of(layer.weight)
    torch.mm(pull.T, rows, out=gradient[:, : rows.shape[1]])
    of_kinds = pull.new_zeros(len(embedded), pull.shape[1]).index_add_(0, held.place, pull)
    torch.mm(of_kinds.T, embedded, out=gradient[:, rows.shape[1] :])
    by_kind.addmm_(of_kinds, layer.weight[:, rows.shape[1] :])


def _through_norm(norm: nn.BatchNorm1d, held: Pass, number: int, pull: Tensor, after: Tensor) -> Tensor:
    """The gradient before batch normalisation and ReLU, by that after them; writes the normalisation's own."""
    found, weight, bias = torch.ops.aten.native_batch_norm_backward(
        torch.ops.aten.threshold_backward(pull, after, 0),
        held.before[number],
        norm.weight,
        norm.running_mean,
        norm.running_var,
        held.means[number],
        held.inverses[number],
        True,
        norm.eps,
        [True, True, True],
    )
    gradient_of(norm.weight).copy_(weight)
    gradient_of(norm.bias).copy_(bias)
    return cast(Tensor, found)
