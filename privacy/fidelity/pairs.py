"""Pairs of columns: do they hang together as among people the generator never saw?"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy.fidelity.samples import Samples, code_limit, coded, total_variation
from privacy.result import Measure, Picture

CELLS = 10
"""Bins or levels a column, before the rest and missing: at most 144 cells a pair."""
MAX_PAIRS = 2_000
SHOWN = 12

Pair = tuple[str, str]


def pairs(samples: Samples, rng: np.random.Generator) -> list[Measure]:
    """Total variation of two-way tables (all pairs, or 2,000 at random), and rank correlations."""
    return [*_tables(samples, rng), *_correlations(samples)]


def _tables(samples: Samples, rng: np.random.Generator) -> list[Measure]:
    every: list[Pair] = list(combinations(samples.columns, 2))
    if not every:
        return []
    if len(every) > MAX_PAIRS:
        every = [every[at] for at in np.sort(rng.permutation(len(every))[:MAX_PAIRS])]
    limit = code_limit(CELLS)
    codes = {name: coded(samples, name, CELLS) for name in samples.columns}
    ours, floor = np.empty(len(every)), np.empty(len(every))
    for at, (left, right) in enumerate(every):
        both = codes[left].over(codes[right], limit)
        ours[at] = total_variation(both.synthetic, both.control, limit * limit)
        floor[at] = total_variation(both.train, both.control, limit * limit)
    order = np.argsort(floor - ours, kind="stable")
    worst = every[int(order[0])]
    return [
        Measure(
            group="pairs",
            name="two-way tables, mean",
            sentence=f"Total variation of two-way tables of {CELLS} bins or levels a column, mean over"
            f" {len(every):,} pairs ({samples.said_of_sizes()}).",
            value=float(ours.mean()),
            floor=float(floor.mean()),
            pictures=(_picture(every, order[:SHOWN], ours, floor),),
        ),
        Measure(
            group="pairs",
            name="two-way tables, worst pair",
            sentence="The pair that lies farthest beyond its floor.",
            value=float(ours[order[0]]),
            floor=float(floor[order[0]]),
            columns=worst,
        ),
    ]


def _picture(
    every: list[Pair], order: NDArray[np.int64], ours: NDArray[np.float64], floor: NDArray[np.float64]
) -> Picture:
    return Picture(
        kind="bars",
        title=f"The {len(order)} pairs farthest beyond their floor",
        x_label="0 = the same table, 1 = nothing shared",
        labels=tuple(" × ".join(every[at]) for at in order),
        series={"synthetic": tuple(ours[order]), "train (floor)": tuple(floor[order])},
    )


def _correlations(samples: Samples) -> list[Measure]:
    """Mean absolute difference of Spearman's correlation over all pairs of numeric columns."""
    names = list(samples.numeric)
    train, control, synthetic = (
        _spearman(frame[names]) for frame in (samples.train, samples.control, samples.synthetic)
    )
    upper = np.triu(np.isfinite(train) & np.isfinite(control) & np.isfinite(synthetic), 1)
    if not upper.any():
        return []
    return [
        Measure(
            group="pairs",
            name="rank correlation, mean difference",
            sentence="Difference of Spearman's correlation from control's, mean over"
            f" {int(upper.sum()):,} pairs of numbers.",
            value=float(np.abs(synthetic - control)[upper].mean()),
            floor=float(np.abs(train - control)[upper].mean()),
        )
    ]


def _spearman(frame: pd.DataFrame) -> NDArray[np.float64]:
    """(columns, columns) correlation of ranks; missing ranks above all, a constant column gives NaN."""
    ranks = frame.fillna(np.inf).rank().to_numpy(np.float64)
    ranks -= ranks.mean(axis=0, keepdims=True)
    length = np.sqrt((ranks**2).sum(axis=0))
    with np.errstate(invalid="ignore", divide="ignore"):
        matrix: NDArray[np.float64] = ranks.T @ ranks / np.outer(length, length)
    return matrix
