"""How much there is to tell of a row, and what follows: the order of the columns, the width of the network."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor

from tabsynth.domain import Encoded
from tabsynth.generators.autoregressive.layout import Layout
from tabsynth.generators.autoregressive.network import PIECES

_UNITS_A_NAT, _STEP, _NARROWEST, _WIDEST = 3.5, 32, 64, 256


def log_shares(table: Encoded) -> list[Tensor]:
    """(codes,) of each column, by persons, with one person more spread evenly over all codes."""
    weights, margins = table.person_weights(), []
    for column, size in enumerate(table.domain.sizes):
        counts = np.bincount(table.codes[:, column], weights, minlength=size)
        margins.append(torch.from_numpy(np.log((counts + 1 / size) / (weights.sum() + 1))).float())
    return margins


def column_order(layout: Layout, margins: Iterable[Tensor]) -> list[int]:
    """Columns of codes alone before those with numbers inside bins, and of each sort the one that is least open
    first, by the log shares (codes,) of its codes.

    So most rows are alike for long, and the network is asked once for all that are; and what is hard to tell may
    ask all others.
    """
    open_to = _entropies(layout, margins)
    return sorted(range(len(open_to)), key=lambda column: (column in layout.binned, open_to[column]))


def fitting_width(layout: Layout, margins: Iterable[Tensor]) -> int:
    """Units of the trunk in proportion to the nats that its columns would be told in one by one."""
    wanted = _UNITS_A_NAT * sum(_entropies(layout, margins))
    return min(max(round(wanted / _STEP) * _STEP, _NARROWEST), _WIDEST)


def _entropies(layout: Layout, margins: Iterable[Tensor]) -> list[float]:
    """Nats of each column's codes and of the pieces of its bins, these as if all were equally likely."""
    entropies = []
    for axis, margin in zip(layout.domain.axes, margins, strict=True):
        logs = margin.detach().cpu().double().log_softmax(dim=0)
        shares = logs.exp()
        codes = -torch.xlogy(shares, shares).sum()
        entropies.append(float(codes + shares[axis.plain :].sum() * math.log(PIECES)))
    return entropies
