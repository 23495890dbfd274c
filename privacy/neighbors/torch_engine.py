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


class Index:
    """The pool on the device, column by column."""

    def __init__(self, pool: Matrix, weights: Matrix) -> None:
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.columns = torch.from_numpy(np.ascontiguousarray(pool.T)).to(self.device)
        self.weights: list[float] = weights.tolist()

    def two_nearest(self, queries: Matrix, units: Places, own: Places) -> tuple[Places, Matrix, Matrix]:
        index, first, second = [], [], []
        whose, unseen = (torch.from_numpy(each).to(self.device) for each in (units, own))
        for start, distances in self._distances(queries):
            distances[unseen[start : start + len(distances), None] == whose[None, :]] = torch.inf
            shortest = distances.min(dim=1).values
            nearest = _first_equal(distances, shortest)
            distances[whose[nearest][:, None] == whose[None, :]] = torch.inf
            index.append(nearest.cpu())
            first.append(shortest.cpu())
            second.append(distances.min(dim=1).values.cpu())
        return torch.cat(index).numpy(), torch.cat(first).numpy(), torch.cat(second).numpy()

    def k_nearest(self, queries: Matrix, k: int) -> tuple[Places, Matrix]:
        index, found = [], []
        for _, distances in self._distances(queries):
            columns, shortest = [], []
            for _ in range(k):
                shortest.append(distances.min(dim=1).values)
                columns.append(_first_equal(distances, shortest[-1]))
                distances.scatter_(1, columns[-1][:, None], torch.inf)
            index.append(torch.stack(columns, dim=1).cpu())
            found.append(torch.stack(shortest, dim=1).cpu())
        return torch.cat(index).numpy(), torch.cat(found).numpy()

    def count_within(self, queries: Matrix, radius: np.float32) -> Places:
        counts = [(d <= float(radius)).sum(dim=1).cpu() for _, d in self._distances(queries)]
        return torch.cat(counts).numpy()

    def _distances(self, queries: Matrix) -> Iterator[tuple[int, torch.Tensor]]:
        cells = _CELLS_CUDA if self.device == "cuda" else _CELLS_CPU
        rows = self.columns.shape[1]
        size = max(1, cells // rows)
        for start in range(0, len(queries), size):
            block = torch.from_numpy(queries[start : start + size]).to(self.device)
            total = torch.zeros((len(block), rows), device=self.device)
            for place, weight in enumerate(self.weights):
                apart = (block[:, place, None] - self.columns[place][None, :]).abs_().clamp_(max=1.0)
                total += apart.mul_(weight)
            yield start, total


def _first_equal(distances: torch.Tensor, shortest: torch.Tensor) -> torch.Tensor:
    """The first column that has the row's minimum; argmin may return any of several."""
    places = torch.arange(distances.shape[1], device=distances.device)
    return torch.where(distances == shortest[:, None], places, distances.shape[1]).min(dim=1).values
