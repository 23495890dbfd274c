"""DOMIAS: is the synthetic table denser at the target than the population is?

van Breugel et al., AISTATS 2023 (arXiv:2302.12580): score = p_synthetic / p_reference, both estimated by Gaussian
kernels on principal components.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from privacy.attacks.membership.features import Components

_CELLS = 1_000_000

Floats = NDArray[np.float64]


def density_ratio(components: Components) -> Floats:
    """(targets,) log p_synthetic - log p_reference."""
    targets = components.targets
    return log_density(targets, components.synthetic) - log_density(targets, components.reference)


def bandwidth(sample: Floats) -> float:
    """Scott's rule for components of unit variance: n^(-1 / (d + 4)) (Scott, Multivariate Density Estimation)."""
    rows, dimensions = sample.shape
    return float(rows ** (-1 / (dimensions + 4)))


def log_kernel(squares: Floats, dimensions: int, width: float) -> Floats:
    """Log of the Gaussian kernel at squared distances."""
    return squares / (-2 * width**2) - _log_volume(dimensions, width)


def log_density(points: Floats, sample: Floats) -> Floats:
    """(points,) log of the mean kernel over the sample, with Scott's bandwidth."""
    width, dimensions = bandwidth(sample), sample.shape[1]
    scale = -2 * width**2
    # Exponents as one matrix product: |x - y|^2 = |x|^2 + |y|^2 - 2 x y. float32 errs by 1e-4 of a logarithm.
    left = np.column_stack([points, (points**2).sum(axis=1), np.ones(len(points))]).astype(np.float32)
    right = np.vstack([-2 * sample.T, np.ones(len(sample)), (sample**2).sum(axis=1)]) / scale
    right = right.astype(np.float32)
    found = np.empty(len(points))
    step = max(1, _CELLS // len(sample))
    for start in range(0, len(points), step):
        exponents = left[start : start + step] @ right
        highest = exponents.max(axis=1)
        np.exp(np.subtract(exponents, highest[:, None], out=exponents), out=exponents)
        found[start : start + step] = highest + np.log(exponents.sum(axis=1))
    found -= np.log(len(sample)) + _log_volume(dimensions, width)
    return found


def _log_volume(dimensions: int, width: float) -> float:
    return float(dimensions * (0.5 * np.log(2 * np.pi) + np.log(width)))
