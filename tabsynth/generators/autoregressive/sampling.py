"""Rows from the trained network: free ones, ones that meet conditions, and half-known ones filled in.

What is bound by a condition is drawn first, from its distribution among the allowed codes. As an earlier draw may
make a later condition unlikely to be met, rows are kept with the chance that free draws in this order meet them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tabsynth.domain import Encoded
from tabsynth.generators import Given
from tabsynth.generators.autoregressive.cells import Cells
from tabsynth.generators.autoregressive.drawing import Drawer
from tabsynth.generators.autoregressive.layout import column_order
from tabsynth.generators.autoregressive.network import Network

_MOST_SCORES = 2**22
_FEWEST_ROWS, _MOST_ROWS = 4096, 16384
_MOST_TRIES = 200

Allowed = dict[int, Tensor]
"""Column number -> (codes,) whether each is allowed."""


class RowSource:
    """A trained network and the order in which it draws."""

    def __init__(self, network: Network) -> None:
        self.network, self.layout = network.eval(), network.layout
        self.order = column_order(self.layout.domain).tolist()
        self.device = network.plain.device

    @torch.inference_mode()
    def draw(self, n: int, source: torch.Generator, given: Given | None) -> Encoded:
        """`n` rows that meet `given`, distributed as free rows that do, unless that takes over `_MOST_TRIES` tries
        a row: then the rest are taken as they come."""
        drawer = Drawer(self.network, source)
        allowed = self.rarest_first(given or {}, drawer)
        parts = []
        for cells in self._bound(n, drawer, allowed):
            known = _none_known(cells)
            known[:, list(allowed)] = True
            parts.append(self._filled(cells, known, drawer))
        return Cells.joined(parts).table(self.layout)

    @torch.inference_mode()
    def fill(self, partial: Encoded, known: NDArray[np.bool_], source: torch.Generator) -> Encoded:
        """The table with every cell that is not `known` (rows, columns) drawn anew."""
        cells = Cells.of(partial, self.layout, self.device)
        at = torch.from_numpy(np.array(known, np.bool_)).to(self.device)
        return self._filled(cells, at, Drawer(self.network, source)).table(self.layout)

    def _filled(self, cells: Cells, known: Tensor, drawer: Drawer) -> Cells:
        blocks = []
        for rows in torch.split(torch.arange(len(cells), device=self.device), self._most_rows()):
            block, at = cells.take(rows), known[rows]
            if not at.any():
                drawer.start(block, at, self.order)
            drawer.draw(block, at, self.order, {})
            blocks.append(block)
        return Cells.joined(blocks)

    def _most_rows(self) -> int:
        """Rows to draw at once: their scores, a number for each code, are to take little memory."""
        return min(max(_MOST_SCORES // max(self.layout.domain.sizes), 1), _MOST_ROWS)

    def rarest_first(self, given: Given, drawer: Drawer) -> Allowed:
        """The conditions, the least likely one first; one that allows nothing binds nothing."""
        allowed = {}
        for column, codes in given.items():
            mask = torch.zeros(self.layout.domain.axes[column].size, dtype=torch.bool, device=self.device)
            mask[torch.from_numpy(np.asarray(codes, np.int64)).to(self.device)] = True
            if mask.any():
                allowed[column] = mask

        def chance(column: int) -> float:
            cells = drawer.unset(1)
            return float(drawer.draw(cells, _none_known(cells), [column], allowed))

        return {column: allowed[column] for column in sorted(allowed, key=chance)}

    def _bound(self, n: int, drawer: Drawer, allowed: Allowed) -> Iterator[Cells]:
        """Blocks of rows, `n` in all, whose bound columns are drawn and whose others are not."""
        if not allowed:
            yield drawer.unset(n)
            return
        missing, tries, ceiling = n, 0, -float("inf")
        while missing > 0 or not tries:
            rows = min(max(2 * missing, min(_FEWEST_ROWS, self._most_rows())), self._most_rows())
            cells = drawer.unset(rows)
            chance = drawer.draw(cells, _none_known(cells), list(allowed), allowed)
            ceiling = max(ceiling, float(chance.max()))
            kept = torch.rand(rows, generator=drawer.source, device=self.device) < (chance - ceiling).exp()
            tries += rows
            if tries > _MOST_TRIES * max(n, _FEWEST_ROWS):
                kept[:] = True
            yield cells.take(kept.nonzero().squeeze(1)[:missing])
            missing -= min(int(kept.sum()), missing)


def _none_known(cells: Cells) -> Tensor:
    return torch.zeros_like(cells.codes, dtype=torch.bool)
