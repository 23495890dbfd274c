"""Kinds of leaks: how a real record may come to stand in a synthetic table, altered or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy.neighbors import Distance, k_nearest, two_nearest
from privacy.ruler import Coordinates

Rows = NDArray[np.int64]

_ISOLATION_SAMPLE = 10_000
_SUBGROUP_SHARES = (0.03, 0.20)
_MOST_SUBGROUPS = 4
_NEIGHBOURS = 5
_STRANGERS_ASKED = 20


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Train and control, stacked: the frame, the same on the ruler, and whose row each is."""

    frame: pd.DataFrame
    at: Coordinates
    units: Rows


Alteration = Callable[[Pool, Rows, np.random.Generator], pd.DataFrame]
"""(pool, rows to copy, rng) -> one altered copy of each, in the pool's columns."""

Choice = Callable[[Pool, float, np.random.Generator], list[Rows]]
"""(pool, share of the units, rng) -> groups of rows that may be copied; every leak keeps to one group."""


def verbatim(pool: Pool, rows: Rows, rng: np.random.Generator) -> pd.DataFrame:
    """The records themselves."""
    return pool.frame.iloc[rows].reset_index(drop=True)


def columns_swapped(count: int, pool: Pool, rows: Rows, rng: np.random.Generator) -> pd.DataFrame:
    """`count` values of each record, in random columns, replaced by other values, those of random strangers.

    A stranger with the same value would leave the copy as it was and flatter the audit; where a few strangers all
    have it, the value stays.
    """
    width = pool.frame.shape[1]
    order = np.argsort(rng.random((len(rows), width)), axis=1)
    return _from_strangers(pool, rows, order < count, rng)


def fragments(pool: Pool, rows: Rows, rng: np.random.Generator) -> pd.DataFrame:
    """Half of each record's columns, the others from random strangers."""
    return columns_swapped(pool.frame.shape[1] // 2, pool, rows, rng)


def noise(spreads: float, pool: Pool, rows: Rows, rng: np.random.Generator) -> pd.DataFrame:
    """Every number moved by a normal of `spreads` standard deviations of its column, whole where that is."""
    copies = verbatim(pool, rows, rng)
    for name, column in pool.frame.items():
        if column.dtype.kind != "f":
            continue
        moved = copies[name] + rng.normal(0, spreads * float(column.std()), len(rows))
        copies[name] = moved.round() if (column.dropna() % 1 == 0).all() else moved
    return copies


def mixed_with_neighbours(pool: Pool, rows: Rows, rng: np.random.Generator) -> pd.DataFrame:
    """A third of each record's values from one of its five nearest others: what an overfit engine deals out."""
    nearest, _ = k_nearest(pool.at.take(rows), pool.at, Distance.plain(pool.at), _NEIGHBOURS + 1, rng=rng)
    donor = nearest[np.arange(len(rows)), rng.integers(1, nearest.shape[1], len(rows))]
    taken = rng.random((len(rows), pool.frame.shape[1])) < 1 / 3
    return _dealt(pool, rows, taken, np.repeat(donor[:, None], taken.shape[1], axis=1))


def anybody(pool: Pool, share: float, rng: np.random.Generator) -> list[Rows]:
    return [np.arange(len(pool.units))]


def isolated(pool: Pool, share: float, rng: np.random.Generator) -> list[Rows]:
    """The records farthest from everybody else's, this share of a random sample of the pool."""
    sample = rng.permutation(len(pool.units))[:_ISOLATION_SAMPLE]
    found = two_nearest(
        pool.at.take(sample), pool.at, Distance.plain(pool.at), pool.units, own=pool.units[sample], rng=rng
    )
    return [sample[np.argsort(-found.first, kind="stable")[: max(1, round(share * len(sample)))]]]


def subgroups(pool: Pool, share: float, rng: np.random.Generator) -> list[Rows]:
    """People who share one value that 3 to 20 % have; a tenth of the ranks of a number, where there is none."""
    groups = []
    for codes in pool.at.codes.T:
        levels, counts = np.unique(codes, return_counts=True)
        shares = counts / len(codes)
        few = (shares >= _SUBGROUP_SHARES[0]) & (shares <= _SUBGROUP_SHARES[1])
        groups += [np.flatnonzero(codes == level) for level in levels[few]]
    if not groups:
        for ranks in pool.at.ranks.T:
            order = np.argsort(ranks, kind="stable")
            groups += [np.sort(part) for part in np.array_split(order, 10)]
    chosen = rng.permutation(len(groups))[:_MOST_SUBGROUPS]
    return [groups[place] for place in chosen]


def repeated(pool: Pool, share: float, rng: np.random.Generator) -> list[Rows]:
    """Rows of units that have several: generators memorise those first."""
    rows = np.flatnonzero(np.bincount(pool.units)[pool.units] > 1)
    return [rows] if len(rows) else []


@dataclass(frozen=True, slots=True)
class LeakKind:
    """whose: which records are copied. altered: what becomes of them."""

    whose: Choice
    altered: Alteration


KINDS: Mapping[str, LeakKind] = {
    "verbatim": LeakKind(anybody, verbatim),
    "one column swapped": LeakKind(anybody, partial(columns_swapped, 1)),
    "two columns swapped": LeakKind(anybody, partial(columns_swapped, 2)),
    "noise .02": LeakKind(anybody, partial(noise, 0.02)),
    "noise .05": LeakKind(anybody, partial(noise, 0.05)),
    "noise .1": LeakKind(anybody, partial(noise, 0.1)),
    "isolated": LeakKind(isolated, verbatim),
    "subgroup": LeakKind(subgroups, verbatim),
    "repeated units": LeakKind(repeated, verbatim),
    "fragments": LeakKind(anybody, fragments),
    "overfit engine": LeakKind(anybody, mixed_with_neighbours),
}


def _from_strangers(
    pool: Pool, rows: Rows, taken: NDArray[np.bool_], rng: np.random.Generator
) -> pd.DataFrame:
    """The cells `taken` from random strangers, asked again, up to a few times, while they have the same value."""
    donor = rng.integers(0, len(pool.frame), taken.shape)
    for place, name in enumerate(pool.frame.columns):
        values = pd.factorize(pool.frame[name])[0]
        for _ in range(_STRANGERS_ASKED - 1):
            same = np.flatnonzero(values[donor[:, place]] == values[rows])
            donor[same, place] = rng.integers(0, len(pool.frame), len(same))
    return _dealt(pool, rows, taken, donor)


def _dealt(pool: Pool, rows: Rows, taken: NDArray[np.bool_], donor: Rows) -> pd.DataFrame:
    """The records with the cells `taken` (rows, columns) from the donors, pool rows (rows, columns)."""
    source = np.where(taken, donor, rows[:, None])
    return pd.DataFrame(
        {name: pool.frame[name].to_numpy()[source[:, place]] for place, name in enumerate(pool.frame.columns)}
    )
