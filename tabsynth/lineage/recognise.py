"""Synthetic rows that lost their marks: a source that says it is real, and stands in the ledger as a release.

Of the records that stand once in the source, how many stand once in the released table? Rows drawn independently
agree in this for no more than a share of 1/e of them, however the records are distributed: a record expected x
times is there exactly once with probability x·exp(-x), which is largest at x = 1. Rows chosen for their margins
may agree somewhat more often; a copy, or a part of one, agrees for all. What is not seen: records so coarse that
hardly any stands once, values that were changed, and a mixture in which a quarter of the rows is of elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy import Schema, SchemaError, SourceError, Treatment, canonical

SHARE = 0.75
"""Of the single records: twice what independent draws can have in common at most."""

LEVEL = 1e-9
"""Probability to take a source that has this share in common for one that has more."""


def refuse_released(source: pd.DataFrame, schema: Schema, released: Sequence[pd.DataFrame]) -> None:
    """SourceError when `source`, canonical, is one of the released tables, or rows of one. Compared are the
    columns to learn: identifiers are easily given anew."""
    for table in released:
        kept = tuple(column for column in schema.released_as(Treatment.MODEL) if column.name in table.columns)
        if not kept:
            continue
        shared = Schema(columns=kept)
        try:
            theirs = canonical(table[list(shared.names)], shared, table="release")
        except SchemaError:
            continue
        if is_copy(source[list(shared.names)], theirs):
            raise SourceError(
                "these are synthetic rows that were released before, without the mark that says so",
                where="the source table",
                todo="release from the marked file, which counts generations, or bring the real table",
            )


def is_copy(source: pd.DataFrame, released: pd.DataFrame) -> bool:
    """Whether more of the single records of `source` stand in `released` than chance can bring there.

    Both canonical, with the same columns.
    """
    from scipy.stats import binom

    ours, theirs = _single(source), _single(released)
    agreeing = int(np.isin(ours, theirs, assume_unique=True).sum())
    return bool(len(ours) and binom.sf(agreeing - 1, len(ours), SHARE) < LEVEL)


def _single(frame: pd.DataFrame) -> NDArray[np.uint64]:
    """Hashes of the records that stand exactly once."""
    hashes, counts = np.unique(pd.util.hash_pandas_object(frame, index=False).to_numpy(), return_counts=True)
    single: NDArray[np.uint64] = hashes[counts == 1]
    return single
