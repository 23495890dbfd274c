"""The order in which columns are drawn."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor

from tabsynth.generators.autoregressive.layout import Layout
from tabsynth.generators.autoregressive.network import PIECES


def column_order(layout: Layout, margins: Iterable[Tensor]) -> list[int]:
    """Columns of codes alone before those with numbers inside bins, and of each sort the one that is least open
    first, by the log shares (codes,) of its codes.

    So most rows are alike for long, and the network is asked once for all that are; and what is hard to tell may
    ask all others.
    """
    open_to = [_entropy(axis.plain, margin) for axis, margin in zip(layout.domain.axes, margins, strict=True)]
    return sorted(range(len(open_to)), key=lambda column: (column in layout.binned, open_to[column]))


def _entropy(plain: int, margin: Tensor) -> float:
    """Nats of a column's codes and of the pieces of its bins, these as if all were equally likely."""
    logs = margin.detach().cpu().double().log_softmax(dim=0)
    shares = logs.exp()
    codes = -torch.xlogy(shares, shares).sum()
    return float(codes + shares[plain:].sum() * math.log(PIECES))
