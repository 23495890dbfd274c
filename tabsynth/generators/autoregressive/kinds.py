"""Rows of which the same is known, counted rather than written down one by one."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from tabsynth.generators.autoregressive.cells import Cells


@dataclass(frozen=True, slots=True, eq=False)
class Kinds:
    """Rows alike are of one kind, and the network is asked for it once.

    cells: (kinds,) what is known. count: (kinds,) int64, its rows. entered: (kinds, width) what entered.
    """

    cells: Cells
    count: Tensor
    entered: Tensor

    def __len__(self) -> int:
        return len(self.count)

    def blocks(self, most: int) -> list[Kinds]:
        """As few as hold at most so many kinds each, and as many in each."""
        parts = -(-len(self) // most)
        split = (
            tensor.chunk(parts)
            for tensor in (self.cells.codes, self.cells.residuals, self.count, self.entered)
        )
        return [Kinds(Cells(*cells), count, entered) for *cells, count, entered in zip(*split, strict=True)]

    def rows(self) -> Cells:
        """Every row by itself, those of one kind one after the other."""
        return self.cells.take(torch.repeat_interleave(self.count))


@dataclass(frozen=True, slots=True, eq=False)
class Children:
    """What kinds become when the code of one more column is known. All are (children,).

    parent: the number of the kind. codes: of the column. count: rows.
    """

    parent: Tensor
    codes: Tensor
    count: Tensor

    @classmethod
    def of(cls, kind: Tensor, codes: Tensor, size: int, alike: int) -> Children:
        """Of rows (rows,): those of one kind and one code are alike if the code is below `alike`."""
        both, order = (kind * size + codes).sort()
        is_first = codes.index_select(0, order) >= alike
        is_first[1:] |= both[1:] != both[:-1]
        is_first[:1] = True
        first = is_first.nonzero().squeeze(1)
        row = order.index_select(0, first)
        end = torch.tensor([len(both)], device=both.device)
        return cls(kind.index_select(0, row), codes.index_select(0, row), first.diff(append=end))
