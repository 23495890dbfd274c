"""Rows from a fitted generator network, with or without conditions.

Batch normalisation uses its running statistics here: with those of the batch, a row would depend on the rows
drawn beside it, and a condition that all rows share would be normalised away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tabsynth.domain import Encoded
from tabsynth.generators import Given
from tabsynth.generators.ctgan.frozen import Frozen
from tabsynth.generators.ctgan.layout import Layout
from tabsynth.generators.ctgan.networks import Generator

LARGEST_DRAW, _IN_CACHE = 2**25, 2**11
"""Slots drawn at once, 128 MiB of float32: the memory of sampling does not grow with the rows; and rows at once
whose numbers inside the network a processor's cache holds."""


@dataclass(frozen=True, slots=True, eq=False)
class RowSource:
    """A network and what it needs to draw rows. frequency: (slots,) share of training rows in each slot."""

    network: Generator
    layout: Layout
    frequency: Tensor
    noise: int

    def draw(self, n: int, source: torch.Generator, given: Given | None = None) -> Encoded:
        """`n` rows. Each gets one condition, and slots that `given` does not allow are never drawn.

        A binned column leans towards `given`: its modes are held, the bin within a mode is not.
        """
        device = self.frequency.device
        allowed = torch.from_numpy(self._allowed(given or {})).to(device)
        chance = self._chance(allowed, list(given or {}))
        most = max(LARGEST_DRAW // self.layout.slots, 1)
        most = min(most, _IN_CACHE) if device.type == "cpu" else most
        slots = np.empty((n, len(self.layout.domain)), dtype=np.int64)
        scalars = np.empty((n, self.layout.scalars), dtype=np.float32)
        with torch.no_grad():
            network = Frozen(self.network, allowed)
            for start in range(0, n, most):
                rows = min(most, n - start)
                condition = torch.multinomial(chance, rows, replacement=True, generator=source)
                drawn = self._rows(network, condition, allowed, source)
                slots[start : start + rows] = drawn[0].cpu().numpy()
                scalars[start : start + rows] = drawn[1].cpu().numpy()
        return self.layout.join(slots, scalars)

    def _rows(
        self, network: Frozen, condition: Tensor, allowed: Tensor, source: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Slots and scalars of rows that have their condition where it is allowed."""
        device = condition.device
        noise = torch.randn(len(condition), self.noise, generator=source, device=device)
        out = network(noise, condition)
        scalars = torch.tanh(out[:, : self.layout.scalars])
        blocks = torch.split(out[:, self.layout.scalars :], list(self.layout.sizes), dim=1)
        starts = torch.from_numpy(self.layout.starts).to(device)
        picked = torch.stack([_picked(block, source) for block in blocks], dim=1) + starts
        own = torch.searchsorted(starts, condition, right=True)[:, None] - 1
        held = torch.where(allowed[condition][:, None], condition[:, None], picked.gather(1, own))
        return picked.scatter_(1, own, held), scalars

    def _allowed(self, given: Given) -> NDArray[np.bool_]:
        """(slots,) what may be drawn: what training saw, and of that what `given` allows, if it saw any."""
        allowed = self.frequency.cpu().numpy() > 0
        for column, codes in given.items():
            start = self.layout.starts[column]
            span = slice(start, start + self.layout.sizes[column])
            asked = self.layout.allowed_slots(column, codes)
            allowed[span] = asked & allowed[span] if (asked & allowed[span]).any() else asked
        return allowed

    def _chance(self, allowed: Tensor, given: list[int]) -> Tensor:
        """(slots,) how often each slot is the condition: any column by its true frequencies, or with `given`
        the column whose allowed codes are rarest, for there holding by mask alone would bend the row most."""
        held = self.frequency * allowed
        masses = torch.stack([block.sum() for block in torch.split(held, list(self.layout.sizes))])
        seen = [column for column in given if masses[column] > 0]
        if not seen:
            free = [column for column in range(len(masses)) if column not in given]
            return self._only(held, free) if free else self.frequency
        return self._only(held, [min(seen, key=lambda column: float(masses[column]))])

    def _only(self, chance: Tensor, columns: list[int]) -> Tensor:
        kept = torch.zeros_like(chance)
        for column in columns:
            start = int(self.layout.starts[column])
            span = slice(start, start + self.layout.sizes[column])
            kept[span] = chance[span]
        return kept


def _picked(block: Tensor, source: torch.Generator) -> Tensor:
    """(rows,) a slot of one column each, by the scores (rows, slots); the last one where none is allowed."""
    reached = block.softmax(dim=1).cumsum(dim=1)
    least = torch.rand(len(block), 1, generator=source, device=block.device) * reached[:, -1:]
    return torch.searchsorted(reached, least, right=True).squeeze(1).clamp_(max=block.shape[1] - 1)
