"""Training steps of CTGAN against plain ones: dense one-hots, autograd, one Adam state per layer, in float64."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, leaky_relu, one_hot
from torch.utils._python_dispatch import TorchDispatchMode

from tabsynth.domain import Axis, Domain, Encoded
from tabsynth.generators.ctgan import Settings
from tabsynth.generators.ctgan.activation import gumbel
from tabsynth.generators.ctgan.critic_pass import flip_coins
from tabsynth.generators.ctgan.model import fitted_layout
from tabsynth.generators.ctgan.networks import in_one_piece
from tabsynth.generators.ctgan.training import Duel

CONFIG = Settings(
    batch_size=20,
    pac=5,
    embedding_dim=6,
    generator_dim=(12, 10),
    critic_dim=(14, 9),
    critic_steps=2,
    average=0.5,
)


@pytest.fixture
def doubled() -> Iterator[None]:
    """float64 wherever no type is named."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture
def duel(doubled: None) -> Duel:
    rng = np.random.default_rng(0)
    codes = np.stack([rng.integers(0, 3, 60), rng.integers(0, 7, 60), rng.integers(0, 2, 60)], axis=1)
    residuals = np.zeros(codes.shape, dtype=np.float32)
    residuals[:, 1] = np.where(codes[:, 1] >= 1, rng.random(60), 0)
    axes = (Axis(3, np.empty(0)), Axis(1, np.linspace(0, 6, 7), missing=True), Axis(2, np.empty(0)))
    table = Encoded(Domain(axes), codes.astype(np.int32), residuals)
    return Duel(CONFIG, fitted_layout(table, 3), table, table.take(np.arange(0)), torch.device("cpu"), rng)


class PlainDuel:
    """The same training as the paper writes it, from the same start and the same draws."""

    def __init__(self, duel: Duel) -> None:
        self.table, self.layout, self.conditions = duel.bout, duel.layout, duel.bout.conditions
        self.source = torch.Generator()
        self.source.set_state(duel.bout.source.get_state())
        self.generator, self.critic = copy.deepcopy(duel.bout.generator), copy.deepcopy(duel.bout.critic)
        self.generator.train()
        self.average = [parameter.detach().clone() for parameter in self.generator.parameters()]
        self.steps = [self._adam(self.generator), self._adam(self.critic)]

    def _adam(self, network: nn.Module) -> torch.optim.Adam:
        return torch.optim.Adam(network.parameters(), lr=2e-4, betas=(0.5, 0.9), weight_decay=1e-6)

    def imagine(self, condition: Tensor) -> tuple[Tensor, Tensor]:
        noise = torch.randn(20, 6, generator=self.source)
        out = self.generator(noise, condition)
        scalars = self.layout.scalars
        noisy = (
            out[:, scalars:] + gumbel((20, self.layout.slots), self.source, torch.device("cpu"))
        ) / CONFIG.tau
        parts = noisy.split(list(self.layout.sizes), dim=1)
        return torch.cat([out[:, :scalars].tanh(), *(part.softmax(1) for part in parts)], dim=1), out

    def real(self, rows: Tensor) -> Tensor:
        hot = one_hot(self.table.slots[rows], self.layout.slots).sum(dim=1).double()
        return torch.cat([self.table.scalars[rows].double(), hot], dim=1)

    def scores(self, rows: Tensor, condition: Tensor, coins: Tensor) -> Tensor:
        hot = one_hot(condition, self.layout.slots).double().view(4, -1)
        first, second = self.critic.layers
        kept = coins.split([14, 9], dim=1)
        inside = (
            leaky_relu(first(rows.reshape(4, -1)) + hot @ self.critic.condition.weight, 0.2) * kept[0] * 2
        )
        inside = leaky_relu(second(inside), 0.2) * kept[1] * 2
        found: Tensor = self.critic.out(inside).squeeze(1)
        return found

    def step_critic(self, fake: Tensor, real: Tensor, condition: Tensor) -> Tensor:
        part = torch.rand(4, 1, generator=self.source).repeat_interleave(5, dim=0)
        of_fake, of_real, of_between = flip_coins(12, 23, self.source).split(4)
        between = (part * real + (1 - part) * fake).requires_grad_()
        scored = self.scores(between, condition, of_between).sum()
        (gradient,) = torch.autograd.grad(scored, between, create_graph=True)
        penalty = 10 * ((gradient.view(4, -1).norm(dim=1) - 1) ** 2).mean()
        loss = self.scores(fake, condition, of_fake).mean() - self.scores(real, condition, of_real).mean()
        self.descend(1, loss + penalty)
        return loss.detach()

    def step_generator(self, fake: Tensor, out: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        score = self.scores(fake, condition, flip_coins(4, 23, self.source)).mean()
        blocks = out[:, self.layout.scalars :].split(list(self.layout.sizes), dim=1)
        column = self.table.blocks.of_slot[condition].tolist()
        missed = [
            cross_entropy(blocks[c][row], condition[row] - int(self.layout.starts[c]))
            for row, c in enumerate(column)
        ]
        unmet = torch.stack(missed).mean()
        self.descend(0, unmet - score)
        return -score.detach(), unmet.detach()

    def descend(self, which: int, loss: Tensor) -> None:
        self.steps[which].zero_grad()
        loss.backward(retain_graph=True)
        self.steps[which].step()

    def run_epoch(self) -> list[float]:
        total = torch.zeros(3)
        for step in range(1, 4):
            for _ in range(CONFIG.critic_steps):
                condition, rows = self.conditions.draw(20, self.source)
                fake, out = self.imagine(condition)
                critic = self.step_critic(fake.detach(), self.real(rows), condition)
            total += torch.stack([critic, *self.step_generator(fake, out, condition)])
            decay = min(CONFIG.average, step / (step + 10))
            for mean, latest in zip(self.average, self.generator.parameters(), strict=True):
                mean.lerp_(latest.detach(), 1 - decay)
        return [float(loss) for loss in total / 3]


def test_an_epoch_is_the_plain_one(duel: Duel) -> None:
    plain = PlainDuel(duel)
    before = [parameter.detach().clone() for parameter in duel.bout.generator.parameters()]
    losses = plain.run_epoch()
    assert list(duel.run_epoch().values()) == pytest.approx(losses, abs=1e-5)
    assert torch.equal(plain.source.get_state(), duel.bout.source.get_state())
    for one, other in ((plain.generator, duel.bout.generator), (plain.critic, duel.bout.critic)):
        for (name, expected), found in zip(one.named_parameters(), other.parameters(), strict=True):
            # what batch normalisation takes away has a gradient of nothing but rounding, which Adam blows up
            if other is duel.bout.critic or not (name.startswith("layers") and name.endswith("bias")):
                assert torch.allclose(found, expected, atol=1e-7), name
    for (name, _), found, expected in zip(
        duel.bout.average.named_parameters(), duel.bout.average.parameters(), plain.average, strict=True
    ):
        if not (name.startswith("layers") and name.endswith("bias")):
            assert torch.allclose(found, expected, atol=1e-7), name
    assert any(
        (a - b).abs().max() > 1e-4 for a, b in zip(before, duel.bout.generator.parameters(), strict=True)
    )
    assert torch.allclose(
        plain.generator.norms[0].running_var, duel.bout.generator.norms[0].running_var, atol=1e-6
    )


def without_values(held: Any) -> Any:
    """The same on torch's meta device, where a tensor has a shape and a device, and nothing can be read."""
    if isinstance(held, Tensor | nn.Module):
        return held.to("meta")
    if is_dataclass(held) and not isinstance(held, type):
        parts = {part.name: without_values(getattr(held, part.name)) for part in fields(held)}
        return replace(held, **parts)
    return held


def test_a_bout_can_be_recorded(duel: Duel) -> None:
    """It reads no value back, no shape hangs on one, and all tensors lie on one device; Adam is apart."""
    bout = duel.bout
    for name, held in vars(bout).items():
        if name not in ("config", "generator_steps", "critic_steps"):
            setattr(bout, name, without_values(held))
    bout.device = torch.device("meta")
    for name, network in (("generator_weights", bout.generator), ("average_weights", bout.average)):
        setattr(bout, name, in_one_piece(network))
    bout.generator_steps = torch.optim.SGD([bout.generator_weights])
    bout.critic_steps = torch.optim.SGD([in_one_piece(bout.critic)])
    with pytest.raises(RuntimeError):
        float(bout.losses[0])
    bout()
    assert bout.losses.shape == (3,)


def test_the_penalty_alone_is_worked_out_in_full(duel: Duel) -> None:
    """In the critic's two steps it has a product for each hidden layer and one for the gradient."""
    seen: list[str] = []

    class Watch(TorchDispatchMode):
        def __torch_dispatch__(self, op: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            if op.overloadpacket in (torch.ops.aten.mm, torch.ops.aten.addmm, torch.ops.aten.addmm_):
                seen.append(torch.get_float32_matmul_precision())
            return op(*args, **(kwargs or {}))

    duel.bout.precision = "medium"
    with Watch():
        duel.bout()
    assert seen.count("highest") == CONFIG.critic_steps * (1 + len(CONFIG.critic_dim))
    assert set(seen) == {"medium", "highest"}
