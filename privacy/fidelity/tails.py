"""The edges of the table: extreme numbers, rare categories, categories that nobody real has."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy.fidelity.samples import Samples
from privacy.result import Measure
from privacy.wording import SMALL_CELL

TAIL = 0.01
RARE = 0.05


def tails(samples: Samples) -> list[Measure]:
    """Tail mass of the numbers; rare categories, coverage of control's and share of unknown ones."""
    return [*_tail_mass(samples), *_rare_mass(samples), *_coverage(samples), *_unknown(samples)]


def _tail_mass(samples: Samples) -> list[Measure]:
    """Share of numbers beyond the 1 % and 99 % points of train + control, mean over numeric columns.

    Not measured where a tail of the control would hold fewer rows than the smallest cell.
    """
    ours, floor, control_share = [], [], []
    for name in samples.numeric:
        train, control, synthetic = (s.dropna().to_numpy(np.float64) for s in samples.three(name))
        if min(len(train), len(control)) * TAIL < SMALL_CELL or len(synthetic) == 0:
            continue
        low, high = np.quantile(np.concatenate([train, control]), [TAIL, 1 - TAIL])
        beyond = [float(np.mean((s < low) | (s > high))) for s in (train, control, synthetic)]
        floor.append(beyond[0])
        control_share.append(beyond[1])
        ours.append(beyond[2])
    if not ours:
        return []
    return [
        Measure(
            group="tails",
            name="extreme values",
            sentence="Share of numbers beyond the 1 % and 99 % points of the real rows, mean over"
            f" {len(ours)} columns; control has {np.mean(control_share):.2%}. Below the floor, extremes are"
            " missing; above it, they are exaggerated.",
            value=float(np.mean(ours)),
            floor=float(np.mean(floor)),
            best="floor",
        )
    ]


def _rare_mass(samples: Samples) -> list[Measure]:
    """Share of values in rare categories over the same share of control, mean over the columns that have any.

    Rare is a category of at most 5 % of the real rows, and of at least 11 rows of control.
    """
    ours, floor = [], []
    for name in samples.nominal:
        train, control, synthetic = samples.three(name)
        counts = control.value_counts()
        shares = pd.concat([train, control], ignore_index=True).value_counts() / (len(train) + len(control))
        rare = [level for level in counts.index[counts >= SMALL_CELL] if shares[level] <= RARE]
        if not rare:
            continue
        of_control = float(control.isin(rare).mean())
        ours.append(float(synthetic.isin(rare).mean()) / of_control)
        floor.append(float(train.isin(rare).mean()) / of_control)
    if not ours:
        return []
    return [
        Measure(
            group="tails",
            name="rare categories",
            sentence=f"Share of values in categories of {RARE:.0%} of the rows or fewer, over the same share of"
            f" control, mean over {len(ours)} columns. Below 1 they are lost, above it blown up.",
            value=float(np.mean(ours)),
            floor=float(np.mean(floor)),
            best="floor",
        )
    ]


def _coverage(samples: Samples) -> list[Measure]:
    """Weighted share of control's categories that occur, a category weighing -ln of its share in control.

    Only categories of at least 11 control rows count: a rarer one should not be reproduced.
    """
    ours, floor = [], []
    for name in samples.nominal:
        train, control, synthetic = samples.three(name)
        counts = control.value_counts()
        counts = counts[counts >= SMALL_CELL]
        if len(counts) < 2:
            continue
        weights = -np.log(counts.to_numpy(float) / len(control))
        ours.append(_covered(counts.index, weights, synthetic))
        floor.append(_covered(counts.index, weights, train))
    if not ours:
        return []
    return [
        Measure(
            group="tails",
            name="category coverage",
            sentence=f"Share of control's categories (of {SMALL_CELL} rows or more) that occur at all, rare"
            f" ones weighing more, mean over {len(ours)} columns.",
            value=float(np.mean(ours)),
            floor=float(np.mean(floor)),
            best="high",
        )
    ]


def _covered(levels: pd.Index[Any], weights: NDArray[np.int64], column: pd.Series[Any]) -> float:
    return float(weights[levels.isin(column.dropna().unique())].sum() / weights.sum())


def _unknown(samples: Samples) -> list[Measure]:
    """Share of values in categories that control does not have, mean over the categorical columns."""
    if not samples.nominal:
        return []
    ours, floor = [], []
    for name in samples.nominal:
        train, control, synthetic = samples.three(name)
        known = control.dropna().unique()
        ours.append(float((synthetic.notna() & ~synthetic.isin(known)).mean()))
        floor.append(float((train.notna() & ~train.isin(known)).mean()))
    return [
        Measure(
            group="tails",
            name="unknown categories",
            sentence=f"Share of values in categories that no control row has, mean over {len(ours)} columns.",
            value=float(np.mean(ours)),
            floor=float(np.mean(floor)),
            best="floor",
        )
    ]
