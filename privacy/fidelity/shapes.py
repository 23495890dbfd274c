"""Single columns: is each one distributed as among people the generator never saw?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy.fidelity.samples import Samples, total_variation
from privacy.result import Measure, Picture
from privacy.wording import SMALL_CELL

"""Counts of 1 to 10 are not shown (CMS cell size policy)."""


def shapes(samples: Samples) -> list[Measure]:
    """Kolmogorov-Smirnov distance of numbers, total variation of the rest: mean over columns, and the worst.

    Missing counts as one more value, above all numbers.
    """
    if not samples.columns:
        return []
    distances = {name: _distances(samples, name) for name in samples.columns}
    ours = np.array([pair[0] for pair in distances.values()])
    floor = np.array([pair[1] for pair in distances.values()])
    order = np.argsort(floor - ours, kind="stable")
    names = [samples.columns[at] for at in order]
    picture = Picture(
        kind="bars",
        title="Distance from control, by column",
        x_label="0 = the same distribution, 1 = nothing shared",
        labels=tuple(names),
        series={"synthetic": tuple(ours[order]), "train (floor)": tuple(floor[order])},
    )
    worst = int(order[0])
    return [
        Measure(
            group="shapes",
            name="column distance, mean",
            sentence="How far single columns lie from control: Kolmogorov-Smirnov distance of numbers, total"
            f" variation of the rest, mean over {len(names)} columns ({samples.said_of_sizes()}).",
            value=float(ours.mean()),
            floor=float(floor.mean()),
            pictures=(picture,),
        ),
        Measure(
            group="shapes",
            name="column distance, worst",
            sentence="The column that lies farthest beyond its floor.",
            value=float(ours[worst]),
            floor=float(floor[worst]),
            columns=(samples.columns[worst],),
        ),
    ]


def missing_rates(samples: Samples) -> list[Measure]:
    """Mean absolute difference of the share of missing values, over the columns that have any."""
    counts = {name: [int(s.isna().sum()) for s in samples.three(name)] for name in samples.columns}
    with_gaps = {name: count for name, count in counts.items() if any(count)}
    if not with_gaps:
        return []
    sizes = np.array([len(samples.train), len(samples.control), len(samples.synthetic)])
    rates = np.array(list(with_gaps.values())) / sizes
    shown = {
        name: rate
        for (name, count), rate in zip(with_gaps.items(), rates, strict=True)
        if all(number == 0 or number >= SMALL_CELL for number in count)
    }
    picture = Picture(
        kind="bars",
        title="Share of missing values",
        x_label=f"columns with 1 to {SMALL_CELL - 1} gaps in a table are not drawn",
        labels=tuple(shown),
        series={
            "synthetic": tuple(float(rate[2]) for rate in shown.values()),
            "control": tuple(float(rate[1]) for rate in shown.values()),
        },
    )
    return [
        Measure(
            group="missing values",
            name="missing rate, mean difference",
            sentence=f"Difference from control of the share of missing values, mean over {len(rates)} columns"
            " with gaps.",
            value=float(np.abs(rates[:, 2] - rates[:, 1]).mean()),
            floor=float(np.abs(rates[:, 0] - rates[:, 1]).mean()),
            pictures=(picture,) if shown else (),
        )
    ]


def _distances(samples: Samples, name: str) -> tuple[float, float]:
    """Synthetic against control, train against control."""
    train, control, synthetic = samples.three(name)
    if name in samples.numeric:
        t, c, s = (_sortable(column) for column in (train, control, synthetic))
        return kolmogorov_smirnov(s, c), kolmogorov_smirnov(t, c)
    codes, levels = pd.factorize(
        pd.concat([train, control, synthetic], ignore_index=True), use_na_sentinel=False
    )
    of_train, of_control, of_synthetic = np.split(
        codes.astype(np.int32), np.cumsum([len(train), len(control)])
    )
    size = len(levels)
    return total_variation(of_synthetic, of_control, size), total_variation(of_train, of_control, size)


def _sortable(column: pd.Series) -> NDArray[np.float64]:
    values = column.to_numpy(np.float64)
    return np.where(np.isnan(values), np.inf, values)


def kolmogorov_smirnov(left: NDArray[np.float64], right: NDArray[np.float64]) -> float:
    """Largest difference of the two empirical distribution functions (no missing values, ties allowed)."""
    left, right = np.sort(left), np.sort(right)
    points = np.concatenate([left, right])
    below_left = np.searchsorted(left, points, side="right") / len(left)
    below_right = np.searchsorted(right, points, side="right") / len(right)
    return float(np.abs(below_left - below_right).max())
