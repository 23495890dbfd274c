"""One column after the other, each drawn knowing all that is known of its row by then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from tabsynth.generators.autoregressive.cells import Cells
from tabsynth.generators.autoregressive.network import PIECES, Network

_BELOW_ONE = float(np.nextafter(np.float32(1), np.float32(0)))


class Drawer:
    """A network whose weights stay as they are, and where its random draws come from."""

    def __init__(self, network: Network, source: torch.Generator) -> None:
        self.network, self.layout, self.source = network, network.layout, source
        self.tables = network.tables()

    def unset(self, rows: int) -> Cells:
        """Rows of which nothing is known."""
        return Cells.unset(rows, self.layout, self.source.device)

    def draw(
        self, cells: Cells, known: Tensor, columns: Sequence[int], allowed: Mapping[int, Tensor]
    ) -> Tensor:
        """Sets the cells of these columns that are not known (rows, columns), and knows them from then on.

        allowed: column -> (codes,) whether each may be drawn.
        Returns (rows,) the log of the chance that free draws are allowed.
        """
        row = self.network.enter(cells, known, self.tables)
        chance = torch.zeros(len(row), device=row.device)
        for column in columns:
            rows = (~known[:, column]).nonzero().squeeze(1)
            if not len(rows):
                continue
            inside = self.network.trunk(row[rows], self.tables)
            scores = self.network.scores(inside, column, self.tables)
            if column in allowed:
                free = scores.logsumexp(dim=1)
                scores = scores.masked_fill(~allowed[column], -torch.inf)
                chance[rows] += scores.logsumexp(dim=1) - free
            codes = self._pick(scores)
            residuals = self._residuals(inside, column, codes)
            cells.put(rows, column, codes, residuals, self.layout)
            known[rows, column] = True
            row[rows] += self.network.learnt_of(column, codes, residuals, self.tables)
        return chance

    def start(self, cells: Cells, known: Tensor, columns: Sequence[int]) -> None:
        """Like `draw` for rows of which nothing is known, while many are alike: each kind is asked for once."""
        first = self.unset(1)
        row = self.network.enter(first, torch.zeros_like(first.codes, dtype=torch.bool), self.tables)
        kind = torch.zeros(len(cells), dtype=torch.int64, device=row.device)
        for column in columns:
            axis = self.layout.domain.axes[column]
            if not axis.discrete or 2 * len(row) > len(cells):
                break
            scores = self.network.scores(self.network.trunk(row, self.tables), column, self.tables)
            codes = self._pick(scores, kind)
            cells.codes[:, column], known[:, column] = codes, True
            kinds, kind = torch.unique(kind * axis.size + codes, return_inverse=True)
            nowhere = torch.zeros(len(kinds), device=row.device)
            told = self.network.learnt_of(column, kinds % axis.size, nowhere, self.tables)
            row = row[kinds // axis.size] + told

    def _residuals(self, inside: Tensor, column: int, codes: Tensor) -> Tensor:
        """(rows,) a piece of the bin by its score, and a place in it; 0 where the code is plain."""
        if column not in self.layout.binned:
            return torch.zeros(len(codes), device=codes.device)
        at = self.layout.binned.index(column)
        piece = self._pick(self.network.piece_scores(inside, at, codes, self.tables))
        place = torch.rand(len(codes), generator=self.source, device=codes.device)
        residuals = ((piece + place) / PIECES).clamp(max=_BELOW_ONE)
        return residuals * (codes >= self.layout.domain.axes[column].plain)

    def _pick(self, scores: Tensor, kind: Tensor | None = None) -> Tensor:
        """(rows,) a draw from the softmax of each row of scores, or of the row of scores that is its `kind`."""
        reached = scores.softmax(dim=1).cumsum(dim=1)
        if kind is not None:
            reached = reached[kind]
        share = torch.rand(len(reached), 1, generator=self.source, device=scores.device)
        # A float32 below 1 times the total is below the total, so what is found has a chance above 0.
        return torch.searchsorted(reached, share * reached[:, -1:], right=True).squeeze(1)
