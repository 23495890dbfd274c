"""The training: rows with some columns known, the likelihood of all others.

Each row knows a number of columns drawn evenly from none to all but one; its loss is the mean over the others,
which in expectation is the likelihood of the whole row over orders (Uria et al. 2014, equation 8; Hoogeboom et
al. 2022, equation 3). All rows of a person weigh as much as one. What is scored and sampled is a moving average of
the weights.
"""

from __future__ import annotations

import copy
import hashlib
import math
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor
from torch.nn import Module
from torch.optim import Optimizer

from tabsynth.domain import Encoded
from tabsynth.generators.autoregressive.cells import Cells
from tabsynth.generators.autoregressive.layout import Layout
from tabsynth.generators.autoregressive.likelihood import set_margins, surprises
from tabsynth.generators.autoregressive.masks import known_cells
from tabsynth.generators.autoregressive.network import Network
from tabsynth.generators.autoregressive.openness import column_order, fitting_width, log_shares
from tabsynth.generators.autoregressive.settings import Settings
from tabsynth.train.precision import is_quick_in_half
from tabsynth.train.progress import progress_tensors, restore_progress

_MOST_SCORED, _SCORED_MASKS = 5_000, 2

_WARM_UP = 10
"""The average forgets what is older than a tenth of the steps, until `average` is reached."""

_BATCH_OF_RATE, _LAST_RATE = 128, 0.02


class Learner:
    """The network, its average and its optimiser on one device; a `tabsynth.train.Learner`."""

    def __init__(
        self,
        config: Settings,
        train: Encoded,
        development: Encoded,
        device: torch.device,
        rng: np.random.Generator,
    ) -> None:
        self.config, self.device = config, device
        self.batch: int = config.batch_size or 2 ** int(math.log2(min(max(len(train) / 32, 128), 1024)))
        self.rate: float = config.lr * (self.batch / _BATCH_OF_RATE) ** 0.5
        self.layout = Layout(train.domain)
        self.cells, self.row_weights = Cells.of(train, self.layout, device), _weights(train, device)
        scored = development.take(np.arange(min(len(development), _MOST_SCORED)))
        self.development = Cells.of(scored, self.layout, device)
        self.development_weights = _weights(scored, device)
        start = torch.Generator().manual_seed(int(rng.integers(2**63)))
        self.width = config.width or fitting_width(self.layout, log_shares(train))
        self.network = Network(self.layout, self.width, config.blocks, start)
        set_margins(self.network, train)
        self.network.to(device)
        self.average = copy.deepcopy(self.network, {id(self.layout): self.layout}).requires_grad_(False)
        self.steps = self._adam()
        self.place = torch.tensor(column_order(self.layout, self.network.margins)).argsort().to(device)
        self.source = torch.Generator(device).manual_seed(int(rng.integers(2**63)))
        self.score_seed = int(rng.integers(2**63))
        self.taken = 0
        self.halved = is_quick_in_half(device)

    def _adam(self) -> torch.optim.AdamW:
        learnt = [weight for weight in self.network.parameters() if weight.requires_grad]
        decayed = [weight for weight in learnt if weight.ndim > 1]
        kept = [weight for weight in learnt if weight.ndim <= 1]
        groups = [
            {"params": decayed, "weight_decay": self.config.decay},
            {"params": kept, "weight_decay": 0.0},
        ]
        return torch.optim.AdamW(groups, lr=self.rate, betas=(0.9, 0.99), fused=True)

    @property
    def steps_an_epoch(self) -> int:
        return max(round(len(self.cells) / self.batch), 1)

    def run_epoch(self) -> dict[str, float]:
        """One pass over the rows; the mean loss."""
        rows = torch.randperm(len(self.cells), generator=self.source, device=self.device)
        total = torch.zeros((), device=self.device)
        for batch in rows.chunk(self.steps_an_epoch):
            cells = self.cells.take(batch)
            known = known_cells(len(batch), self.place, self.config.ordered, self.source)
            losses = self._losses(self.network, cells, known, self.source)
            loss = (losses * self.row_weights[batch]).mean()
            for group in self.steps.param_groups:
                group["lr"] = self._rate()
            self.steps.zero_grad()
            torch.autograd.backward(loss)
            self.steps.step()
            self._step_average()
            total += loss.detach() * len(batch)
        return {"loss": float(total / len(rows))}

    def _rate(self) -> float:
        """Up over the first steps, then down along a cosine to nearly nought in the last epoch."""
        whole = self.config.epochs * self.steps_an_epoch
        warm = min(100, whole // 10 + 1)
        fall = 0.5 + 0.5 * math.cos(math.pi * min(self.taken / whole, 1.0))
        return self.rate * min((self.taken + 1) / warm, 1.0) * (_LAST_RATE + (1 - _LAST_RATE) * fall)

    def _losses(
        self, network: Network, cells: Cells, known: Tensor, source: torch.Generator | None = None
    ) -> Tensor:
        """(rows,) mean surprise of each row's unknown cells."""
        tables = network.tables()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.halved and source is not None):
            inside = network.trunk(network.enter(cells, known, tables), tables, self.config.dropout, source)
            surprise = surprises(network, cells, inside, tables)
        unknown = ~known
        return (surprise * (unknown / unknown.sum(dim=1, keepdim=True))).sum(dim=1)

    @torch.no_grad()
    def _step_average(self) -> None:
        self.taken += 1
        decay = min(self.config.average, self.taken / (self.taken + _WARM_UP))
        for mean, latest in zip(self.average.parameters(), self.network.parameters(), strict=True):
            mean.lerp_(latest, 1 - decay)

    @torch.inference_mode()
    def score(self) -> float | None:
        """Mean surprise of development cells under the same masks every epoch, in nats; None without rows."""
        if not len(self.development):
            return None
        source = torch.Generator(self.device).manual_seed(self.score_seed)
        total = 0.0
        for _ in range(_SCORED_MASKS):
            known = known_cells(len(self.development), self.place, self.config.ordered, source)
            losses = self._losses(self.average, self.development, known)
            total += float((losses * self.development_weights).mean())
        return total / _SCORED_MASKS

    @property
    def weight_count(self) -> int:
        """How many numbers are learnt."""
        return sum(weight.numel() for weight in self.network.parameters())

    def fingerprint(self) -> str:
        """Tells this start from another table's or seed's; made of what the model file holds and the seed."""
        margins = b"".join(margin.detach().cpu().numpy().tobytes() for margin in self.network.margins)
        return hashlib.sha256(margins + str((self.score_seed, self.layout.domain.sizes)).encode()).hexdigest()

    def weights(self) -> dict[str, Tensor]:
        """What sampling needs."""
        return dict(self.average.state_dict())

    def load_weights(self, weights: Mapping[str, Tensor]) -> None:
        """Become the network of these weights."""
        self.average.load_state_dict(dict(weights))

    def progress(self) -> dict[str, Tensor]:
        """What going on with the training needs beside `weights`."""
        return progress_tensors(self._parts, self.source, self.taken)

    def load_progress(self, progress: Mapping[str, Tensor]) -> None:
        """Go on from where `progress` was taken."""
        self.taken = restore_progress(self._parts, self.source, progress)

    @property
    def _parts(self) -> dict[str, Module | Optimizer]:
        return {"network": self.network, "adam": self.steps}


def _weights(table: Encoded, device: torch.device) -> Tensor:
    """(rows,) what each row's loss weighs, 1 on average."""
    weights = table.person_weights()
    return torch.from_numpy(weights * np.float32(len(weights)) / weights.sum()).to(device)
