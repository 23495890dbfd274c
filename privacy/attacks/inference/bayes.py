"""A guesser to whom every known column speaks for itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from privacy.attacks.inference.guesses import Guesser, Guesses, by_class
from privacy.attacks.secret import Secret, Values
from privacy.ruler import Coordinates

BINS = 20
"""Of a number, of equal count (Dougherty, Kohavi & Sahami, ICML 1995); a missing one has a bin of its own."""


def naive_bayes(source: Coordinates, levels: Values, secret: Secret, rng: np.random.Generator) -> Guesser:
    """Naive Bayes; a number is guessed at the median of its likeliest bin. Confidence: the posterior."""
    from sklearn.naive_bayes import CategoricalNB

    rows = secret.teachable(levels)
    values = levels[rows]
    labels = 2 + source.codes.max(axis=0, initial=0)
    sizes = np.concatenate([np.full(source.ranks.shape[1], BINS + 1), labels])
    classes = _bins_of(values) if secret.ranked else values
    model = CategoricalNB(min_categories=sizes).fit(_categories(source.take(rows), labels), classes)
    guesser = by_class(model, lambda targets: _categories(targets, labels))
    if not secret.ranked:
        return guesser
    middles = np.array([np.median(values[classes == one]) for one in model.classes_])

    def guess(targets: Coordinates) -> Guesses:
        guessed, confidence = guesser(targets)
        return Guesses(middles[np.searchsorted(model.classes_, guessed)], confidence)

    return guess


def _bins_of(values: Values) -> NDArray[np.int64]:
    edges = np.unique(np.quantile(values, np.arange(1, BINS) / BINS))
    return np.searchsorted(edges, values, side="right")


def _categories(at: Coordinates, labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """(rows, columns) bins of the numbers, then codes from 1; 0 for a label the other table does not have."""
    bins = np.where(at.ranks > 1, BINS, np.minimum(at.ranks * BINS, BINS - 1)).astype(np.int64)
    known = (at.codes >= 0) & (at.codes + 1 < labels)
    return np.hstack([bins, np.where(known, at.codes + 1, 0)])
