"""Which columns of a training row are known."""

from __future__ import annotations

import torch
from torch import Tensor


def known_cells(rows: int, place: Tensor, ordered: float, source: torch.Generator) -> Tensor:
    """(rows, columns) of each row as many as chance has it, from none to all but one.

    A share `ordered` of the rows knows the columns that come first by `place` (columns,), as sampling does; the
    others know any, which also keeps the network from learning the rows by heart.
    """
    columns = len(place)
    draws = torch.rand(rows, columns + 2, generator=source, device=place.device)
    rank = draws[:, :columns].argsort(dim=1).argsort(dim=1)
    rank = torch.where(draws[:, columns:-1] < ordered, place, rank)
    return rank < (draws[:, -1:] * columns).long()
