"""Two closer looks at the same guesses: of rare values, and of those the guesser is sure of.

A success rate is an average, and what is guessed right is mostly common. An attacker gains by what is rare, and
acts on what seems sure; both are shown as train minus control, since the population is guessed right too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from privacy.attacks.secret import Values
from privacy.result import Estimate
from privacy.stats import Count, newcombe

CONFIDENT = 0.1
"""Share of all targets, train and control together, whose guess counts as confident."""

Right = NDArray[np.bool_]


def rarity_weighted(right: tuple[Right, Right], rarity: tuple[Values, Values], level: float) -> Estimate:
    """sum(w * right) / sum(w) of train minus that of control, w = 1 / frequency of the true value.

    The score of Golob et al. (SoK, PoPETs 2027), beside control. Its interval counts the targets that the
    weighted ones are worth, (sum w)^2 / sum w^2 (Kish, Survey Sampling 1965).
    """
    train, control = (_weighted(hits, weights) for hits, weights in zip(right, rarity, strict=True))
    return _difference(train, control, right[0].size + right[1].size, level)


def _weighted(right: Right, weights: Values) -> Count:
    if right.size == 0:
        return Count(0, 0)
    worth = weights.sum() ** 2 / (weights**2).sum()
    return Count(float(worth * np.average(right, weights=weights)), float(worth))


def among_confident(
    right: tuple[Right, Right], confidence: tuple[Values, Values], level: float, rng: np.random.Generator
) -> Estimate:
    """Share right among the confident guesses, train minus control.

    Confident: the surest tenth of all targets together, so that the limit knows nothing of whose they are;
    equal confidence is ordered by lot.
    """
    everyone = np.concatenate(confidence)
    order = np.lexsort([rng.random(len(everyone)), -everyone])
    confident = np.zeros(len(everyone), dtype=bool)
    confident[order[: round(CONFIDENT * len(everyone))]] = True
    train, control = (
        Count(int((hits & sure).sum()), int(sure.sum()))
        for hits, sure in zip(right, np.split(confident, [right[0].size]), strict=True)
    )
    return _difference(train, control, int(confident.sum()), level)


def _difference(train: Count, control: Count, trials: int, level: float) -> Estimate:
    return Estimate(value=train.rate - control.rate, interval=newcombe(train, control, level), trials=trials)
