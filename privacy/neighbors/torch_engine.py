"""Blocks of the distance matrix in torch: on CUDA where there is one, else on the CPU."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

_CELLS_CPU = 4_000_000
_CELLS_CUDA = 200_000_000

Matrix = NDArray[np.float32]
Places = NDArray[np.int64]


def two_nearest(
    queries: Matrix, pool: Matrix, weights: Matrix, units: Places, own: Places
) -> tuple[Places, Matrix, Matrix]:
    index, first, second = [], [], []
    whose, unseen = torch.from_numpy(units).to(_device()), torch.from_numpy(own).to(_device())
    for start, distances in _distances(queries, pool, weights):
        distances[unseen[start : start + len(distances), None] == whose[None, :]] = torch.inf
        shortest = distances.min(dim=1).values
        nearest = _first_equal(distances, shortest)
        distances[whose[nearest][:, None] == whose[None, :]] = torch.inf
        index.append(nearest.cpu())
        first.append(shortest.cpu())
        second.append(distances.min(dim=1).values.cpu())
    return torch.cat(index).numpy(), torch.cat(first).numpy(), torch.cat(second).numpy()


def k_nearest(queries: Matrix, pool: Matrix, weights: Matrix, k: int) -> tuple[Places, Matrix]:
    index, found = [], []
    for _, distances in _distances(queries, pool, weights):
        columns, shortest = [], []
        for _ in range(k):
            shortest.append(distances.min(dim=1).values)
            columns.append(_first_equal(distances, shortest[-1]))
            distances.scatter_(1, columns[-1][:, None], torch.inf)
        index.append(torch.stack(columns, dim=1).cpu())
        found.append(torch.stack(shortest, dim=1).cpu())
    return torch.cat(index).numpy(), torch.cat(found).numpy()


def count_within(queries: Matrix, pool: Matrix, weights: Matrix, radius: np.float32) -> Places:
    counts = [(d <= float(radius)).sum(dim=1).cpu() for _, d in _distances(queries, pool, weights)]
    return torch.cat(counts).numpy()


def _first_equal(distances: torch.Tensor, shortest: torch.Tensor) -> torch.Tensor:
    """The first column that has the row's minimum; argmin may return any of several."""
    places = torch.arange(distances.shape[1], device=distances.device)
    return torch.where(distances == shortest[:, None], places, distances.shape[1]).min(dim=1).values


def _distances(queries: Matrix, pool: Matrix, weights: Matrix) -> Iterator[tuple[int, torch.Tensor]]:
    device = _device()
    size = max(1, (_CELLS_CUDA if device == "cuda" else _CELLS_CPU) // len(pool))
    columns = torch.from_numpy(np.ascontiguousarray(pool.T)).to(device)
    for start in range(0, len(queries), size):
        block = torch.from_numpy(queries[start : start + size]).to(device)
        total = torch.zeros((len(block), len(pool)), device=device)
        for place, weight in enumerate(weights.tolist()):
            apart = (block[:, place, None] - columns[place][None, :]).abs_().clamp_(max=1.0)
            total += apart.mul_(weight)
        yield start, total


def _device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"
