"""The generator: fit, draw, fill in, keep and become again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from privacy import Event, InternalError, OnEvent, TrainingError
from tabsynth.domain import Domain, Encoded
from tabsynth.generators import Given, State
from tabsynth.generators.autoregressive.settings import Settings
from tabsynth.generators.conditional import rows_given
from tabsynth.train import choose_device, train as run_training

if TYPE_CHECKING:
    from tabsynth.generators.autoregressive.bound import BoundNetwork
    from tabsynth.generators.autoregressive.sampling import RowSource

ADVICE = "lower lr"


class Autoregressive:
    """One network that tells every column from any others. Of the table it keeps its weights alone."""

    name: ClassVar[str] = "autoregressive"
    Config: ClassVar[type[BaseModel]] = Settings

    def __init__(self, config: Settings) -> None:
        self.config = config
        self._rows: RowSource | None = None
        self._facts: dict[str, Any] = {}

    def fit(self, train: Encoded, development: Encoded, rng: np.random.Generator, on_event: OnEvent) -> None:
        """Learn `train`; keep the epoch under which `development` is likeliest, the last one without it.

        Raises TrainingError on an empty table or a training that breaks down, ConfigError for an absent device.
        """
        import torch

        from tabsynth.generators.autoregressive.sampling import RowSource
        from tabsynth.generators.autoregressive.training import Learner

        if not len(train) or not len(train.domain):
            raise TrainingError("there is nothing to learn: no rows or no columns")
        device, why = choose_device(self.config.device)
        try:
            learner = Learner(self.config, train, development, device, rng)
            on_event(Event("training", 0, self.config.epochs, f"on {why}; {learner.weight_count:,} weights"))
            plan = self.config.plan(learner.fingerprint(), device.type, ADVICE)
            history = run_training(learner, plan, on_event)
        except torch.cuda.OutOfMemoryError:
            raise TrainingError(
                "the device has too little memory",
                todo="lower batch_size or width, choose device cpu, or pool rare levels",
            ) from None
        self._rows = RowSource(learner.average, self.config.temperature)
        settings = {**self.config.portable(), "width": learner.width}
        self._facts = {"settings": settings, "history": history.facts(), "device": why}

    def sample(self, n: int, rng: np.random.Generator, given: Given | None = None) -> Encoded:
        """`n` rows; conditions hold in each, unless that takes too many tries, see `rows_given`."""
        return rows_given(self, n, rng, given) if given else self.under({}).attempt(n, rng)

    def under(self, given: Given) -> BoundNetwork:
        """The network with each column of `given` bound to its codes."""
        return self._fitted().under(given)

    def impute(self, partial: Encoded, known: NDArray[np.bool_], rng: np.random.Generator) -> Encoded:
        """The table with each cell that is not `known` (rows, columns) drawn given those of its row that are."""
        return self._fitted().fill(partial, known, rng)

    def surprise(self, table: Encoded) -> NDArray[np.float64]:
        """(rows,) minus the log-likelihood of each row, in nats."""
        return self._fitted().surprise(table)

    def state(self) -> State:
        """The weights; settings and history."""
        weights = self._fitted().network.state_dict()
        return State({name: tensor.cpu().numpy() for name, tensor in weights.items()}, self._facts)

    def restore(self, domain: Domain, state: State) -> None:
        """Become the generator that `state` was taken from, on the device of this one's settings.

        ValueError when the arrays are not those of a network of this domain.
        """
        from tabsynth.generators.autoregressive.checks import sound_network
        from tabsynth.generators.autoregressive.sampling import RowSource

        settings = Settings.model_validate(state.facts.get("settings"))
        device, _ = choose_device(self.config.device)
        network = sound_network(domain, settings, state.tensors).to(device)
        self._rows = RowSource(network, settings.temperature)
        self._facts = state.facts

    def _fitted(self) -> RowSource:
        if self._rows is None:
            raise InternalError("autoregressive: fit or restore before sampling")
        return self._rows
