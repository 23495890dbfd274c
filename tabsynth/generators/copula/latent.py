"""The correlation of normals that are only seen through codes: the one whose own rows look like the data.

Codes blur and select: the correlation of what is seen is not that of the normals behind. So rows are drawn
with a first guess, coded, measured as the data were measured, and the guess is corrected by the difference
(NORTA: Cario & Nelson 1997; by simulation: McFadden 1989, method of simulated moments). The same base draws
serve every round, so the rounds converge.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]

_EDGE = 1e-9
_PRIOR_ROWS = 10.0
_LEAST_EIGENVALUE = 1e-3


def to_normal(uniforms: Floats) -> Floats:
    """Standard normals of uniforms, kept off the infinite ends."""
    normals: Floats = ndtri(np.clip(uniforms, _EDGE, 1 - _EDGE))
    return normals


def mean_normal(low: Floats, high: Floats) -> Floats:
    """The mean of a standard normal known to lie between two quantiles in [0, 1]; 0 where they are equal."""
    density_low, density_high = (np.exp(-(ndtri(share) ** 2) / 2) for share in (low, high))
    share = np.where(high > low, (high - low) * np.sqrt(2 * np.pi), 1.0)
    mean: Floats = np.where(high > low, density_low - density_high, 0.0) / share
    return mean


def match_correlation(
    scores: Floats,
    measured: Callable[[Floats], Floats],
    blocks: Sequence[slice],
    base: Floats,
    rounds: int,
    on_round: Callable[[int], None],
) -> Floats:
    """(normals, normals) correlation, the identity inside each block.

    scores: (rows, normals) what the data show of each normal, NaN where nothing. measured: turns drawn normals
    into scores the way the data's were made. base: (draws, normals) independent standard normals.
    """
    target, together = _visible_correlation(scores)
    target *= together / (together + _PRIOR_ROWS)
    correlation = as_correlation(target, blocks)
    for done in range(rounds):
        reached, _ = _visible_correlation(measured(base @ root(correlation).T))
        correlation = as_correlation(correlation + target - reached, blocks)
        on_round(done + 1)
    return correlation


def _visible_correlation(scores: Floats) -> tuple[Floats, Floats]:
    """The correlation about 0 of every two normals over the rows that show both, and how many those are."""
    shown = (~np.isnan(scores)).astype(np.float64)
    visible = np.nan_to_num(scores)
    spread = np.sqrt((visible**2).T @ shown)
    scale = spread * spread.T
    products = visible.T @ visible
    return np.divide(products, scale, out=np.zeros_like(scale), where=scale > 0), shown.T @ shown


def as_correlation(guess: Floats, blocks: Sequence[slice]) -> Floats:
    """The guess made a correlation: eigenvalues positive, then each block whitened.

    A block holds the normals of one column; they must be independent for its margin to be exact.
    """
    values, vectors = np.linalg.eigh(guess - np.diag(guess.diagonal() - 1))
    positive = (vectors * np.maximum(values, _LEAST_EIGENVALUE)) @ vectors.T
    whitener = np.zeros_like(positive)
    for block in blocks:
        own, axes = np.linalg.eigh(positive[block, block])
        whitener[block, block] = (axes / np.sqrt(own)) @ axes.T
    correlation = whitener @ positive @ whitener
    for block in blocks:
        correlation[block, block] = np.eye(block.stop - block.start)
    symmetric: Floats = (correlation + correlation.T) / 2
    return symmetric


def conditional_draw(
    seen: Floats,
    at: NDArray[np.int64],
    wanted: NDArray[np.int64],
    correlation: Floats,
    rng: np.random.Generator,
) -> Floats:
    """(rows, wanted) normals given the (rows, at) normals `seen`."""
    weights = np.linalg.solve(correlation[np.ix_(at, at)], correlation[np.ix_(at, wanted)])
    left = correlation[np.ix_(wanted, wanted)] - correlation[np.ix_(wanted, at)] @ weights
    noise = rng.standard_normal((len(seen), len(wanted)))
    drawn: Floats = seen @ weights + noise @ root(left).T
    return drawn


def root(covariance: Floats) -> Floats:
    """A square root of a covariance that may be singular."""
    values, vectors = np.linalg.eigh(covariance)
    scaled: Floats = vectors * np.sqrt(np.maximum(values, 0))
    return scaled
