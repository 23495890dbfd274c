"""One bout of the duel: steps of the critic, a step of the generator, a step of the moving average.

Xu et al. 2019 (arXiv:1907.00503), section 4.4; gradient penalty of Gulrajani et al. 2017 (arXiv:1704.00028);
packs of Lin et al. 2018 (arXiv:1712.04086). What is scored and sampled is a moving average of the generator's
weights (Yazici et al. 2019, arXiv:1806.04498): the last step's weights wander from epoch to epoch.

All shapes are fixed, everything lies on the device, and no value is read back: a bout can be recorded.
"""

from __future__ import annotations

import copy

import numpy as np
import torch
from torch import Tensor

from tabsynth.domain import Encoded
from tabsynth.generators.ctgan.activation import find_blocks, miss, soften, soften_backward
from tabsynth.generators.ctgan.conditions import index_conditions
from tabsynth.generators.ctgan.critic_pass import flip_coins, score_fakes, step_gradients
from tabsynth.generators.ctgan.generator_pass import Pass, backward, forward
from tabsynth.generators.ctgan.layout import Layout
from tabsynth.generators.ctgan.networks import Critic, Generator, in_one_piece
from tabsynth.generators.ctgan.settings import Settings
from tabsynth.train.precision import is_quick_in_half, products

WARM_UP = 10
"""Steps over which the average forgets the untrained start; it takes in a tenth or more until then."""


class Bout:
    """Both networks with their optimisers, and the table as slots and scalars; called, it is one bout.

    Only a batch is ever spread out into one-hots. losses: (3,) of critic, generator and condition, summed.
    """

    def __init__(
        self, config: Settings, layout: Layout, train: Encoded, device: torch.device, rng: np.random.Generator
    ) -> None:
        self.config, self.device = config, device
        slots, scalars = layout.split(train, rng)
        self.slots = torch.from_numpy(slots).to(device)
        self.scalars = torch.from_numpy(scalars).to(device)
        self.blocks = find_blocks(layout.sizes, layout.scalars, device)
        self.conditions = index_conditions(self.slots, self.blocks.of_slot)
        start = torch.Generator().manual_seed(int(rng.integers(2**63)))
        shape = (layout.slots, layout.scalars)
        self.generator = Generator(*shape, config.embedding_dim, config.generator_dim, start).to(device)
        self.critic = Critic(*shape, config.critic_dim, config.pac, start).to(device)
        self.average = copy.deepcopy(self.generator)
        self.generator_weights = in_one_piece(self.generator)
        self.average_weights = in_one_piece(self.average)
        self.generator_steps = self._adam(self.generator_weights, config.generator_lr)
        self.critic_steps = self._adam(in_one_piece(self.critic), config.critic_lr)
        self.batch = torch.empty(3 * config.batch_size, sum(shape), device=device)
        self.source = torch.Generator(device).manual_seed(int(rng.integers(2**63)))
        self.losses = torch.zeros(3, device=device)
        self.taken = torch.zeros((), device=device)
        self.precision = "medium" if is_quick_in_half(device) else torch.get_float32_matmul_precision()

    def _adam(self, weights: torch.nn.Parameter, rate: float) -> torch.optim.Adam:
        return torch.optim.Adam(
            [weights],
            lr=rate,
            betas=(0.5, 0.9),
            weight_decay=self.config.decay,
            fused=True,
            capturable=self.device.type == "cuda",
        )

    @torch.no_grad()
    def __call__(self) -> None:
        """One bout."""
        with products(self.precision):
            for _ in range(self.config.critic_steps):
                condition, rows = self.conditions.draw(self.config.batch_size, self.source)
                out, held = self._imagine(condition)
                critic = self._step_critic(rows, condition)
            # the generator learns from the fakes the critic saw last: one pass less, the same distribution
            generator, unmet = self._step_generator(out, held, condition)
            self.losses += torch.stack([critic, generator, unmet])
            self._step_average()

    def _imagine(self, condition: Tensor) -> tuple[Tensor, Pass]:
        """Puts fakes into the batch; what the generator gave, and what its way back needs."""
        config = self.config
        shape = (config.batch_size, config.embedding_dim)
        noise = torch.randn(shape, generator=self.source, device=self.device)
        out, held = forward(self.generator, noise, condition)
        self._part(0).copy_(soften(out, self.blocks, config.tau, self.source))
        return out, held

    def _part(self, number: int) -> Tensor:
        """The fakes, the real rows or the points between of the batch."""
        return self.batch[number * self.config.batch_size : (number + 1) * self.config.batch_size]

    def _step_critic(self, rows: Tensor, condition: Tensor) -> Tensor:
        config = self.config
        real = self._part(1)
        real[:, self.blocks.scalars :].zero_().scatter_(1, self.slots[rows], 1.0)
        real[:, : self.blocks.scalars] = self.scalars[rows]
        packs = config.batch_size // config.pac
        part = torch.rand(packs, 1, generator=self.source, device=self.device)
        coins = flip_coins(3 * packs, sum(config.critic_dim), self.source)
        loss = step_gradients(self.critic, self.batch, condition, part, coins, config.gradient_penalty)
        self.critic_steps.step()
        return loss

    def _step_generator(self, out: Tensor, held: Pass, condition: Tensor) -> tuple[Tensor, Tensor]:
        config = self.config
        coins = flip_coins(config.batch_size // config.pac, sum(config.critic_dim), self.source)
        score, pull = score_fakes(self.critic, self._part(0), condition, coins)
        pull = soften_backward(self._part(0), pull.neg_(), self.blocks, config.tau)
        unmet, by_logits, places = miss(out, condition, self.blocks)
        backward(self.generator, held, pull.scatter_add_(1, places, by_logits))
        self.generator_steps.step()
        return -score, unmet

    def _step_average(self) -> None:
        self.taken += 1
        decay = (self.taken / (self.taken + WARM_UP)).clamp_max_(self.config.average)
        self.average_weights.lerp_(self.generator_weights, 1 - decay)
        for mean, latest in zip(self.average.buffers(), self.generator.buffers(), strict=True):
            if mean.is_floating_point():
                mean.lerp_(latest, 1 - decay)
