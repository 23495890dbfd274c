"""Mode-specific normalisation: a number becomes the mode it came from and its distance to that mode.

Xu et al. 2019 (arXiv:1907.00503), section 4.2: a variational Gaussian mixture is fitted to each continuous
column; a value is assigned to one mode, drawn by its posterior probability, and scaled by four deviations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tabsynth.generators.ctgan.mixtures import fit_mixtures, histograms

LEAST_WEIGHT, LEAST_SHARE, LEAST_VALUES = 0.005, 0.001, 25
"""A mode lives with 0.005 of the values, the paper's bound; in a long column 25 values will do, and 0.001."""

FEWEST_VALUES = 10
"""In a short column 0.005 may be a single person; a mode of fewer values than these is nobody's to be told."""

SPREADS_PER_UNIT = 4.0
LARGEST_SCALAR = 0.99


@dataclass(frozen=True, slots=True, eq=False)
class Modes:
    """The modes of one binned column, on its real scale.

    means, spreads, weights: (modes,), at least one mode; spreads are standard deviations, weights sum to 1.
    converged: whether the mixture's bound stopped rising before the iterations ran out.
    """

    means: NDArray[np.float64]
    spreads: NDArray[np.float64]
    weights: NDArray[np.float64]
    converged: bool = True

    def __len__(self) -> int:
        return len(self.means)

    def assign(
        self, values: NDArray[np.float64], rng: np.random.Generator
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """A mode for each value, drawn by its posterior probability, and the scalar in [-0.99, 0.99]."""
        away = (values[:, None] - self.means) / self.spreads
        log_density = np.log(self.weights) - np.log(self.spreads) - 0.5 * away**2
        density = np.exp(log_density - log_density.max(axis=1, keepdims=True))
        cumulative = np.cumsum(density, axis=1)
        drawn = rng.random(len(values)) * cumulative[:, -1]
        chosen = np.minimum((cumulative <= drawn[:, None]).sum(axis=1), len(self) - 1)
        scalars = away[np.arange(len(values)), chosen] / SPREADS_PER_UNIT
        return chosen, np.clip(scalars, -LARGEST_SCALAR, LARGEST_SCALAR).astype(np.float32)

    def values(self, chosen: NDArray[np.int64], scalars: NDArray[np.float32]) -> NDArray[np.float64]:
        """The numbers that `assign` took apart, up to its clipping."""
        found: NDArray[np.float64] = self.means[chosen] + SPREADS_PER_UNIT * self.spreads[chosen] * scalars
        return found

    def reaches(self, edges: NDArray[np.float64], bins: NDArray[np.int64]) -> NDArray[np.bool_]:
        """(modes,) whether a value of the mode can fall into one of `bins`."""
        low, high = edges[bins], edges[bins + 1]
        reach = SPREADS_PER_UNIT * self.spreads
        inside = (low[None] <= (self.means + reach)[:, None]) & (high[None] >= (self.means - reach)[:, None])
        found: NDArray[np.bool_] = inside.any(axis=1)
        return found


def fit_modes(
    columns: Sequence[NDArray[np.float64]], edges: Sequence[NDArray[np.float64]], most: int
) -> list[Modes]:
    """The modes of each column of finite numbers, at most `most` of them; all values count, nothing is drawn.

    edges: each column's bins; a column without values gets one mode over their middle.
    """
    found = [_one_mode(values, bounds) for values, bounds in zip(columns, edges, strict=True)]
    many = [at for at, values in enumerate(columns) if len(values) and values.min() < values.max()]
    if not many or most == 1:
        return found
    centre, scale = (np.array([getattr(found[at], of)[0] for at in many]) for of in ("means", "spreads"))
    standard = [(columns[at] - c) / s for at, c, s in zip(many, centre, scale, strict=True)]
    mixtures = fit_mixtures(histograms(standard), most)
    for row, at in enumerate(many):
        weights = mixtures.weights[row]
        rows = len(columns[at])
        least = max(min(LEAST_WEIGHT, max(LEAST_SHARE, LEAST_VALUES / rows)), FEWEST_VALUES / rows)
        live = weights >= min(least, weights.max())
        found[at] = Modes(
            centre[row] + scale[row] * mixtures.means[row, live],
            scale[row] * np.sqrt(mixtures.variances[row, live]),
            weights[live] / weights[live].sum(),
            bool(mixtures.converged[row]),
        )
    return found


def _one_mode(values: NDArray[np.float64], edges: NDArray[np.float64]) -> Modes:
    width = edges[-1] - edges[0]
    if len(values) == 0:
        return Modes(
            np.array([(edges[0] + edges[-1]) / 2]), np.array([width / (2 * SPREADS_PER_UNIT)]), np.ones(1)
        )
    return Modes(np.array([values.mean()]), np.array([max(float(values.std()), 1e-6 * width)]), np.ones(1))
