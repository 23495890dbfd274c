"""The network under a condition: rows drawn in the order of free ones, and given up as soon as they miss it.

Bound columns that come so early that few combinations lead up to them never miss: the chances of all combinations
are summed, and the allowed ones drawn from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tabsynth.domain import Domain, Encoded
from tabsynth.generators import Given
from tabsynth.generators.autoregressive.cells import Cells
from tabsynth.generators.autoregressive.drawing import Allowed, Drawer
from tabsynth.generators.autoregressive.kinds import Kinds
from tabsynth.generators.autoregressive.network import Network

_MOST_ROWS = 2**17
"""Rows to draw together: the more, the more are alike."""

_MOST_KINDS = 2**13
"""Combinations that are summed over at most: as much work as so many rows."""


@dataclass(frozen=True, slots=True, eq=False)
class BoundNetwork:
    """Tries under a condition, a `tabsynth.generators.conditional.Tries`.

    first, rest: the columns in the order of drawing. codes: (kinds, first columns) all allowed combinations of
    the first. chance: (kinds,) that a free row is of each. entered: (kinds, width) what enters of each. allowed:
    of the bound columns among the rest.
    """

    network: Network
    first: list[int]
    rest: list[int]
    codes: Tensor
    chance: Tensor
    entered: Tensor
    allowed: Allowed

    @property
    def reach(self) -> float:
        """The chance that free rows are allowed in the first columns; 0 where a column may have no code."""
        possible = all(bool(mask.any()) for mask in self.allowed.values())
        return float(self.chance.sum().clamp(max=1)) if possible else 0.0

    @torch.inference_mode()
    def attempt(self, tries: int, rng: np.random.Generator) -> Encoded:
        """The rows of the tries that succeeded."""
        layout, drawer = self.network.layout, Drawer.seeded(self.network, rng)
        left = tries if self.reach else 0
        blocks = [Cells.unset(0, layout, drawer.device)]
        while left:
            blocks.append(self._block(min(left, _MOST_ROWS), drawer))
            left -= min(left, _MOST_ROWS)
        return Cells.joined(blocks).table(layout)

    def _block(self, rows: int, drawer: Drawer) -> Cells:
        cells = Cells.unset(len(self.codes), self.network.layout, drawer.device)
        cells.codes[:, self.first] = self.codes
        kind = torch.multinomial(self.chance, rows, replacement=True, generator=drawer.source)
        count = kind.bincount(minlength=len(self.codes))
        return drawer.draw(Kinds(cells, count, self.entered), self.rest, self.allowed)


@torch.inference_mode()
def bind(network: Network, order: list[int], given: Given) -> BoundNetwork:
    """The network with each column of `given` bound to its codes."""
    codes = {column: _codes(network, column, given) for column in order}
    count = _first_columns(network.layout.domain, order, given, codes)
    allowed = {column: _mask(network, column, codes[column]) for column in order[count:] if column in given}
    return BoundNetwork(
        network, order[:count], order[count:], *_combined(network, order[:count], codes), allowed
    )


def _codes(network: Network, column: int, given: Given) -> Tensor:
    """The allowed ones, in order."""
    size = network.layout.domain.axes[column].size
    codes = np.unique(given[column]) if column in given else np.arange(size)
    return torch.from_numpy(codes.astype(np.int64)).to(network.plain.device)


def _first_columns(domain: Domain, order: list[int], given: Given, codes: Mapping[int, Tensor]) -> int:
    """How many columns, the last a bound one, have few allowed combinations and no places inside of bins."""
    count, kinds = 0, 1
    for number, column in enumerate(order, 1):
        kinds *= len(codes[column])
        if kinds > _MOST_KINDS or not domain.axes[column].discrete:
            break
        count = number if column in given else count
    return count


def _combined(
    network: Network, columns: list[int], codes: Mapping[int, Tensor]
) -> tuple[Tensor, Tensor, Tensor]:
    """All combinations of the codes of columns, the chance of each, and what enters of it."""
    tables, device = network.tables(), network.plain.device
    combined = torch.zeros(1, 0, dtype=torch.int64, device=device)
    chance = torch.ones(1, dtype=torch.float64, device=device)
    entered = tables.nothing
    for column in columns:
        each = codes[column]
        scores = network.draws(network.trunk(entered, tables), column, tables)
        chance = (chance[:, None] * scores.double().softmax(dim=1)[:, each]).flatten()
        told = network.learnt_of(column, each, torch.zeros(len(each), device=device), tables)
        entered = (entered[:, None] + told).flatten(0, 1)
        tail = each.repeat(len(combined))[:, None]
        combined = torch.cat([combined.repeat_interleave(len(each), 0), tail], dim=1)
    return combined, chance, entered


def _mask(network: Network, column: int, codes: Tensor) -> Tensor:
    mask = torch.zeros(network.layout.domain.axes[column].size, dtype=torch.bool, device=network.plain.device)
    return mask.index_fill(0, codes, True)
