"""Gaussian mixtures of many columns of numbers at once, variational, on histograms, without a random draw.

Bishop 2006, Pattern Recognition and Machine Learning, section 10.2, in one dimension; weights by stick-breaking
as in Blei and Jordan 2006 (doi:10.1214/06-BA104), which empties the components that are not needed. Priors are
those of Xu et al. 2019 (arXiv:1907.00503), which are scikit-learn's with a concentration of 0.001.
Every value counts: a bin hands on its number of values, their mean and their variance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BINS = 512
CONCENTRATION = 1e-3
LEAST_VARIANCE = 1e-6
POWERS = (0.0, 1 / 3, 2 / 3, 1.0)
FIRST_ROUNDS, MOST_ROUNDS = 30, 300
TOLERANCE = 1e-5
"""Nats per value that a round must add for another one to follow."""


@dataclass(frozen=True, slots=True, eq=False)
class Mixtures:
    """Means, variances and weights: (columns, components). converged: (columns,)."""

    means: Floats
    variances: Floats
    weights: Floats
    converged: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Histograms:
    """Number, mean and variance of the values in each bin: (columns, bins). Empty bins fill up the rows."""

    counts: Floats
    means: Floats
    variances: Floats

    def take(self, columns: NDArray[np.int64]) -> Histograms:
        """These columns, in this order."""
        return Histograms(self.counts[columns], self.means[columns], self.variances[columns])


def histograms(columns: Sequence[Floats]) -> Histograms:
    """Bins by rank and by width together: where many values are, and where a few are far away.

    columns: at least one finite number in each.
    """
    found = np.zeros((3, len(columns), BINS))
    for at, values in enumerate(columns):
        ordered = np.sort(values)
        ranks = np.linspace(0, len(ordered) - 1, BINS // 2).astype(np.int64)
        edges = np.union1d(ordered[ranks], np.linspace(ordered[0], ordered[-1], BINS // 2 + 1)[:-1])
        starts = np.unique(np.searchsorted(ordered, edges))
        starts = starts[starts < len(ordered)]
        counts = np.diff(starts, append=len(ordered))
        means = np.add.reduceat(ordered, starts) / counts
        squares = np.add.reduceat((ordered - np.repeat(means, counts)) ** 2, starts)
        found[:, at, : len(starts)] = counts, means, squares / counts
    return Histograms(*found)


def fit_mixtures(held: Histograms, components: int) -> Mixtures:
    """One mixture per column, whose numbers have mean 0 and variance 1.

    Several starts each; the one that explains the numbers best after a few rounds goes on until it is settled.
    """
    starts = [_sliced(measure, components) for measure in _measures(held)]
    columns = len(held.counts)
    tried = held.take(np.tile(np.arange(columns), len(starts)))
    shares = np.concatenate(starts)
    for _ in range(FIRST_ROUNDS):
        shares, reached = _round(tried, shares)
    best = reached.reshape(len(starts), columns).argmax(axis=0)
    shares = shares.reshape(len(starts), columns, components, -1)[best, np.arange(columns)]
    return _settled(held, shares)


def _settled(held: Histograms, shares: Floats) -> Mixtures:
    """Rounds until no column gains by another; a column that has settled is left out of the next."""
    columns = len(shares)
    converged = np.zeros(columns, dtype=np.bool_)
    reached = np.full(columns, -np.inf)
    for _ in range(MOST_ROUNDS):
        going = np.flatnonzero(~converged)
        if not len(going):
            break
        shares[going], now = _round(held.take(going), shares[going])
        converged[going] = now - reached[going] < TOLERANCE
        reached[going] = now
    weights, means, variances = _weights_means_variances(_posterior(held, shares))
    return Mixtures(means, variances, weights, converged)


def _measures(held: Histograms) -> list[Floats]:
    """(columns, bins) what a start cuts into equal slices: the values, the range, and powers of the density in
    between, such as the cube root, which suits least squares best (Panter and Dite 1951)."""
    present = held.counts > 0
    places = np.where(present, held.means, -np.inf)
    last = places.max(axis=1, keepdims=True)
    gaps = np.diff(np.where(present, held.means, last), axis=1, append=last)
    widths = np.where(present, gaps + gaps.max(axis=1, keepdims=True) * 1e-9 + 1e-12, 0)
    return [held.counts**power * widths ** (1 - power) for power in POWERS]


def _sliced(measure: Floats, components: int) -> Floats:
    """(columns, components, bins) each bin given whole to one of equal slices of the measure."""
    middle = np.cumsum(measure, axis=1) - measure / 2
    slices = (components * middle / measure.sum(axis=1, keepdims=True)).astype(np.int64)
    chosen = np.minimum(slices, components - 1)[:, None] == np.arange(components)[:, None]
    whole: Floats = chosen.astype(np.float64)
    return whole


def _posterior(held: Histograms, shares: Floats) -> tuple[Floats, Floats, Floats]:
    """Values, mean and variance (columns, components) of each component; Bishop 10.60 to 10.63."""
    weights = shares * held.counts[:, None]
    number = weights.sum(axis=2) + 1e-12
    moments = np.stack([held.means, held.means**2 + held.variances], axis=2)
    mean, squares = np.moveaxis(weights @ moments / number[..., None], 2, 0)
    spread = np.maximum(squares - mean**2, 0) + LEAST_VARIANCE
    variance = (1 + number * spread + number / (1 + number) * mean**2) / (1 + number)
    return number, number / (1 + number) * mean, variance


def _sticks(number: Floats) -> tuple[Floats, Floats]:
    """Parameters of the Beta law of each component's part of what is left of the stick."""
    later = np.cumsum(number[:, ::-1], axis=1)[:, ::-1] - number
    return 1 + number, CONCENTRATION + later


def _weights_means_variances(posterior: tuple[Floats, Floats, Floats]) -> Floats:
    number, mean, variance = posterior
    taken, left = _sticks(number)
    share_left = np.cumprod(left / (taken + left), axis=1)
    weights = taken / (taken + left)
    weights[:, 1:] *= share_left[:, :-1]
    return np.stack([weights / weights.sum(axis=1, keepdims=True), mean, variance])


def _round(held: Histograms, shares: Floats) -> tuple[Floats, Floats]:
    """The next shares of the components in each bin, and the mean expected log-density per value (columns,)."""
    from scipy.special import digamma

    number, mean, variance = _posterior(held, shares)
    taken, left = _sticks(number)
    log_left = digamma(left) - digamma(taken + left)
    log_weight = digamma(taken) - digamma(taken + left)
    log_weight[:, 1:] += np.cumsum(log_left, axis=1)[:, :-1]
    certainty = digamma((1 + number) / 2) + np.log(2 / (1 + number)) - 1 / (1 + number)
    constant = log_weight + 0.5 * (certainty - np.log(2 * np.pi * variance))
    away = (held.means[:, None] - mean[..., None]) ** 2 + held.variances[:, None]
    log_density = constant[..., None] - away / (2 * variance[..., None])
    top = log_density.max(axis=1)
    raised = np.exp(log_density - top[:, None])
    total = raised.sum(axis=1)
    reached = ((top + np.log(total)) * held.counts).sum(axis=1) / held.counts.sum(axis=1)
    return raised / total[:, None], reached
