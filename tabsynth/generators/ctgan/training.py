"""The duel: Wasserstein critic with gradient penalty against the conditional generator.

Xu et al. 2019 (arXiv:1907.00503), section 4.4; gradient penalty of Gulrajani et al. 2017 (arXiv:1704.00028);
packs of Lin et al. 2018 (arXiv:1712.04086). What is scored and sampled is a moving average of the generator's
weights (Yazici et al. 2019, arXiv:1806.04498): the last step's weights wander from epoch to epoch.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor
from torch.nn import Module
from torch.optim import Optimizer

from tabsynth.domain import Encoded
from tabsynth.generators.ctgan.activation import find_blocks, miss, soften, soften_backward
from tabsynth.generators.ctgan.conditions import index_conditions
from tabsynth.generators.ctgan.critic_pass import flip_coins, score_fakes, step_gradients
from tabsynth.generators.ctgan.generator_pass import Pass, backward, forward
from tabsynth.generators.ctgan.layout import Layout
from tabsynth.generators.ctgan.networks import Critic, Generator, in_one_piece
from tabsynth.generators.ctgan.sampling import RowSource
from tabsynth.generators.ctgan.settings import Settings
from tabsynth.train_progress import progress_tensors, restore_progress
from tabsynth.train_score import Distance

MOST_SCORED = 5_000

WARM_UP = 10
"""Steps over which the average forgets the untrained start; it takes in a tenth or more until then."""


class Duel:
    """Both networks with their optimisers on one device; a `tabsynth.train.Learner`.

    The coded table lies on the device as slots and scalars; only a batch is ever spread out into one-hots.
    """

    def __init__(
        self,
        config: Settings,
        layout: Layout,
        train: Encoded,
        development: Encoded,
        device: torch.device,
        rng: np.random.Generator,
    ) -> None:
        self.config, self.layout, self.device = config, layout, device
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
        self.distance = Distance(development.take(np.arange(min(len(development), MOST_SCORED))))
        self.taken = 0
        self.score_seed = int(rng.integers(2**63))

    def _adam(self, weights: torch.nn.Parameter, rate: float) -> torch.optim.Adam:
        return torch.optim.Adam(
            [weights], lr=rate, betas=(0.5, 0.9), weight_decay=self.config.decay, fused=True
        )

    @torch.no_grad()
    def run_epoch(self) -> dict[str, float]:
        """One pass over as many rows as the table has; the mean losses."""
        steps = max(len(self.slots) // self.config.batch_size, 1)
        total = torch.zeros(3, device=self.device)
        for _ in range(steps):
            for _ in range(self.config.critic_steps):
                condition, rows = self.conditions.draw(self.config.batch_size, self.source)
                out, held = self._imagine(condition)
                critic = self._step_critic(rows, condition)
            # the generator learns from the fakes the critic saw last: one pass less, the same distribution
            total += torch.stack([critic, *self._step_generator(out, held, condition)])
            self._step_average()
        names = ("critic", "generator", "condition")
        return dict(zip(names, (total / steps).tolist(), strict=True))

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
        real[:, self.layout.scalars :].zero_().scatter_(1, self.slots[rows], 1.0)
        real[:, : self.layout.scalars] = self.scalars[rows]
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
        decay = min(self.config.average, self.taken / (self.taken + WARM_UP))
        self.average_weights.lerp_(self.generator_weights, 1 - decay)
        for mean, latest in zip(self.average.buffers(), self.generator.buffers(), strict=True):
            if mean.is_floating_point():
                mean.lerp_(latest, 1 - decay)

    def score(self) -> float | None:
        """Distance of a sample to the development rows, from the same noise every epoch; None without rows."""
        if not self.distance.rows:
            return None
        source = torch.Generator(self.device).manual_seed(self.score_seed)
        return self.distance(self.row_source().draw(self.distance.rows, source))

    def fingerprint(self) -> str:
        """Tells this start from another table's or seed's; made of what the model file holds and the seed."""
        frequency = self.conditions.frequency.cpu().numpy().tobytes()
        return hashlib.sha256(frequency + str((self.score_seed, self.layout.sizes)).encode()).hexdigest()

    def row_source(self) -> RowSource:
        """The averaged generator, ready to sample."""
        return RowSource(self.average, self.layout, self.conditions.frequency, self.config.embedding_dim)

    def weights(self) -> dict[str, Tensor]:
        """What sampling needs."""
        return dict(self.average.state_dict())

    def load_weights(self, weights: Mapping[str, Tensor]) -> None:
        """Become the generator of these weights."""
        self.average.load_state_dict(dict(weights))

    def progress(self) -> dict[str, Tensor]:
        """What going on with the training needs beside `weights`."""
        return progress_tensors(self._parts, self.source, self.taken)

    def load_progress(self, progress: Mapping[str, Tensor]) -> None:
        """Go on from where `progress` was taken."""
        self.taken = restore_progress(self._parts, self.source, progress)

    @property
    def _parts(self) -> dict[str, Module | Optimizer]:
        return {
            "generator": self.generator,
            "critic": self.critic,
            "generator_adam": self.generator_steps,
            "critic_adam": self.critic_steps,
        }
