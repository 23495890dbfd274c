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

from tabsynth.domain import Encoded
from tabsynth.generators.ctgan.conditions import index_conditions
from tabsynth.generators.ctgan.layout import Layout
from tabsynth.generators.ctgan.networks import Critic, Generator, gumbel, softmax_by_block
from tabsynth.generators.ctgan.sampling import RowSource
from tabsynth.generators.ctgan.settings import Settings
from tabsynth.train import load_optimiser, optimiser_tensors
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
        blocks = torch.arange(len(layout.sizes))
        self.block = torch.repeat_interleave(blocks, torch.tensor(layout.sizes)).to(device)
        self.conditions = index_conditions(self.slots, self.block)
        start = torch.Generator().manual_seed(int(rng.integers(2**63)))
        shape = (layout.slots, layout.scalars)
        self.generator = Generator(*shape, config.embedding_dim, config.generator_dim, start).to(device)
        self.critic = Critic(*shape, config.critic_dim, config.pac, start).to(device)
        self.average = copy.deepcopy(self.generator)
        self.generator_steps = self._adam(self.generator, config.generator_lr)
        self.critic_steps = self._adam(self.critic, config.critic_lr)
        self.source = torch.Generator(device).manual_seed(int(rng.integers(2**63)))
        self.distance = Distance(development.take(np.arange(min(len(development), MOST_SCORED))))
        self.taken = 0
        self.score_seed = int(rng.integers(2**63))

    def _adam(self, network: torch.nn.Module, rate: float) -> torch.optim.Adam:
        return torch.optim.Adam(
            network.parameters(), lr=rate, betas=(0.5, 0.9), weight_decay=self.config.decay, fused=True
        )

    def run_epoch(self) -> dict[str, float]:
        """One pass over as many rows as the table has; the mean losses."""
        steps = max(len(self.slots) // self.config.batch_size, 1)
        self.generator.train()
        total = torch.zeros(3, device=self.device)
        for _ in range(steps):
            for _ in range(self.config.critic_steps):
                condition, rows = self.conditions.draw(self.config.batch_size, self.source)
                fake, logits = self._fake(condition)
                critic = self._step_critic(fake.detach(), self._real(rows), condition)
            # the generator learns from the fakes the critic saw last: one pass less, the same distribution
            total += torch.stack([critic, *self._step_generator(fake, logits, condition)])
            self._step_average()
        names = ("critic", "generator", "condition")
        return dict(zip(names, (total / steps).tolist(), strict=True))

    def _fake(self, condition: Tensor) -> tuple[Tensor, Tensor]:
        """Rows (n, scalars + slots) with soft one-hots, and the logits (n, slots) they came from."""
        noise = torch.randn(
            len(condition), self.config.embedding_dim, generator=self.source, device=self.device
        )
        out = self.generator(noise, condition)
        logits = out[:, self.layout.scalars :]
        noisy = (logits + gumbel(tuple(logits.shape), self.source, self.device)) / self.config.tau
        hot = softmax_by_block(noisy, self.block, len(self.layout.sizes))
        return torch.cat([torch.tanh(out[:, : self.layout.scalars]), hot], dim=1), logits

    def _real(self, rows: Tensor) -> Tensor:
        """(n, scalars + slots) these training rows, spread out."""
        hot = torch.zeros(len(rows), self.layout.slots, device=self.device)
        hot.scatter_(1, self.slots[rows], 1.0)
        return torch.cat([self.scalars[rows], hot], dim=1)

    def _step_critic(self, fake: Tensor, real: Tensor, condition: Tensor) -> Tensor:
        fakes, reals = self.critic.enter(fake, condition), self.critic.enter(real, condition)
        part = torch.rand(len(fakes), 1, generator=self.source, device=self.device)
        between = part * reals + (1 - part) * fakes
        scores, slopes = self.critic(torch.cat([fakes, reals, between]), self.source)
        fake_score, real_score, _ = scores.chunk(3)
        gradient = self.critic.row_gradient([slope.chunk(3)[2] for slope in slopes])
        loss = fake_score.mean() - real_score.mean()
        penalty = self.config.gradient_penalty * ((gradient.norm(dim=1) - 1) ** 2).mean()
        self.critic_steps.zero_grad()
        (loss + penalty).backward()
        self.critic_steps.step()
        found: Tensor = loss.detach()
        return found

    def _step_generator(self, fake: Tensor, logits: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        self.critic.requires_grad_(False)
        scores, _ = self.critic(self.critic.enter(fake, condition), self.source)
        self.critic.requires_grad_(True)
        other = self.block != self.block[condition][:, None]
        own = torch.logsumexp(logits.masked_fill(other, -torch.inf), dim=1)
        unmet = (own - logits.gather(1, condition[:, None]).squeeze(1)).mean()
        loss = -scores.mean()
        self.generator_steps.zero_grad()
        (loss + unmet).backward()
        self.generator_steps.step()
        return loss.detach(), unmet.detach()

    @torch.no_grad()
    def _step_average(self) -> None:
        self.taken += 1
        decay = min(self.config.average, self.taken / (self.taken + WARM_UP))
        averages, latest = self.average.state_dict(), self.generator.state_dict()
        for name, mean in averages.items():
            if mean.is_floating_point():
                mean.lerp_(latest[name], 1 - decay)

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
        return {
            **{f"generator.{name}": tensor for name, tensor in self.generator.state_dict().items()},
            **{f"critic.{name}": tensor for name, tensor in self.critic.state_dict().items()},
            **{f"generator_adam.{name}": t for name, t in optimiser_tensors(self.generator_steps).items()},
            **{f"critic_adam.{name}": t for name, t in optimiser_tensors(self.critic_steps).items()},
            "source": self.source.get_state(),
            "taken": torch.tensor(self.taken),
        }

    def load_progress(self, progress: Mapping[str, Tensor]) -> None:
        """Go on from where `progress` was taken."""

        def part(name: str) -> dict[str, Tensor]:
            return {key.removeprefix(name): t for key, t in progress.items() if key.startswith(name)}

        self.generator.load_state_dict(part("generator."))
        self.critic.load_state_dict(part("critic."))
        load_optimiser(self.generator_steps, part("generator_adam."))
        load_optimiser(self.critic_steps, part("critic_adam."))
        self.source.set_state(progress["source"].cpu())
        self.taken = int(progress["taken"])
