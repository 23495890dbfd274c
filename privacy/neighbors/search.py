"""Nearest records by exact search, on the engine that suits the machine.

Every engine adds up the columns in the same order in float32 and lets the first of equal distances win, so
they agree to the last bits. The pool is shuffled first: were it train stacked on control, "the first wins"
would call every tie train's (measured on clean tables: a DCR share of .568 instead of .5).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from privacy.errors import InternalError
from privacy.events import Event, OnEvent, silent
from privacy.neighbors.boxes import apart
from privacy.neighbors.distance import Distance
from privacy.ruler import Coordinates

ENGINES = ("numba", "numpy", "torch")

_QUERIES_AT_ONCE = 4096
_SAMPLE = 4096
_WORTH_A_GPU = 2_000_000_000
_LAST_BITS = 1e-6

Matrix = NDArray[np.float32]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """For each query: `index` of the nearest pool record, its distance `first`, and `second`, the distance
    to the nearest record of another unit than that of `index` (inf when there is none)."""

    index: Places
    first: Matrix
    second: Matrix


class Index(Protocol):
    """A pool, (rows, columns), that can be searched under sum of w * min(|a - b|, 1)."""

    def __init__(self, pool: Matrix, weights: Matrix) -> None: ...

    def two_nearest(self, queries: Matrix, units: Places, own: Places) -> tuple[Places, Matrix, Matrix]:
        """own: (queries,) the unit whose records a query does not see; -1 for none."""

    def k_nearest(self, queries: Matrix, k: int) -> tuple[Places, Matrix]: ...

    def count_within(self, queries: Matrix, radius: np.float32) -> Places: ...


def two_nearest(
    queries: Coordinates,
    pool: Coordinates,
    distance: Distance,
    units: Places,
    *,
    own: Places | None = None,
    rng: np.random.Generator,
    engine: str = "auto",
    on_event: OnEvent = silent,
) -> Nearest:
    """The nearest pool record of each query, and the nearest of anybody else.

    units: (pool rows,) whose record it is, from 0. A copied person's second record, or equal twin, must not
    stand in as "the next nearest": it would make the copy look like chance. own: (queries,) the unit that a
    query, itself a record of the pool, belongs to and does not see; the pool must hold another one.
    """
    search = _Search(queries, pool, distance, rng.permutation(len(pool)), engine)
    shuffled_units = units[search.order].astype(np.int64)
    unseen = np.full(len(queries), -1, np.int64) if own is None else own.astype(np.int64)
    index = np.empty(len(queries), np.int64)
    first, second = np.empty((2, len(queries)), np.float32)
    for block in search.blocks(on_event):
        found, first[block], second[block] = search.index.two_nearest(
            search.queries[block], shuffled_units, unseen[block]
        )
        index[block] = search.order[found]
    return Nearest(index, first, second)


def k_nearest(
    queries: Coordinates,
    pool: Coordinates,
    distance: Distance,
    k: int = 1,
    *,
    rng: np.random.Generator,
    engine: str = "auto",
    on_event: OnEvent = silent,
) -> tuple[Places, Matrix]:
    """Indices and distances (queries, k) of the k nearest pool records, nearest first.

    k is cut to the size of the pool.
    """
    k = min(k, len(pool))
    search = _Search(queries, pool, distance, rng.permutation(len(pool)), engine)
    index = np.empty((len(queries), k), np.int64)
    distances = np.empty((len(queries), k), np.float32)
    for block in search.blocks(on_event):
        found, distances[block] = search.index.k_nearest(search.queries[block], k)
        index[block] = search.order[found]
    return index, distances


def count_within(
    queries: Coordinates,
    pool: Coordinates,
    distance: Distance,
    radius: float,
    *,
    engine: str = "auto",
    on_event: OnEvent = silent,
) -> Places:
    """(queries,) pool records at most `radius` away: a count has no end, so k nearest would not do.

    Distances are float32 sums, so the radius is widened by a few of its last bits.
    """
    search = _Search(queries, pool, distance, np.arange(len(pool)), engine)
    counts = np.empty(len(queries), np.int64)
    for block in search.blocks(on_event):
        counts[block] = search.index.count_within(
            search.queries[block], np.float32(radius * (1 + _LAST_BITS))
        )
    return counts


class _Search:
    """Queries and pool, in the order asked for, as matrices, the columns that tell most apart first."""

    def __init__(
        self,
        queries: Coordinates,
        pool: Coordinates,
        distance: Distance,
        order: Places,
        engine: str,
    ) -> None:
        if len(pool) == 0:
            raise InternalError("nearest records were asked for in an empty pool")
        self.order = order
        rows, weights = distance.matrix(pool)[order], distance.weights
        columns = _most_telling(rows, weights)
        # A column without weight changes no distance; one is kept, should there be no other.
        columns = columns[: max(np.count_nonzero(weights), 1)]
        self.queries = np.ascontiguousarray(distance.matrix(queries)[:, columns])
        chosen = _chosen(len(queries) * len(pool)) if engine == "auto" else engine
        self.index = load_engine(chosen)(np.ascontiguousarray(rows[:, columns]), weights[columns])

    def blocks(self, on_event: OnEvent) -> Iterator[slice]:
        """The queries, some thousands at a time, with an event after each."""
        total = len(self.queries)
        for start in range(0, total, _QUERIES_AT_ONCE):
            yield slice(start, start + _QUERIES_AT_ONCE)
            on_event(Event("nearest records", min(start + _QUERIES_AT_ONCE, total), total))


def load_engine(name: str) -> type[Index]:
    """The engine of that name: numba (all cores), numpy (plain), torch (CUDA where there is one)."""
    if name not in ENGINES:
        raise InternalError(f"no such engine: {name}")
    return cast(type[Index], import_module(f"privacy.neighbors.{name}_engine").Index)


def _chosen(pairs: int) -> str:
    """Below two billion pairs numba is done before torch has started."""
    if pairs < _WORTH_A_GPU:
        return "numba"
    import torch

    return "torch" if torch.cuda.is_available() else "numba"


def _most_telling(pool: Matrix, weights: Matrix) -> Places:
    """Columns by the distance they put between strangers: the sooner a sum is too large, the cheaper.

    Those without weight change no distance and come last.
    """
    telling = np.where(weights > 0, -apart(pool[:_SAMPLE], weights), 1)
    order: Places = np.argsort(telling, kind="stable")
    return order
