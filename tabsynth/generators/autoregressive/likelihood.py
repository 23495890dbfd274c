"""How surprising each cell of a row is to the network, in nats."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from tabsynth.domain import Encoded
from tabsynth.generators.autoregressive.cells import Cells
from tabsynth.generators.autoregressive.network import PIECES, Network, Tables
from tabsynth.generators.autoregressive.openness import log_shares


def surprises(network: Network, cells: Cells, inside: Tensor, tables: Tables) -> Tensor:
    """(rows, columns) minus the log-likelihood of each cell: of its code, and of where it lies in its bin."""
    parts = [
        torch.nn.functional.cross_entropy(scores.float(), cells.codes[:, column], reduction="none")
        for column, scores in enumerate(network.all_scores(inside, tables))
    ]
    surprise = torch.stack(parts, dim=1)
    if not len(network.binned):
        return surprise
    pieces = network.all_piece_scores(inside, cells.codes, tables).float()
    at = (cells.residuals * PIECES).long()
    place = torch.nn.functional.cross_entropy(pieces.transpose(1, 2), at, reduction="none") - math.log(PIECES)
    is_inside = cells.codes[:, network.binned] >= network.plain[network.binned]
    return surprise.index_add(1, network.binned, place * is_inside)


def surprise_of_column(network: Network, cells: Cells, inside: Tensor, column: int, tables: Tables) -> Tensor:
    """(rows,) `surprises` of one column, as it is drawn: at the network's temperature."""
    codes = cells.codes[:, column]
    scores = network.draws(inside, column, tables)
    surprise = torch.nn.functional.cross_entropy(scores.float(), codes, reduction="none")
    if column not in network.layout.binned:
        return surprise
    at = network.layout.binned.index(column)
    pieces = network.piece_scores(inside, at, codes, tables).float()
    piece = (cells.residuals[:, at] * PIECES).long()
    place = torch.nn.functional.cross_entropy(pieces, piece, reduction="none") - math.log(PIECES)
    return surprise + place * (codes >= network.plain[column])


@torch.no_grad()
def set_margins(network: Network, train: Encoded) -> None:
    """Start from the columns' own shares of persons."""
    for margin, logs in zip(network.margins, log_shares(train), strict=True):
        margin.copy_(logs)
