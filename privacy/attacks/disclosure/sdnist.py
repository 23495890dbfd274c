"""Two measures of NIST's SDNist: unique exact match, and DiSCO averaged over subsets of the keys."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from privacy.attacks.disclosure.classes import Classes, Shares, Targeted
from privacy.attacks.disclosure.synthpop import disco


def unique_exact_match(records: Classes) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """UEM: (original rows,) who is the only one with this whole record, and whose record is synthetic too.

    records: classes of all columns. SDNist divides by the first.
    """
    alone: NDArray[np.bool_] = records.d == 1
    return alone, alone & (records.s > 0)


def k_disco(tables: Sequence[Targeted]) -> Shares:
    """(original rows,) the share of the tables, one a key subset and at least one, in which the row is DiSCO."""
    shares: Shares = np.mean([disco(table) for table in tables], axis=0)
    return shares


def key_subsets(keys: int, size: int, most: int, rng: np.random.Generator) -> list[tuple[int, ...]]:
    """Subsets of `size` of the keys 0 .. keys - 1: all, or `most` random ones."""
    subsets = list(combinations(range(keys), size))
    if len(subsets) <= most:
        return subsets
    return [subsets[at] for at in np.sort(rng.choice(len(subsets), most, replace=False))]
