"""What a guesser is: built from the synthetic table, it guesses a secret and says how sure it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from privacy.attacks.secret import Secret, Values
from privacy.ruler import Coordinates


class Guesses(NamedTuple):
    """guessed: (targets,). confidence: (targets,) higher is surer, on a scale of the guesser's own."""

    guessed: Values
    confidence: NDArray[np.float64]


class Classifier(Protocol):
    """As much of a fitted scikit-learn classifier as is used here."""

    classes_: NDArray[Any]

    def predict_proba(self, features: NDArray[Any]) -> NDArray[Any]: ...


Guesser = Callable[[Coordinates], Guesses]
"""From what is known of the targets to the guesses."""

Build = Callable[[Coordinates, Values, Secret, np.random.Generator], Guesser]
"""From what is known of the synthetic records and their values of the secret (none missing) to a guesser."""


def always(value: float) -> Guesser:
    """The same guess for everybody, of no particular confidence."""

    def guess(targets: Coordinates) -> Guesses:
        return Guesses(np.full(len(targets), value), np.zeros(len(targets)))

    return guess


def by_class(model: Classifier, see: Callable[[Coordinates], NDArray[Any]]) -> Guesser:
    """The likeliest class by a fitted scikit-learn classifier, and its probability. see: to its features."""

    def guess(targets: Coordinates) -> Guesses:
        chances = np.asarray(model.predict_proba(see(targets)), dtype=np.float64)
        return Guesses(model.classes_[chances.argmax(axis=1)].astype(np.float64), chances.max(axis=1))

    return guess
