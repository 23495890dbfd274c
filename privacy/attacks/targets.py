"""Whom an attack aims at: whole people, as many from train as from control."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from privacy.evidence import Evidence


def people(evidence: Evidence) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The person of every train row and of every control row.

    Without an entity key every row is a person of its own: equal rows of different people were dealt to
    train or control independently, so they stay apart here.
    """
    train, control = len(evidence.train), len(evidence.control)
    if not evidence.keyed:
        return np.arange(train), np.arange(train, train + control)
    return evidence.units[:train], evidence.units[train:]


def draw_targets(
    evidence: Evidence, most: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of train and rows of control to attack: one random row a person, equally many, at most `most`."""
    train, control = (_one_row_each(owners, rng) for owners in people(evidence))
    count = min(most, len(train), len(control))
    return train[:count], control[:count]


def _one_row_each(owners: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """One random row of every person, people in random order."""
    order = rng.permutation(len(owners))
    _, first = np.unique(owners[order], return_index=True)
    chosen: NDArray[np.int64] = rng.permutation(order[first])
    return chosen


def equally_many(
    evidence: Evidence, most: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All rows of equally many random people of train and of control, at most `most` people each."""
    owners = people(evidence)
    count = min(most, *(np.unique(side).size for side in owners))
    train, control = (
        np.flatnonzero(np.isin(side, rng.permutation(np.unique(side))[:count])) for side in owners
    )
    return train, control
