"""Mode-specific normalisation: a number becomes the mode it came from and its distance to that mode.

Xu et al. 2019 (arXiv:1907.00503), section 4.2: a variational Gaussian mixture is fitted to each continuous
column; a value is assigned to one mode, drawn by its posterior probability, and scaled by four deviations.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST_ROWS = 5_000
"""Rows a mixture is fitted on: a fixed cost per column, whatever the size of the table."""

LEAST_WEIGHT = 0.005
CONCENTRATION = 1e-3
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
    values: NDArray[np.float64], edges: NDArray[np.float64], most: int, rng: np.random.Generator
) -> Modes:
    """The modes of the finite numbers `values`, at most `most` of them.

    edges: the column's bins; a column without values gets one mode over their middle.
    """
    if len(values) == 0:
        middle, width = (edges[0] + edges[-1]) / 2, edges[-1] - edges[0]
        return Modes(np.array([middle]), np.array([width / (2 * SPREADS_PER_UNIT)]), np.ones(1))
    few = values if len(values) <= MOST_ROWS else rng.choice(values, MOST_ROWS, replace=False)
    centre = few.mean()
    scale = max(float(few.std()), 1e-6 * (edges[-1] - edges[0]))
    components = min(most, len(np.unique(few)))
    if components < 2:
        return Modes(np.array([centre]), np.array([scale]), np.ones(1))
    means, spreads, weights, converged = _mixture((few - centre) / scale, components, rng)
    return Modes(centre + scale * means, scale * spreads, weights, converged)


def _mixture(
    standard: NDArray[np.float64], components: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], bool]:
    """Means, spreads and weights of a variational mixture's live components, and whether it converged."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import BayesianGaussianMixture

    mixture = BayesianGaussianMixture(
        n_components=components,
        weight_concentration_prior_type="dirichlet_process",
        weight_concentration_prior=CONCENTRATION,
        max_iter=100,
        random_state=int(rng.integers(2**31)),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # counted in the history instead
        mixture.fit(standard[:, None])
    live = mixture.weights_ > min(LEAST_WEIGHT, mixture.weights_.max() / 2)
    weights = mixture.weights_[live] / mixture.weights_[live].sum()
    means = mixture.means_[live, 0]
    spreads = np.sqrt(mixture.covariances_[live, 0, 0])
    return means, spreads, weights, bool(mixture.converged_)
