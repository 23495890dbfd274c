"""One column after the other, each drawn knowing all that is known of its row by then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tabsynth.generators.autoregressive.cells import Cells
from tabsynth.generators.autoregressive.layout import Layout
from tabsynth.generators.autoregressive.network import PIECES, Network

_BELOW_ONE = float(np.nextafter(np.float32(1), np.float32(0)))
_MOST_SCORES, _MOST_ROWS = 2**22, 2**14

Allowed = Mapping[int, Tensor]
"""Column number -> (codes,) whether each is allowed."""


@dataclass(frozen=True, slots=True, eq=False)
class Kinds:
    """Rows of which the same columns are known. Those alike are of one kind, and the network is asked for it once.

    cells: of all rows. kind: (rows,) the number of each row's kind; None where each is a kind of its own. entered:
    (kinds, width) what entered.
    """

    cells: Cells
    kind: Tensor | None
    entered: Tensor

    def take(self, rows: Tensor) -> Kinds:
        """Only these rows."""
        if self.kind is None:
            return Kinds(self.cells.take(rows), None, self.entered[rows])
        return Kinds(self.cells.take(rows), self.kind[rows], self.entered)

    def each(self, of_kinds: Tensor) -> Tensor:
        """(rows, …) of (kinds, …)."""
        return of_kinds if self.kind is None else of_kinds[self.kind]


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
            reached = self.network.draws(inside, column, self.tables).softmax(dim=1).cumsum(dim=1)
            codes = self._pick(reached)
            residuals = self._residuals(inside, column, codes)
            cells.put(rows, column, codes, residuals, self.layout)
            entered[rows] += self.network.learnt_of(column, codes, residuals, self.tables)

    def draw(self, rows: Kinds, columns: Sequence[int], allowed: Allowed) -> Cells:
        """The rows with these columns drawn, all unknown before; at one of `allowed` each goes on with the chance
        that a free draw is allowed, and draws such a code."""
        for column in columns:
            inside = self.network.trunk(rows.entered, self.tables)
            scores = self.network.draws(inside, column, self.tables)
            if column in allowed:
                chance = rows.each(scores.softmax(dim=1)[:, allowed[column]].sum(dim=1))
                goes_on = self._uniform(len(chance)) < chance
                if rows.kind is None:
                    inside, scores = inside[goes_on], scores[goes_on]
                rows = rows.take(goes_on.nonzero().squeeze(1))
                scores = scores.masked_fill(~allowed[column], -torch.inf)
            rows = self._drawn(rows, column, inside, scores)
        return rows.cells

    def _drawn(self, rows: Kinds, column: int, inside: Tensor, scores: Tensor) -> Kinds:
        """The rows with a column drawn from the scores of their kinds."""
        axis, cells = self.layout.domain.axes[column], rows.cells
        codes = self._pick(rows.each(scores.softmax(dim=1).cumsum(dim=1)))
        if axis.discrete and rows.kind is not None:
            cells.codes[:, column] = codes
            kinds, kind = torch.unique(rows.kind * axis.size + codes, return_inverse=True)
            told = self._told(column, kinds % axis.size)
            return Kinds(cells, kind, rows.entered[kinds // axis.size] + told)
        residuals = self._residuals(rows.each(inside), column, codes)
        cells.put(slice(None), column, codes, residuals, self.layout)
        told = self._told(column, codes, residuals)
        return Kinds(cells, None, told.add_(rows.each(rows.entered)))

    def _told(self, column: int, codes: Tensor, residuals: Tensor | None = None) -> Tensor:
        places = torch.zeros(len(codes), device=self.device) if residuals is None else residuals
        return self.network.learnt_of(column, codes, places, self.tables)

    def _residuals(self, inside: Tensor, column: int, codes: Tensor) -> Tensor:
        """(rows,) a piece of the bin by its score, and a place in it; 0 where the code is plain."""
        if column not in self.layout.binned:
            return torch.zeros(len(codes), device=codes.device)
        at = self.layout.binned.index(column)
        scores = self.network.piece_scores(inside, at, codes, self.tables)
        piece = self._pick(scores.softmax(dim=1).cumsum(dim=1))
        residuals = ((piece + self._uniform(len(codes))) / PIECES).clamp(max=_BELOW_ONE)
        return residuals * (codes >= self.layout.domain.axes[column].plain)

    def _pick(self, reached: Tensor) -> Tensor:
        """(rows,) a number each from the chances whose running totals are (rows, numbers)."""
        # A float32 below 1 times the total is below the total, so what is found has a chance above 0.
        least = self._uniform(len(reached))[:, None] * reached[:, -1:]
        return torch.searchsorted(reached, least, right=True).squeeze(1)

    def _uniform(self, rows: int) -> Tensor:
        return torch.rand(rows, generator=self.source, device=self.device)


def rows_at_once(layout: Layout) -> int:
    """Rows to draw together: their scores, a number for each code, are to take little memory."""
    return min(max(_MOST_SCORES // max(layout.domain.sizes), 1), _MOST_ROWS)
