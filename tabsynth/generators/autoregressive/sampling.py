"""Rows from the trained network: free ones, ones that meet conditions, and half-known ones filled in."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from tabsynth.domain import Encoded
from tabsynth.generators import Given
from tabsynth.generators.autoregressive.bound import BoundNetwork, bind
from tabsynth.generators.autoregressive.cells import Cells
from tabsynth.generators.autoregressive.drawing import Drawer, rows_at_once
from tabsynth.generators.autoregressive.likelihood import surprise_of_column
from tabsynth.generators.autoregressive.network import Network
from tabsynth.generators.autoregressive.openness import column_order


class RowSource:
    """A trained network and the order in which it draws."""

    def __init__(self, network: Network, temperature: float) -> None:
        self.network, self.layout = network.eval(), network.layout
        self.network.temperature = temperature
        self.order = column_order(self.layout, network.margins)

    def under(self, given: Given) -> BoundNetwork:
        """The network with each column of `given` bound to its codes."""
        return bind(self.network, self.order, given)

    @torch.inference_mode()
    def fill(self, partial: Encoded, known: NDArray[np.bool_], rng: np.random.Generator) -> Encoded:
        """The table with every cell that is not `known` (rows, columns) drawn anew."""
        drawer = Drawer.seeded(self.network, rng)
        cells = Cells.of(partial, self.layout, drawer.device)
        at = torch.from_numpy(np.array(known, np.bool_)).to(drawer.device)
        most = rows_at_once(max(self.layout.domain.sizes), drawer.device)
        for first in range(0, len(cells), most):
            block = slice(first, first + most)
            drawer.fill(Cells(cells.codes[block], cells.residuals[block]), at[block], self.order)
        return cells.table(self.layout)

    @torch.inference_mode()
    def surprise(self, table: Encoded) -> NDArray[np.float64]:
        """(rows,) minus the log-likelihood of each row, its columns told in the order in which they are drawn."""
        cells = Cells.of(table, self.layout, self.network.plain.device)
        device = self.network.plain.device
        tables, most = self.network.tables(), rows_at_once(max(self.layout.domain.sizes), device)
        parts = [np.empty(0)]
        for first in range(0, len(cells), most):
            block = cells.take(torch.arange(first, min(first + most, len(cells)), device=cells.codes.device))
            known = torch.zeros_like(block.codes, dtype=torch.bool)
            total = torch.zeros(len(block), dtype=torch.float64, device=cells.codes.device)
            for column in self.order:
                inside = self.network.trunk(self.network.enter(block, known, tables), tables)
                total += surprise_of_column(self.network, block, inside, column, tables)
                known[:, column] = True
            parts.append(total.cpu().numpy())
        return np.concatenate(parts)
