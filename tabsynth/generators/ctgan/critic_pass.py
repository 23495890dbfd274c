"""What the critic finds, and how it learns, in closed form: no graph is kept, nothing is differentiated twice.

The losses are those of Xu et al. 2019 (arXiv:1907.00503), section 4.4: Wasserstein, with the gradient penalty
of Gulrajani et al. 2017 (arXiv:1704.00028), equation 3. Leaky ReLU and dropout make the critic linear around
every point. Backward from a score runs the chain of forward, transposed: the `pull` on a layer is the gradient of
the score by what the layer gives. For a point between, the end of that chain is what the penalty looks at, and
the penalty's own gradient runs up the layers again, as an activation does. So one product per layer serves all
three kinds of pack: the gradient of its weights is pulls' x inputs, where a point between brings as its input
the gradient of the penalty by the transposed layer's output.
"""

from __future__ import annotations

import torch
from torch import Tensor

from tabsynth.generators.ctgan.networks import Critic, gradient_of, linear
from tabsynth.train.precision import products

SLOPE = 0.2

KEPT = 2.0
"""Dropout: every second unit, by a fair coin, and the others doubled."""


def flip_coins(rows: int, units: int, source: torch.Generator) -> Tensor:
    """(rows, units) true or false with equal chance, 64 of them to a random word."""
    words = torch.empty(-(-rows * units // 64), dtype=torch.int64, device=source.device)
    words.random_(-(2**63), None, generator=source)
    places = torch.arange(8, dtype=torch.uint8, device=source.device)
    coins = ((words.view(torch.uint8)[:, None] >> places) & 1) != 0
    return coins.view(-1)[: rows * units].view(rows, units)


def condition_places(critic: Critic, condition: Tensor) -> Tensor:
    """(packs, pac) which row of the critic's table of conditions each condition of a pack is."""
    steps = torch.arange(0, critic.pac * critic.slots, critic.slots, device=condition.device)
    return condition.view(-1, critic.pac) + steps


def step_gradients(
    critic: Critic, rows: Tensor, condition: Tensor, part: Tensor, coins: Tensor, weight: float
) -> Tensor:
    """Writes the gradient of the critic's loss; returns the Wasserstein part of it, fake minus real.

    rows: (3 n, scalars + slots) n fakes, n real rows, and room for n more, which is overwritten.
    condition: (n,) slots, of the fakes and of the real rows. part: (packs, 1) share of the real in the points
    between. coins: (3 packs, hidden units) which stay in dropout. weight: of the penalty.
    """
    packs = len(part)
    inputs = [rows.view(3 * packs, -1)]
    places = condition_places(critic, condition)
    entered = _enter_all(critic, inputs[0], places, part)
    slopes = _slopes_and_insides(critic, entered, coins, inputs)
    weigh = rows.new_ones(3 * packs, 1)
    weigh[:packs], weigh[packs : 2 * packs] = 1 / packs, -1 / packs
    pulls = _pulls(critic, weigh, slopes)
    loss = (inputs[-1][: 2 * packs] @ critic.out.weight.T * weigh[: 2 * packs]).sum()
    _penalise(critic, pulls, slopes, inputs, weight)
    for layer, pull, given in zip(linear(critic.layers), pulls, inputs, strict=False):
        torch.mm(pull.T, given, out=gradient_of(layer.weight))
        torch.sum(pull[: 2 * packs], dim=0, out=gradient_of(layer.bias))
    torch.mm(weigh.T, inputs[-1], out=gradient_of(critic.out.weight))
    by_pack = pulls[0][:packs] + pulls[0][packs : 2 * packs]
    table = gradient_of(critic.condition.weight).zero_()
    table.index_add_(0, places.flatten(), by_pack.repeat_interleave(critic.pac, dim=0))
    return loss


def score_fakes(critic: Critic, rows: Tensor, condition: Tensor, coins: Tensor) -> tuple[Tensor, Tensor]:
    """The mean score of fakes (n, scalars + slots), and its gradient by them."""
    inputs = [rows.view(len(coins), -1)]
    entered = _conditions(critic, condition_places(critic, condition))
    entered.addmm_(inputs[0], linear(critic.layers)[0].weight.T)
    slopes = _slopes_and_insides(critic, entered, coins, inputs)
    weigh = rows.new_full((len(coins), 1), 1 / len(coins))
    mean = (inputs[-1] @ critic.out.weight.T + critic.out.bias).mean()
    pull = _pulls(critic, weigh, slopes)[0]
    return mean, (pull @ linear(critic.layers)[0].weight).view_as(rows)


def _conditions(critic: Critic, places: Tensor) -> Tensor:
    """(packs, hidden) what the first layer gets besides the rows: conditions and bias."""
    found = torch.nn.functional.embedding_bag(places, critic.condition.weight, mode="sum")
    return found.add_(linear(critic.layers)[0].bias)


def _enter_all(critic: Critic, rows: Tensor, places: Tensor, part: Tensor) -> Tensor:
    """(3 packs, hidden) the first layer, not activated; linear, so a point between is a mean of two there too."""
    packs = len(part)
    entered = rows.new_empty(3, packs, len(linear(critic.layers)[0].bias))
    torch.mm(rows[: 2 * packs], linear(critic.layers)[0].weight.T, out=entered[:2].view(2 * packs, -1))
    entered[:2] += _conditions(critic, places)
    torch.lerp(entered[0], entered[1], part, out=entered[2])
    return entered.view(3 * packs, -1)


def _slopes_and_insides(critic: Critic, entered: Tensor, coins: Tensor, inputs: list[Tensor]) -> list[Tensor]:
    """Per hidden layer the slope of its units, dropout included; their values are appended to `inputs`."""
    slopes = []
    layers = linear(critic.layers)
    kept = torch.split(coins, [len(layer.bias) for layer in layers], dim=1)
    before = entered
    for at, layer in enumerate(layers):
        if at:
            before = torch.addmm(layer.bias, inputs[-1], layer.weight.T)
        slopes.append(
            (before > 0).to(before.dtype).mul_(KEPT * (1 - SLOPE)).add_(KEPT * SLOPE).mul_(kept[at])
        )
        inputs.append(before.mul_(slopes[-1]))
    return slopes


def _pulls(critic: Critic, weigh: Tensor, slopes: list[Tensor]) -> list[Tensor]:
    """Per hidden layer the gradient, by what it gives before activation, of `weigh` (packs, 1) x scores."""
    pull = weigh * critic.out.weight
    pulls = [pull.mul_(slopes[-1])]
    for layer, slope in zip(reversed(linear(critic.layers)[1:]), reversed(slopes[:-1]), strict=True):
        pulls.append((pulls[-1] @ layer.weight).mul_(slope))
    return pulls[::-1]


@products("highest")
def _penalise(
    critic: Critic, pulls: list[Tensor], slopes: list[Tensor], inputs: list[Tensor], weight: float
) -> None:
    """Puts into `inputs`, for the points between, the gradient of the penalty by what pulls on each layer.

    A length is compared with 1 here, and rounded factors would shift it: these products are always in full.
    """
    between = slice(len(inputs[0]) // 3 * 2, None)
    first = linear(critic.layers)[0]
    gradient = torch.mm(pulls[0][between], first.weight, out=inputs[0][between])
    length = torch.linalg.vector_norm(gradient, dim=1, keepdim=True)
    push = gradient.mul_((2 * weight / len(gradient)) * (length - 1) / length.clamp_min(1e-30))
    for at, layer in enumerate(linear(critic.layers)):
        push = torch.mul(push @ layer.weight.T, slopes[at][between], out=inputs[at + 1][between])
