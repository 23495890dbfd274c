"""Scores for unordered symbols: symbols that go with the same values elsewhere score alike.

Correspondence analysis of each column against all the others (Greenacre, Correspondence Analysis in
Practice, 2017, appendix A).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack

_MOST_GROUPS = 32
_SHRINK_ROWS = 20.0


def symbol_scores(
    symbols: Sequence[NDArray[np.int64]],
    groups: Sequence[NDArray[np.int64]],
    sides: int,
    rng: np.random.Generator,
) -> list[NDArray[np.float64]]:
    """For every column, (its symbols, sides) principal coordinates, the scores of rare symbols shrunk.

    symbols: per column, (rows,) the symbol of each row. groups: per column, (rows,) the coarse value by
    which the other columns see it.
    """
    coarse = [_indicator(_coarsened(group)) for group in groups]
    everything = hstack(coarse, format="csr")
    starts = np.cumsum([0, *(matrix.shape[1] for matrix in coarse)])
    scores = []
    for column, symbol in enumerate(symbols):
        if symbol.max(initial=0) < 2:
            scores.append(np.arange(int(symbol.max(initial=0)) + 1, dtype=np.float64)[:, None])
            continue
        counts = np.asarray((_indicator(symbol).T @ everything).todense(), np.float64)
        others = np.delete(counts, np.s_[starts[column] : starts[column + 1]], axis=1)
        scores.append(_principal_coordinates(others, np.bincount(symbol), sides, rng))
    return scores


def _indicator(values: NDArray[np.int64]) -> csr_matrix:
    """(rows, values) sparse, 1 where the row has the value."""
    rows = len(values)
    return csr_matrix(
        (np.ones(rows), values, np.arange(rows + 1)), shape=(rows, int(values.max(initial=0)) + 1)
    )


def _coarsened(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """The values, all but the most frequent pooled."""
    counts = np.bincount(values)
    if len(counts) <= _MOST_GROUPS:
        return values
    renamed = np.full(len(counts), _MOST_GROUPS - 1)
    renamed[np.argsort(-counts, kind="stable")[: _MOST_GROUPS - 1]] = np.arange(_MOST_GROUPS - 1)
    coarse: NDArray[np.int64] = renamed[values]
    return coarse


def _principal_coordinates(
    counts: NDArray[np.float64], rows_of_symbol: NDArray[np.int64], sides: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """(symbols, sides) leading row coordinates of the table of counts, by subspace iteration."""
    total = max(counts.sum(), 1.0)
    of_row, of_column = counts.sum(1) / total, counts.sum(0) / total
    expected = np.sqrt(np.outer(of_row, of_column))
    residual = np.divide(counts / total, expected, out=np.zeros_like(counts), where=expected > 0) - expected
    wanted = min(sides, *residual.shape)
    basis = rng.standard_normal((residual.shape[1], min(wanted + 5, *residual.shape)))
    for _ in range(6):
        basis = np.linalg.qr(residual.T @ (residual @ basis))[0]
    left, strength, _ = np.linalg.svd(residual @ basis, full_matrices=False)
    standard = left[:, :wanted] * strength[:wanted]
    weight = np.sqrt(np.where(of_row > 0, of_row, 1.0))[:, None]
    coordinates = np.zeros((len(counts), sides))
    coordinates[:, :wanted] = standard / weight
    trust = rows_of_symbol / (rows_of_symbol + _SHRINK_ROWS)
    shrunk: NDArray[np.float64] = coordinates * trust[:, None]
    return shrunk
