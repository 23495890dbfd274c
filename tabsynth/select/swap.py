"""Exchanging chosen rows for others until every margin is nearly as it is expected to be.

A random choice adds its own noise to every margin at once. Exchanges that lessen the misfit take most of it away:
a balanced sample (Deville & Tillé, Biometrika 91, 2004), found by local search.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from privacy import compiled
from tabsynth.select.margins import Cells, Floats

_TRIES = 20
"""Exchanges that are tried for each row, one chosen row and one other, at random."""

Rows = NDArray[np.int64]


def balanced(
    chosen: Rows, cells: Sequence[Cells], sizes: Sequence[int], chance: Floats, rng: np.random.Generator
) -> Rows:
    """As many different rows as `chosen`, whose margins come near to those that the chances add up to.

    cells: of each margin, (pool rows,) the cell of each row; sizes: how many it has. chance: (pool rows,) that a
    row is to be chosen. The misfit is chi squared over all cells of all margins.
    """
    is_chosen = np.zeros(len(chance), bool)
    is_chosen[chosen] = True
    out = np.flatnonzero(~is_chosen)
    if not len(out) or not len(chosen) or not cells:
        return chosen
    expected = [np.bincount(each, chance, size) for each, size in zip(cells, sizes, strict=True)]
    reached = [np.bincount(each[chosen], minlength=size) for each, size in zip(cells, sizes, strict=True)]
    excess = np.concatenate(reached) - np.concatenate(expected)
    weight = 1 / (np.concatenate(expected) + 1)
    starts = np.cumsum([0, *sizes])[:-1]
    place = np.empty((len(chance), len(sizes)), np.int32)
    for margin, (each, start) in enumerate(zip(cells, starts, strict=True)):
        place[:, margin] = each
        place[:, margin] += start
    kept = chosen.copy()
    tries = _TRIES * len(chosen)
    picks = rng.integers(0, [len(kept), len(out)], (tries, 2))
    _exchange(place, excess, weight, kept, out, picks)
    return kept


@compiled
def _exchange(
    place: NDArray[np.int32], excess: Floats, weight: Floats, kept: Rows, out: Rows, picks: NDArray[np.int64]
) -> None:
    """Exchanges kept[a] for out[b], for every pick (a, b), if the misfit becomes less."""
    margins = place.shape[1]
    for pick in range(len(picks)):
        a, b = picks[pick]
        leaves, enters = place[kept[a]], place[out[b]]
        change = 0.0
        for margin in range(margins):
            old, new = leaves[margin], enters[margin]
            if old != new:
                change += weight[old] * (1 - 2 * excess[old]) + weight[new] * (1 + 2 * excess[new])
        if change < 0:
            for margin in range(margins):
                excess[leaves[margin]] -= 1
                excess[enters[margin]] += 1
            kept[a], out[b] = out[b], kept[a]
