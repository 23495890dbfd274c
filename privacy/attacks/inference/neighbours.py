"""Guessers who look up the synthetic records most like the target: they find what was copied."""

from __future__ import annotations

import numpy as np

from privacy.attacks.inference.guesses import Guesser, Guesses
from privacy.attacks.secret import Secret, Values
from privacy.neighbors import Distance, k_nearest
from privacy.ruler import Coordinates

VOTERS = 10
SMALLEST_DISTANCE = 0.01
"""Of a voter, for its weight: a record at no distance outvotes the others, but is not the only voter."""


def nearest_record(source: Coordinates, levels: Values, secret: Secret, rng: np.random.Generator) -> Guesser:
    """The value of the nearest synthetic record by what is known; the nearer, the surer.

    Of equally near ones, the same for all who ask: were it another for control than for train, everybody of a
    common kind would be guessed right on one side and wrong on the other.
    """
    distance, seed = Distance.plain(source), int(rng.integers(2**63))

    def guess(targets: Coordinates) -> Guesses:
        index, apart = k_nearest(targets, source, distance, rng=np.random.default_rng(seed))
        return Guesses(levels[index[:, 0]], -apart[:, 0].astype(np.float64))

    return guess


def nearest_vote(source: Coordinates, levels: Values, secret: Secret, rng: np.random.Generator) -> Guesser:
    """The value that would be right for most of the nearest records, each weighed by one over its distance.

    The confidence is the share of the weight (Dudani, IEEE Trans. SMC 1976, with 1 / d). Equally near ones are
    taken as in `nearest_record`.
    """
    distance, seed = Distance.plain(source), int(rng.integers(2**63))

    def guess(targets: Coordinates) -> Guesses:
        index, apart = k_nearest(targets, source, distance, VOTERS, rng=np.random.default_rng(seed))
        weights = 1 / (apart.astype(np.float64) + SMALLEST_DISTANCE)
        votes = levels[index]
        proposed, heard = np.broadcast_arrays(votes[:, :, None], votes[:, None, :])
        agree = secret.right(proposed.ravel(), heard.ravel()).reshape(proposed.shape)
        support = (agree * weights[:, None, :]).sum(axis=2)
        winner = support.argmax(axis=1)
        everyone = np.arange(len(votes))
        return Guesses(votes[everyone, winner], support[everyone, winner] / weights.sum(axis=1))

    return guess
