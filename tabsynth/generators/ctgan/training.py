"""The duel: Wasserstein critic against the conditional generator, bout after bout, scored by its samples."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor
from torch.nn import Module
from torch.optim import Optimizer

from tabsynth.domain import Encoded
from tabsynth.generators.ctgan.bout import Bout
from tabsynth.generators.ctgan.layout import Layout
from tabsynth.generators.ctgan.sampling import RowSource
from tabsynth.generators.ctgan.settings import Settings
from tabsynth.train.progress import progress_tensors, restore_progress
from tabsynth.train.replay import replayed
from tabsynth.train.score import Distance

MOST_SCORED = 5_000


class Duel:
    """A `tabsynth.train.Learner` on one device."""

    def __init__(
        self,
        config: Settings,
        layout: Layout,
        train: Encoded,
        development: Encoded,
        device: torch.device,
        rng: np.random.Generator,
    ) -> None:
        self.config, self.layout = config, layout
        self.bout = Bout(config, layout, train, device, rng)
        self.step = replayed(self.bout, device, self.bout.source)
        self.distance = Distance(development.take(np.arange(min(len(development), MOST_SCORED))))
        self.score_seed = int(rng.integers(2**63))

    def run_epoch(self) -> dict[str, float]:
        """One pass over as many rows as the table has; the mean losses."""
        steps = max(len(self.bout.slots) // self.config.batch_size, 1)
        self.bout.losses.zero_()
        for _ in range(steps):
            self.step()
        names = ("critic", "generator", "condition")
        return dict(zip(names, (self.bout.losses / steps).tolist(), strict=True))

    def score(self) -> float | None:
        """Distance of a sample to the development rows, from the same noise every epoch; None without rows."""
        if not self.distance.rows:
            return None
        source = torch.Generator(self.bout.device).manual_seed(self.score_seed)
        return self.distance(self.row_source().draw(self.distance.rows, source))

    def fingerprint(self) -> str:
        """Tells this start from another table's or seed's; made of what the model file holds and the seed."""
        frequency = self.bout.conditions.frequency.cpu().numpy().tobytes()
        return hashlib.sha256(frequency + str((self.score_seed, self.layout.sizes)).encode()).hexdigest()

    def row_source(self) -> RowSource:
        """The averaged generator, ready to sample."""
        return RowSource(
            self.bout.average, self.layout, self.bout.conditions.frequency, self.config.embedding_dim
        )

    def weights(self) -> dict[str, Tensor]:
        """What sampling needs."""
        return dict(self.bout.average.state_dict())

    def load_weights(self, weights: Mapping[str, Tensor]) -> None:
        """Become the generator of these weights."""
        self.bout.average.load_state_dict(dict(weights))

    def progress(self) -> dict[str, Tensor]:
        """What going on with the training needs beside `weights`."""
        return progress_tensors(self._parts, self.bout.source, int(self.bout.taken))

    def load_progress(self, progress: Mapping[str, Tensor]) -> None:
        """Go on from where `progress` was taken."""
        self.bout.taken.fill_(restore_progress(self._parts, self.bout.source, progress))

    @property
    def _parts(self) -> dict[str, Module | Optimizer]:
        return {
            "generator": self.bout.generator,
            "critic": self.bout.critic,
            "generator_adam": self.bout.generator_steps,
            "critic_adam": self.bout.critic_steps,
        }
