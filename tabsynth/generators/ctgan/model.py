"""CTGAN: a conditional Wasserstein GAN for coded tables, written from the paper.

Xu, Skoularidou, Cuesta-Infante, Veeramachaneni 2019 (arXiv:1907.00503). Differences from the paper, each with
its reason where it is made: conditions enter by an embedding and stand for every column; a row is sampled from
a moving average of the generator's weights, by true frequencies, and always meets its own condition.
The model holds no row and no row number of the training table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import BaseModel

from privacy import Event, InternalError, OnEvent, TrainingError
from tabsynth.domain import Domain, Encoded
from tabsynth.generators import Given, State
from tabsynth.generators.ctgan.layout import Layout
from tabsynth.generators.ctgan.modes import Modes, fit_modes
from tabsynth.generators.ctgan.settings import Settings
from tabsynth.train import choose_device, train as run_training

if TYPE_CHECKING:
    from tabsynth.generators.ctgan.sampling import RowSource

ADVICE = "lower generator_lr and critic_lr"


class CTGAN:
    """Learns by a duel of two networks; samples with any column held to given codes."""

    name: ClassVar[str] = "ctgan"
    Config: ClassVar[type[BaseModel]] = Settings

    def __init__(self, config: Settings) -> None:
        self.config = config
        self._rows: RowSource | None = None
        self._facts: dict[str, Any] = {}

    def fit(self, train: Encoded, development: Encoded, rng: np.random.Generator, on_event: OnEvent) -> None:
        """Learn `train`; keep the epoch whose sample is nearest to `development`, the last one without it.

        Raises TrainingError on an empty table or a training that breaks down, ConfigError for an absent device.
        """
        import torch

        from tabsynth.generators.ctgan.training import Duel

        if not len(train) or not len(train.domain):
            raise TrainingError("there is nothing to learn: no rows or no columns")
        device, why = choose_device(self.config.device)
        on_event(Event("fitting modes"))
        layout = fitted_layout(train, self.config.modes)
        size = needed_gib(self.config, layout, len(train))
        on_event(Event("training", 0, self.config.epochs, f"on {why}; about {size:.2g} GiB of memory"))
        try:
            duel = Duel(self.config, layout, train, development, device, rng)
            plan = self.config.plan(duel.fingerprint(), device.type, ADVICE)
            history = run_training(duel, plan, on_event)
        except torch.cuda.OutOfMemoryError:
            raise TrainingError(
                f"the device has too little memory: about {size:.2g} GiB are needed",
                todo="lower batch_size, choose device cpu, or pool rare levels",
            ) from None
        self._rows = duel.row_source()
        unsettled = sum(modes is not None and not modes.converged for modes in layout.modes)
        self._facts = {
            "settings": self.config.portable(),
            "history": history.facts(),
            "device": why,
            "mixtures": layout.scalars,
            "mixtures_not_converged": unsettled,
        }

    def sample(self, n: int, rng: np.random.Generator, given: Given | None = None) -> Encoded:
        """`n` rows. Discrete columns and plain codes in `given` hold in every row; bins are leant towards."""
        import torch

        rows = self._fitted()
        source = torch.Generator(rows.frequency.device).manual_seed(int(rng.integers(2**63)))
        return rows.draw(n, source, given)

    def state(self) -> State:
        """Weights, modes and frequencies; settings and history."""
        rows = self._fitted()
        tensors = {f"network.{name}": t.cpu().numpy() for name, t in rows.network.state_dict().items()}
        for column, modes in enumerate(rows.layout.modes):
            if modes is not None:
                tensors[f"modes.{column}"] = np.stack([modes.means, modes.spreads, modes.weights])
        return State({**tensors, "frequency": rows.frequency.cpu().numpy()}, self._facts)

    def restore(self, domain: Domain, state: State) -> None:
        """Become the generator that `state` was taken from, on the device of this one's settings."""
        import torch

        from tabsynth.generators.ctgan.networks import Generator
        from tabsynth.generators.ctgan.sampling import RowSource

        settings = Settings.model_validate(state.facts["settings"])
        device, _ = choose_device(self.config.device)
        held = {column: state.tensors.get(f"modes.{column}") for column in range(len(domain))}
        layout = Layout(domain, tuple(None if m is None else Modes(*m) for m in held.values()))
        network = Generator(
            layout.slots, layout.scalars, settings.embedding_dim, settings.generator_dim, torch.Generator()
        )
        network.load_state_dict(
            {
                name.removeprefix("network."): torch.from_numpy(np.array(tensor))
                for name, tensor in state.tensors.items()
                if name.startswith("network.")
            }
        )
        frequency = torch.from_numpy(np.array(state.tensors["frequency"])).to(device)
        self._rows = RowSource(network.to(device), layout, frequency, settings.embedding_dim)
        self._facts = state.facts

    def _fitted(self) -> RowSource:
        if self._rows is None:
            raise InternalError("ctgan: fit or restore before sampling")
        return self._rows


def fitted_layout(train: Encoded, most: int) -> Layout:
    """The layout of a table whose binned columns get at most `most` modes."""
    binned = [column for column, axis in enumerate(train.domain.axes) if not axis.discrete]
    reals = [train.real(column) for column in binned]
    edges = [train.domain.axes[column].edges for column in binned]
    modes = dict(zip(binned, fit_modes([r[~np.isnan(r)] for r in reals], edges, most), strict=True))
    return Layout(train.domain, tuple(modes.get(column) for column in range(len(train.domain))))


def needed_gib(config: Settings, layout: Layout, rows: int) -> float:
    """Memory of a training, before it starts: weights with what Adam holds, a batch's one-hots, the table."""
    noise, width = config.embedding_dim, layout.slots + layout.scalars
    generator = _dense([2 * noise, *config.generator_dim], grows=True)
    generator += (2 * noise + sum(config.generator_dim)) * width + layout.slots * noise
    critic = _dense([config.pac * (width + layout.slots), *config.critic_dim], grows=False)
    weights = 4 * (8 * generator + 5 * critic)  # gradient, two of Adam, averages, best, one to spare
    batch = 4 * 16 * config.batch_size * width
    table = rows * (2 * 8 * len(layout.sizes) + 4 * layout.scalars)
    return float((weights + batch + table) / 2**30)


def _dense(widths: list[int], grows: bool) -> int:
    """Weights of the hidden layers; with `grows`, a layer's input is all that came before."""
    total = 0
    for at in range(1, len(widths)):
        total += (sum(widths[:at]) if grows else widths[at - 1]) * widths[at]
    return total
