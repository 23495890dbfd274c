"""CTGAN's gradients in closed form against the plain formulas, differentiated by autograd in float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, leaky_relu, one_hot

from tabsynth.generators.ctgan.activation import (
    find_blocks,
    gumbel,
    miss,
    soften,
    soften_backward,
    softmax_by_block,
)
from tabsynth.generators.ctgan.critic_pass import flip_coins, score_fakes, step_gradients
from tabsynth.generators.ctgan.generator_pass import backward, forward
from tabsynth.generators.ctgan.networks import Critic, Generator, gradient_of, in_one_piece

ROWS, PAC, SCALARS, SIZES = 20, 5, 2, (3, 1, 4)
SLOTS = sum(SIZES)
BLOCK = torch.tensor([0, 0, 0, 1, 2, 2, 2, 2])
BLOCKS = find_blocks(SIZES, SCALARS, torch.device("cpu"))
TAU = 0.2


@pytest.fixture
def source() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def some(*shape: int, source: torch.Generator) -> Tensor:
    return torch.randn(*shape, generator=source, dtype=torch.float64)


def plain_scores(critic: Critic, rows: Tensor, condition: Tensor, coins: Tensor) -> Tensor:
    """The critic as one would write it down: one-hot conditions, dense layers, dropout by a mask."""
    packs = rows.reshape(-1, critic.pac * critic.row)
    hot = one_hot(condition, critic.slots).to(rows.dtype).view(len(packs), -1)
    inside, at = packs, 0
    for number, layer in enumerate(critic.layers):
        before = layer(inside) + (hot @ critic.condition.weight if number == 0 else 0)
        kept = coins[:, at : at + before.shape[1]]
        inside, at = leaky_relu(before, 0.2) * kept / 0.5, at + before.shape[1]
    scores: Tensor = critic.out(inside).squeeze(1)
    return scores


def plain_losses(
    critic: Critic, fake: Tensor, real: Tensor, condition: Tensor, part: Tensor, coins: Tensor
) -> tuple[Tensor, Tensor]:
    """Wasserstein loss and gradient penalty, the latter by differentiating twice."""
    packs = len(part)
    share = part.repeat_interleave(PAC, dim=0)
    between = (share * real + (1 - share) * fake).requires_grad_()
    of_fake, of_real, of_between = coins.split(packs)
    scores = plain_scores(critic, between, condition, of_between)
    (gradient,) = torch.autograd.grad(scores.sum(), between, create_graph=True)
    penalty = 10 * ((gradient.reshape(packs, -1).norm(dim=1) - 1) ** 2).mean()
    fakes, reals = (
        plain_scores(critic, rows, condition, kept) for rows, kept in ((fake, of_fake), (real, of_real))
    )
    return fakes.mean() - reals.mean(), penalty


@pytest.mark.parametrize("hidden", [(16,), (16, 8), (12, 8, 6)])
def test_the_critic_s_step_against_a_double_backward(
    hidden: tuple[int, ...], source: torch.Generator
) -> None:
    critic = Critic(SLOTS, SCALARS, hidden, PAC, source).double()
    rows = some(3 * ROWS, SLOTS + SCALARS, source=source)
    condition = torch.randint(0, SLOTS, (ROWS,), generator=source)
    part = torch.rand(ROWS // PAC, 1, generator=source, dtype=torch.float64)
    coins = flip_coins(3 * ROWS // PAC, sum(hidden), source)
    fake, real = rows[:ROWS].clone(), rows[ROWS : 2 * ROWS].clone()
    loss, penalty = plain_losses(critic, fake, real, condition, part, coins)
    expected = torch.autograd.grad(loss + penalty, list(critic.parameters()), allow_unused=True)
    with torch.no_grad():
        found = step_gradients(critic, rows, condition, part, coins, weight=10.0)
    assert found == pytest.approx(loss.item(), abs=1e-12)
    assert torch.equal(rows[: 2 * ROWS], torch.cat([fake, real]))
    for parameter, slope in zip(critic.parameters(), expected, strict=True):
        assert slope is not None
        assert torch.allclose(gradient_of(parameter), slope, atol=1e-10)


def test_a_critic_without_slope_gives_no_broken_number(source: torch.Generator) -> None:
    critic = Critic(SLOTS, SCALARS, (16, 8), PAC, source)
    rows = torch.randn(3 * ROWS, SLOTS + SCALARS, generator=source)
    packs = ROWS // PAC
    none = torch.zeros(3 * packs, 24, dtype=torch.bool)
    condition = torch.zeros(ROWS, dtype=torch.int64)
    with torch.no_grad():
        loss = step_gradients(critic, rows, condition, torch.full((packs, 1), 0.5), none, weight=10.0)
    assert loss == 0
    assert all(gradient_of(parameter).isfinite().all() for parameter in critic.parameters())


def test_the_score_of_fakes_and_its_gradient_against_autograd(source: torch.Generator) -> None:
    critic = Critic(SLOTS, SCALARS, (16, 8), PAC, source).double()
    rows = some(ROWS, SLOTS + SCALARS, source=source).requires_grad_()
    condition = torch.randint(0, SLOTS, (ROWS,), generator=source)
    coins = flip_coins(ROWS // PAC, 24, source)
    expected = plain_scores(critic, rows, condition, coins).mean()
    (slope,) = torch.autograd.grad(expected, rows)
    with torch.no_grad():
        found, pull = score_fakes(critic, rows.detach(), condition, coins)
    assert found.item() == pytest.approx(expected.item(), abs=1e-12)
    assert torch.allclose(pull, slope, atol=1e-12)


@pytest.mark.parametrize("hidden", [(), (8,), (8, 6), (8, 6, 4)])
def test_the_generator_s_pass_against_its_own_forward(
    hidden: tuple[int, ...], source: torch.Generator
) -> None:
    plain = Generator(SLOTS, SCALARS, 4, hidden, source).double()
    ours = Generator(SLOTS, SCALARS, 4, hidden, source).double()
    ours.load_state_dict(plain.state_dict())
    noise, pull = some(ROWS, 4, source=source), some(ROWS, SLOTS + SCALARS, source=source)
    condition = torch.randint(0, SLOTS - 2, (ROWS,), generator=source)
    expected = plain(noise, condition)
    (expected * pull).sum().backward()
    with torch.no_grad():
        found, held = forward(ours, noise, condition)
        backward(ours, held, pull)
    assert torch.allclose(found, expected, atol=1e-12)
    for one, other in zip(plain.parameters(), ours.parameters(), strict=True):
        assert torch.allclose(gradient_of(one), gradient_of(other), atol=1e-12)
    for one, other in zip(plain.norms, ours.norms, strict=True):
        assert torch.allclose(one.running_mean, other.running_mean)
        assert torch.allclose(one.running_var, other.running_var)


def test_the_soft_rows_and_their_gradient_against_a_loop(source: torch.Generator) -> None:
    out = some(ROWS, SCALARS + SLOTS, source=source).requires_grad_()
    state = source.get_state()
    noise = gumbel((ROWS, SLOTS), source, torch.device("cpu"))
    parts = ((out[:, SCALARS:] + noise) / TAU).split(list(SIZES), dim=1)
    expected = torch.cat([out[:, :SCALARS].tanh(), *(part.softmax(dim=1) for part in parts)], dim=1)
    pull = some(ROWS, SCALARS + SLOTS, source=source)
    (slope,) = torch.autograd.grad((expected * pull).sum(), out)
    source.set_state(state)
    soft = soften(out.detach().float(), BLOCKS, TAU, source).double()
    assert torch.allclose(soft, expected, atol=1e-5)
    exact = soften_backward(expected.detach(), pull, BLOCKS, TAU)
    assert torch.allclose(exact, slope, atol=1e-12)


def test_blocks_lie_one_after_the_other() -> None:
    assert BLOCKS.of_slot.tolist() == BLOCK.tolist()
    assert BLOCKS.starts.tolist() == [0, 3, 4]
    assert BLOCKS.widest == 4


def test_softmax_by_block_of_far_apart_logits() -> None:
    logits = torch.tensor([[1e4, 0.0, -1e4, 5.0, -1e4, -1e4, -1e4 + 1, -3e4]])
    parts = logits.split(list(SIZES), dim=1)
    expected = torch.cat([part.softmax(dim=1) for part in parts], dim=1)
    assert torch.allclose(softmax_by_block(logits, BLOCKS), expected, atol=1e-6)


def test_the_condition_s_loss_against_a_cross_entropy_per_row(source: torch.Generator) -> None:
    out = some(ROWS, SCALARS + SLOTS, source=source).requires_grad_()
    condition = torch.randint(0, SLOTS, (ROWS,), generator=source)
    losses = []
    for row, slot in enumerate(condition.tolist()):
        block = int(BLOCK[slot])
        start = int(BLOCKS.starts[block])
        own = out[row, SCALARS + start : SCALARS + start + SIZES[block]]
        losses.append(cross_entropy(own, torch.tensor(slot - start)))
    expected = torch.stack(losses).mean()
    (slope,) = torch.autograd.grad(expected, out)
    loss, pull, places = miss(out.detach(), condition, BLOCKS)
    assert loss.item() == pytest.approx(expected.item(), abs=1e-12)
    spread = torch.zeros_like(out.detach()).scatter_add_(1, places, pull)
    assert torch.allclose(spread, slope, atol=1e-12)


def test_coins_are_fair_and_independent(source: torch.Generator) -> None:
    coins = flip_coins(1_000, 77, source).double()
    assert coins.shape == (1_000, 77)
    assert coins.mean().item() == pytest.approx(0.5, abs=0.01)
    assert coins.mean(dim=0).sub(0.5).abs().max() < 0.08
    off = np.corrcoef(coins.T.numpy()) - np.eye(77)
    assert np.abs(off).max() < 0.17


def test_parameters_in_one_piece_are_the_network_s_own(source: torch.Generator) -> None:
    network = Generator(SLOTS, SCALARS, 4, (8, 6), source)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    whole = in_one_piece(network)
    assert all(torch.equal(network.state_dict()[name], tensor) for name, tensor in before.items())
    with torch.no_grad():
        whole.zero_()
    assert all(not parameter.any() for parameter in network.parameters())
    gradient_of(next(network.parameters())).fill_(2.0)
    assert gradient_of(whole).sum() == 2 * next(network.parameters()).numel()
    network.load_state_dict(before)
    assert torch.equal(whole[: SLOTS * 4].view(SLOTS, 4), before["condition.weight"])
    assert isinstance(network.out, nn.Linear)
