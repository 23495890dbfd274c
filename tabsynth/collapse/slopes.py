"""How fast a curve rises or falls, per generation, and how surely."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from privacy import Interval

DRAWS = 4_000

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Slope:
    """Least squares over the generations, mean over seeds. over_seeds: Student's t of the seeds' slopes, None for
    one seed. bootstrap: of seeds, and of residuals within each."""

    value: float
    over_seeds: Interval | None
    bootstrap: Interval


def slope_of(curves: Floats, level: float, rng: np.random.Generator) -> Slope:
    """The slope of (seeds, generations) values, three generations at least."""
    slopes = _slopes(curves)
    return Slope(float(slopes.mean()), _students(slopes, level), _bootstrap(curves, level, rng))


def _slopes(curves: Floats) -> Floats:
    """(…,) of (…, generations)."""
    steps = np.arange(curves.shape[-1]) - (curves.shape[-1] - 1) / 2
    found: Floats = curves @ steps / (steps @ steps)
    return found


def _students(slopes: Floats, level: float) -> Interval | None:
    from scipy.stats import t

    if len(slopes) < 2:
        return None
    reach = float(t.ppf((1 + level) / 2, len(slopes) - 1) * slopes.std(ddof=1) / np.sqrt(len(slopes)))
    centre = float(slopes.mean())
    return Interval(low=centre - reach, high=centre + reach, level=level, method="Student's t over seeds")


def _bootstrap(curves: Floats, level: float, rng: np.random.Generator) -> Interval:
    """Percentiles of slopes of seeds drawn with replacement, each on its line with its own residuals drawn
    likewise (Efron & Tibshirani 1993, section 9.4).

    Residuals are as large as errors, not as what a fitted line leaves: times the root of G / (G - 2).
    """
    seeds, generations = curves.shape
    steps = np.arange(generations) - (generations - 1) / 2
    lines = curves.mean(axis=1, keepdims=True) + _slopes(curves)[:, None] * steps
    errors = (curves - lines) * np.sqrt(generations / (generations - 2))
    who = rng.integers(seeds, size=(DRAWS, seeds, 1))
    which = rng.integers(generations, size=(DRAWS, seeds, generations))
    drawn = _slopes(lines[who[..., 0]] + errors[who, which]).mean(axis=1)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Interval(low=float(low), high=float(high), level=level, method="bootstrap of seeds and residuals")
