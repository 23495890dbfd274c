"""What an attacker's file says of a person when the file has errors, as real ones have.

A value is stale, mistyped or another person's; a number is rounded, guessed or of last year. Linkage by such
data counts too (EDPB Guidelines 02/2026, paragraph 64).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

WRONG = 0.1
"""Chance that a known value is that of a random other record."""

OFF_BY = 0.05
"""Standard deviation of a known number's rank, as a share of the pool."""


def with_errors(
    known: pd.DataFrame,
    pool: pd.DataFrame,
    scales: Mapping[str, NDArray[np.float64]],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """`known` with every number moved by some ranks, and then a tenth of all values replaced, each for itself.

    known, pool: canonical frames with the same columns. scales: the sorted pool values of the columns that are
    measured by rank; the others are only replaced. A missing value stays missing unless it is replaced.
    """
    noisy = {}
    for name in map(str, known):
        values = known[name].to_numpy()
        if name in scales:
            values = _moved(values, scales[name], rng)
        wrong = rng.random(len(values)) < WRONG
        noisy[name] = np.where(
            wrong, pool[name].to_numpy()[rng.integers(len(pool), size=len(values))], values
        )
    return pd.DataFrame(noisy, columns=known.columns)


def _moved(
    values: NDArray[np.float64], scale: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """The pool values some ranks away, normally distributed; those beyond an end are the end."""
    places = np.searchsorted(scale, values) + rng.normal(0, OFF_BY * len(scale), len(values)).round()
    moved = scale[np.clip(places, 0, len(scale) - 1).astype(np.int64)]
    return np.where(np.isnan(values), np.nan, moved)
