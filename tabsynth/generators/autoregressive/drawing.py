"""One column after the other, each drawn knowing all that is known of its row by then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from tabsynth.generators.autoregressive.cells import Cells
from tabsynth.generators.autoregressive.kinds import Children, Kinds
from tabsynth.generators.autoregressive.network import PIECES, Network

_BELOW_ONE = float(np.nextafter(np.float32(1), np.float32(0)))
_MOST_SCORES = 2**22
_IN_CACHE, _ON_A_GPU = 2**12, 2**17
"""Rows whose numbers inside the network a processor's cache holds, and such as keep a GPU busy."""

Allowed = Mapping[int, Tensor]
"""Column number -> (codes,) whether each is allowed."""


class Drawer:
    """A network whose weights stay as they are, and where its random draws come from."""

    def __init__(self, network: Network, source: torch.Generator) -> None:
        self.network, self.layout, self.source = network, network.layout, source
        self.device = source.device
        self.tables = network.tables()

    @classmethod
    def seeded(cls, network: Network, rng: np.random.Generator) -> Drawer:
        """One whose draws come from `rng`."""
        source = torch.Generator(network.plain.device)
        return cls(network, source.manual_seed(int(rng.integers(2**63))))

    def fill(self, cells: Cells, known: Tensor, columns: Sequence[int]) -> None:
        """Set the cells of these columns that are not `known` (rows, columns)."""
        entered = self.network.enter(cells, known, self.tables)
        for column in columns:
            rows = (~known[:, column]).nonzero().squeeze(1)
            if not len(rows):
                continue
            inside = self.network.trunk(entered[rows], self.tables)
            scores = self.network.draws(inside, column, self.tables)
            each = torch.arange(len(rows), device=self.device)
            codes = self._codes(scores, each)
            residuals = self._residuals(inside, column, codes, each)
            cells.put(rows, column, codes, residuals, self.layout)
            entered[rows] += self.network.learnt_of(column, codes, residuals, self.tables)

    def draw(self, kinds: Kinds, columns: Sequence[int], allowed: Allowed) -> Cells:
        """The rows with these columns drawn, all unknown before; at one of `allowed` each goes on with the chance
        that a free draw is allowed, and draws such a code."""
        rows = self._draw(kinds, columns, allowed)
        return rows.take(torch.randperm(len(rows), generator=self.source, device=self.device))

    def _draw(self, kinds: Kinds, columns: Sequence[int], allowed: Allowed) -> Cells:
        """The rows, those of one kind together. Kinds that are too many for the cache go on by blocks."""
        for number, column in enumerate(columns):
            most = rows_at_once(self.layout.domain.sizes[column], self.device)
            if len(kinds) > most:
                rest = columns[number:]
                return Cells.joined([self._draw(block, rest, allowed) for block in kinds.blocks(most)])
            kinds = self._drawn(kinds, column, allowed.get(column))
        return kinds.rows()

    def _drawn(self, kinds: Kinds, column: int, allowed: Tensor | None) -> Kinds:
        """The kinds that these become when one more column is drawn."""
        inside = self.network.trunk(kinds.entered, self.tables)
        scores = self.network.draws(inside, column, self.tables)
        kind = torch.repeat_interleave(kinds.count)
        if allowed is not None:
            chance = scores.softmax(dim=1)[:, allowed].sum(dim=1)
            kind = kind[self._uniform(len(kind)) < chance[kind]]
            scores = scores.masked_fill(~allowed, -torch.inf)
        axis = self.layout.domain.axes[column]
        new = Children.of(kind, self._codes(scores, kind), axis.size, axis.plain)
        residuals = self._residuals(inside, column, new.codes, new.parent)
        cells = kinds.cells.take(new.parent)
        cells.put(slice(None), column, new.codes, residuals, self.layout)
        told = self.network.learnt_of(column, new.codes, residuals, self.tables)
        return Kinds(cells, new.count, told.add_(kinds.entered.index_select(0, new.parent)))

    def _codes(self, scores: Tensor, kind: Tensor) -> Tensor:
        """(rows,) a code each, by the scores (kinds, codes) of its kind."""
        return self._pick(scores.softmax(dim=1).cumsum(dim=1), kind)

    def _residuals(self, inside: Tensor, column: int, codes: Tensor, kind: Tensor) -> Tensor:
        """(rows,) a piece of the bin by its score, and a place in it; 0 where the code is plain.

        inside: (kinds, width) what the trunk made of them. codes, kind: (rows,).
        """
        residuals = torch.zeros(len(codes), device=self.device)
        if column not in self.layout.binned:
            return residuals
        at = self.layout.binned.index(column)
        rows = (codes >= self.layout.domain.axes[column].plain).nonzero().squeeze(1)
        scores = self.network.piece_scores(inside.index_select(0, kind[rows]), at, codes[rows], self.tables)
        piece = self._codes(scores, torch.arange(len(rows), device=self.device))
        places = ((piece + self._uniform(len(rows))) / PIECES).clamp(max=_BELOW_ONE)
        return residuals.index_copy(0, rows, places)

    def _pick(self, reached: Tensor, kind: Tensor) -> Tensor:
        """(rows,) a number each, by the running totals (kinds, numbers) of its kind's chances."""
        kinds, numbers = reached.shape
        # A float32 below 1 times the total is below the total, so what is found has a chance above 0.
        sought = self._uniform(len(kind)) * reached[:, -1].index_select(0, kind)
        # One line of totals, each kind's above all of the one before: they end near 1.
        steps = 2.0 * torch.arange(kinds, dtype=torch.float64, device=self.device)
        line = (reached + steps[:, None]).flatten()
        return torch.searchsorted(line, sought + steps.index_select(0, kind), right=True) - kind * numbers

    def _uniform(self, rows: int) -> Tensor:
        return torch.rand(rows, generator=self.source, device=self.device)


def rows_at_once(codes: int, device: torch.device) -> int:
    """Rows to ask the network for together: their scores of so many codes are to take little memory."""
    most = _IN_CACHE if device.type == "cpu" else _ON_A_GPU
    return min(max(_MOST_SCORES // codes, 1), most)
