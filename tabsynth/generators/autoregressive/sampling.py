"""Rows from the trained network: one column after the other, each drawn knowing all that is known by then.

What is bound by a condition is drawn first, from its distribution among the allowed codes; as a free row rarely
meets all conditions at once where an earlier draw makes a later one unlikely, rows are kept with the chance that
free draws meet them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tabsynth.domain import Encoded
from tabsynth.generators import Given
from tabsynth.generators.autoregressive.cells import Cells
from tabsynth.generators.autoregressive.layout import column_order
from tabsynth.generators.autoregressive.network import PIECES, Network, Tables

_MOST_SCORES = 2**22
_FEWEST_ROWS, _MOST_ROWS = 4096, 16384
_MOST_TRIES = 200
_BELOW_ONE = float(np.nextafter(np.float32(1), np.float32(0)))

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
        tables = self.network.tables()
        allowed = self._rarest_first(given or {}, tables)
        parts = []
        for cells in self._bound(n, source, allowed, tables):
            known = _none_known(cells)
            known[:, list(allowed)] = True
            parts.append(self._filled(cells, known, source, tables))
        return Cells.joined(parts).table(self.layout)

    @torch.inference_mode()
    def fill(self, partial: Encoded, known: NDArray[np.bool_], source: torch.Generator) -> Encoded:
        """The table with every cell that is not `known` (rows, columns) drawn anew."""
        cells = Cells.of(partial, self.layout, self.device)
        at = torch.from_numpy(np.array(known, np.bool_)).to(self.device)
        return self._filled(cells, at, source, self.network.tables()).table(self.layout)

    def _filled(self, cells: Cells, known: Tensor, source: torch.Generator, tables: Tables) -> Cells:
        most = min(max(_MOST_SCORES // max(self.layout.domain.sizes), 1), _MOST_ROWS)
        blocks = []
        for rows in torch.split(torch.arange(len(cells), device=self.device), most):
            block = cells.take(rows)
            self._draw_columns(block, known[rows], self.order, source, tables, {})
            blocks.append(block)
        return Cells.joined(blocks)

    def _draw_columns(
        self,
        cells: Cells,
        known: Tensor,
        columns: Sequence[int],
        source: torch.Generator,
        tables: Tables,
        allowed: Allowed,
    ) -> Tensor:
        """Sets the cells of these columns that are not known; (rows,) log of the chance that they are allowed."""
        row = self.network.enter(cells, known, tables)
        chance = torch.zeros(len(row), device=self.device)
        for column in columns:
            rows = (~known[:, column]).nonzero().squeeze(1)
            if not len(rows):
                continue
            inside = self.network.trunk(row[rows])
            scores = self.network.scores(inside, column, tables)
            if column in allowed:
                free = scores.logsumexp(dim=1)
                scores = scores.masked_fill(~allowed[column], -torch.inf)
                chance[rows] += scores.logsumexp(dim=1) - free
            codes = _picked(scores, source)
            residuals = self._residuals(inside, column, codes, source)
            cells.codes[rows, column] = codes
            if column in self.layout.binned:
                cells.residuals[rows, self.layout.binned.index(column)] = residuals
            row[rows] += self.network.learnt_of(column, codes, residuals, tables)
        return chance

    def _residuals(self, inside: Tensor, column: int, codes: Tensor, source: torch.Generator) -> Tensor:
        """(rows,) a piece of the bin by its score, and a place in it; 0 where the code is plain."""
        if column not in self.layout.binned:
            return torch.zeros(len(codes), device=self.device)
        scores = self.network.piece_scores(inside, self.layout.binned.index(column), codes)
        place = torch.rand(len(codes), generator=source, device=self.device)
        residuals = ((_picked(scores, source) + place) / PIECES).clamp(max=_BELOW_ONE)
        return residuals * (codes >= self.layout.domain.axes[column].plain)

    def _rarest_first(self, given: Given, tables: Tables) -> Allowed:
        """The conditions, the least likely one first; one that allows nothing binds nothing."""
        cells = Cells.unset(1, self.layout, self.device)
        inside = self.network.trunk(self.network.enter(cells, _none_known(cells), tables))
        allowed, chances = {}, {}
        for column, codes in given.items():
            mask = torch.zeros(self.layout.domain.axes[column].size, dtype=torch.bool, device=self.device)
            mask[torch.from_numpy(np.asarray(codes, np.int64)).to(self.device)] = True
            if mask.any():
                allowed[column] = mask
                chances[column] = float(
                    self.network.scores(inside, column, tables).softmax(dim=1)[0, mask].sum()
                )
        return {column: allowed[column] for column in sorted(allowed, key=lambda column: chances[column])}

    def _bound(self, n: int, source: torch.Generator, allowed: Allowed, tables: Tables) -> Iterator[Cells]:
        """Blocks of rows, `n` in all, whose bound columns are drawn and whose others are not."""
        if not allowed:
            yield Cells.unset(n, self.layout, self.device)
            return
        missing, tries, ceiling = n, 0, -float("inf")
        while missing > 0 or not tries:
            rows = min(max(2 * missing, _FEWEST_ROWS), _MOST_ROWS)
            cells = Cells.unset(rows, self.layout, self.device)
            chance = self._draw_columns(cells, _none_known(cells), list(allowed), source, tables, allowed)
            ceiling = max(ceiling, float(chance.max()))
            kept = torch.rand(rows, generator=source, device=self.device) < (chance - ceiling).exp()
            tries += rows
            if tries > _MOST_TRIES * max(n, _FEWEST_ROWS):
                kept[:] = True
            yield cells.take(kept.nonzero().squeeze(1)[:missing])
            missing -= min(int(kept.sum()), missing)


def _none_known(cells: Cells) -> Tensor:
    return torch.zeros_like(cells.codes, dtype=torch.bool)


def _picked(scores: Tensor, source: torch.Generator) -> Tensor:
    """(rows,) one draw from the softmax of each row of scores."""
    reached = scores.softmax(dim=1).cumsum(dim=1)
    share = torch.rand(len(scores), 1, generator=source, device=scores.device)
    # A float32 below 1 times the total is below the total, so what is found has a chance above 0.
    return torch.searchsorted(reached, share * reached[:, -1:], right=True).squeeze(1)
