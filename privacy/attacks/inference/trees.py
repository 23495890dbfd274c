"""Guessers who grow trees on the synthetic table: they find what it tells of people who are like each other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from privacy.attacks.inference.guesses import Guesser, Guesses, always, by_class
from privacy.attacks.secret import Secret, Values
from privacy.ruler import Coordinates

MOST_ROWS = 10_000
TREES = 30
BOOSTED_TREES = 150
"""Of a boosted model, all classes together, as far as MOST_ROUNDS lets it."""
MOST_ROUNDS = 50
LEAVES = 15
LEARNING_RATE = 0.2
MOST_COLUMNS = 20
"""A split of a forest chooses among half the columns, and at most so many: wide tables stay affordable."""
QUARTILES = (0.25, 0.5, 0.75)


def forest(source: Coordinates, levels: Values, secret: Secret, rng: np.random.Generator) -> Guesser:
    """A random forest (Breiman 2001) of fully grown trees, which keep what the synthetic table memorised.

    Confidence: the share of the trees' votes; for a number minus the spread of the ranks they say.
    """
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    known, goal = _lesson(source, levels, secret, rng)
    settings: dict[str, Any] = {
        "n_estimators": TREES,
        "max_features": max(1, min(known.shape[1] // 2, MOST_COLUMNS)),
        "random_state": int(rng.integers(2**31)),
        "n_jobs": 1,
    }
    if not secret.ranked:
        return by_class(RandomForestClassifier(**settings).fit(known, goal), _features)
    trees = RandomForestRegressor(**settings).fit(known, secret.to_rank(goal)).estimators_

    def guess(targets: Coordinates) -> Guesses:
        known = _features(targets)
        ranks = np.stack([tree.predict(known) for tree in trees])
        return Guesses(secret.from_rank(ranks.mean(axis=0)), -ranks.std(axis=0))

    return guess


def gradient_boosting(
    source: Coordinates, levels: Values, secret: Secret, rng: np.random.Generator
) -> Guesser:
    """Small boosted trees on histograms (Friedman, Annals of Statistics 2001; Ke et al., NeurIPS 2017).

    Confidence: the probability of the class; a number is guessed at its median rank, and the nearer its
    quartiles, the surer.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    known, goal = _lesson(source, levels, secret, rng)
    classes = np.unique(goal).size
    if classes == 1:
        return always(float(goal[0]))
    settings: dict[str, Any] = {
        "learning_rate": LEARNING_RATE,
        "max_leaf_nodes": LEAVES,
        "early_stopping": False,
        "random_state": int(rng.integers(2**31)),
    }
    if not secret.ranked:
        rounds = min(-(-BOOSTED_TREES // classes), MOST_ROUNDS)
        return by_class(
            HistGradientBoostingClassifier(max_iter=rounds, **settings).fit(known, goal), _features
        )
    settings |= {"loss": "quantile", "max_iter": MOST_ROUNDS}
    ranks = secret.to_rank(goal)
    models = [HistGradientBoostingRegressor(quantile=q, **settings).fit(known, ranks) for q in QUARTILES]

    def guess(targets: Coordinates) -> Guesses:
        low, middle, high = (model.predict(_features(targets)) for model in models)
        return Guesses(secret.from_rank(middle), low - high)

    return guess


def _lesson(
    source: Coordinates, levels: Values, secret: Secret, rng: np.random.Generator
) -> tuple[NDArray[np.float32], Values]:
    """Some thousand synthetic records and their values of the secret."""
    rows = rng.permutation(secret.teachable(levels))[:MOST_ROWS]
    return _features(source.take(rows)), levels[rows]


def _features(at: Coordinates) -> NDArray[np.float32]:
    return np.hstack([at.ranks, at.codes.astype(np.float32)])
