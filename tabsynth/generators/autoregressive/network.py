"""The network: known cells in, for every column the scores of its codes and of the pieces of each bin out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tabsynth.generators.autoregressive.block import Block
from tabsynth.generators.autoregressive.cells import Cells
from tabsynth.generators.autoregressive.layout import Layout, bin_spans
from tabsynth.generators.autoregressive.tables import LowRank, Vectors, normal

PIECES = 8
"""Equal pieces of a bin, inside which residuals are uniform."""

INSIDE = 48
"""Hidden units that decide on the piece of one column."""


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """The vectors of all points, of all codes, and of all bins, as they are between two steps.

    nothing: (1, width) what enters for a row of which nothing is known. shift: (width,) what makes nought of it at
    the end of the trunk.
    """

    points: Tensor
    codes: Tensor
    bins: Tensor
    nothing: Tensor
    shift: Tensor


def _fixed(values: Tensor) -> nn.Parameter:
    return nn.Parameter(values, requires_grad=False)


class Network(nn.Module):
    """Every tensor of a call has the same rows; `inside` (rows, width) is what the trunk made of them."""

    plain: Tensor
    point_starts: Tensor
    unknown: Tensor
    dense: Tensor
    binned: Tensor
    binned_in_dense: Tensor
    bin_starts: Tensor

    def __init__(self, layout: Layout, width: int, blocks: int, source: torch.Generator) -> None:
        super().__init__()
        self.layout, self.temperature = layout, 1.0
        sizes, binned, large = layout.domain.sizes, layout.binned, layout.large
        points, codes = layout.starts(layout.points), layout.starts(sizes)
        self.spans = [slice(int(a), int(b)) for a, b in pairwise(codes)]
        self.points = Vectors(int(points[-1]), width, layout.point_spans(), len(sizes) ** -0.5, source)
        self.codes = Vectors(int(codes[-1]), width, layout.code_spans(), 0.0, source)
        self.many = nn.ModuleDict({str(column): LowRank(sizes[column], width, source) for column in large})
        self.margins = nn.ParameterList([_fixed(torch.zeros(size)) for size in sizes])
        self.blocks = nn.ModuleList([Block(width, source) for _ in range(blocks)])
        self.norm = nn.LayerNorm(width)
        bins = np.array([0, *(layout.domain.axes[column].bins for column in binned)], np.int64).cumsum()
        self.place_of = normal((len(binned), width, INSIDE), width**-0.5, source)
        self.place_in = Vectors(int(bins[-1]), INSIDE, bin_spans(bins), 1.0, source)
        self.place = nn.Parameter(torch.zeros(len(binned), INSIDE, PIECES))
        dense = [column for column in range(len(sizes)) if column not in large]
        self._fix("plain", [axis.plain for axis in layout.domain.axes])
        self._fix("point_starts", points[:-1])
        self._fix("unknown", np.array(layout.points) - 1)
        self._fix("dense", dense)
        self._fix("binned", binned)
        self._fix("binned_in_dense", [dense.index(column) for column in binned])
        self._fix("bin_starts", bins[:-1])

    def _fix(self, name: str, numbers: Sequence[int] | NDArray[np.int64]) -> None:
        self.register_buffer(name, torch.tensor(np.array(numbers, np.int64)), persistent=False)

    def tables(self) -> Tables:
        """The vectors as they are now: made once a step, or once for many rows."""
        points = self.points()
        nothing = self._nothing(points)
        shift = self.norm.bias - self._normed(self._deepened(nothing), self.norm.bias)[0]
        return Tables(points, self.codes(), self.place_in(), nothing, shift)

    def _nothing(self, points: Tensor) -> Tensor:
        row = points[(self.unknown + self.point_starts)[self.dense]].sum(dim=0, keepdim=True)
        for column, many in self.many.items():
            row = row + cast(LowRank, many).enter(self.unknown[int(column)][None])
        return row

    def enter(self, cells: Cells, known: Tensor, tables: Tables) -> Tensor:
        """(rows, width) the sum of what the cells enter as; those not `known` (rows, columns) as unknown."""
        codes = torch.where(known, cells.codes, self.unknown)
        row = torch.zeros(len(codes), tables.points.shape[1], device=codes.device)
        if len(self.dense):
            row = self._enter_dense(codes, cells.residuals * known[:, self.binned], tables)
        for column, many in self.many.items():
            row = row + cast(LowRank, many).enter(codes[:, int(column)])
        return row

    def _enter_dense(self, codes: Tensor, above: Tensor, tables: Tables) -> Tensor:
        """above: (rows, binned columns) the weight of the edge above, of which the one below has the rest."""
        low = (codes + self.point_starts)[:, self.dense]
        high = (low[:, self.binned_in_dense] + 1).clamp_(max=len(tables.points) - 1)
        below = torch.ones(low.shape, device=low.device)
        below[:, self.binned_in_dense] -= above
        return nn.functional.embedding_bag(
            torch.cat([low, high], dim=1),
            tables.points,
            mode="sum",
            per_sample_weights=torch.cat([below, above], dim=1),
        )

    def learnt_of(self, column: int, codes: Tensor, residuals: Tensor, tables: Tables) -> Tensor:
        """(rows, width) what is to be added when a column that was unknown has become these codes (rows,)."""
        if str(column) in self.many:
            many = cast(LowRank, self.many[str(column)])
            return many.enter(codes) - many.enter(self.unknown[column])
        first, last = int(self.point_starts[column]), int(self.unknown[column])
        steps = tables.points[first : first + last] - tables.points[first + last]
        if self.layout.domain.axes[column].discrete:
            return nn.functional.embedding(codes, steps)
        edges = torch.stack([codes, codes + 1], dim=1)
        weights = torch.stack([1 - residuals, residuals], dim=1)
        return nn.functional.embedding_bag(edges, steps, mode="sum", per_sample_weights=weights)

    def trunk(
        self, row: Tensor, tables: Tables, dropout: float = 0.0, source: torch.Generator | None = None
    ) -> Tensor:
        """(rows, width) of what has entered, nought where nothing is known; with `source`, some is dropped out."""
        return self._normed(self._deepened(row, dropout, source), tables.shift)

    def _deepened(self, row: Tensor, dropout: float = 0.0, source: torch.Generator | None = None) -> Tensor:
        for block in self.blocks:
            row = block(row, dropout, source)
        return row

    def _normed(self, row: Tensor, shift: Tensor) -> Tensor:
        return nn.functional.layer_norm(row, shift.shape, self.norm.weight, shift)

    def scores(self, inside: Tensor, column: int, tables: Tables) -> Tensor:
        """(rows, codes) of one column, before softmax."""
        margin: Tensor = self.margins[column]
        if str(column) in self.many:
            return cast(LowRank, self.many[str(column)]).scores(inside) + margin
        return torch.addmm(margin, inside, tables.codes[self.spans[column]].T)

    def draws(self, inside: Tensor, column: int, tables: Tables) -> Tensor:
        """(rows, codes) the scores of one column by which rows are drawn: divided by the temperature."""
        return self.scores(inside, column, tables) / self.temperature

    def all_scores(self, inside: Tensor, tables: Tables) -> list[Tensor]:
        """`scores` of every column; those with few codes in one product."""
        together = torch.split(
            inside @ tables.codes.T, [span.stop - span.start for span in self.spans], dim=1
        )
        return [
            self.scores(inside, column, tables) if str(column) in self.many else scores + self.margins[column]
            for column, scores in enumerate(together)
        ]

    def piece_scores(self, inside: Tensor, at: int, codes: Tensor, tables: Tables) -> Tensor:
        """(rows, pieces) of the bin that each code (rows,) of binned column number `at` is, before softmax."""
        bins = (codes - self.plain[self.binned[at]]).clamp(min=0) + self.bin_starts[at]
        hidden = nn.functional.silu(inside @ self.place_of[at] + tables.bins[bins])
        return hidden @ self.place[at]

    def all_piece_scores(self, inside: Tensor, codes: Tensor, tables: Tables) -> Tensor:
        """(rows, binned columns, pieces) `piece_scores` of codes (rows, columns)."""
        bins = (codes[:, self.binned] - self.plain[self.binned]).clamp(min=0) + self.bin_starts
        asked = (inside @ self.place_of.transpose(0, 1).flatten(1)).view(len(inside), -1, INSIDE)
        hidden = nn.functional.silu(asked + tables.bins[bins])
        return torch.einsum("rch,chp->rcp", hidden, self.place)
