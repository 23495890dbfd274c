"""What is asked of every guesser: a secret, where to learn, and the people it is guessed of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from privacy.attacks.columns import known_beside
from privacy.attacks.secret import Secret, Values
from privacy.evidence import Evidence
from privacy.ruler import Coordinates


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """One secret, what is known of the people it is guessed of, and where a guesser may learn.

    known: names of the known columns. source, levels: what is known of the synthetic records that have the
    secret, and their values. targets, truth: the same of train people and of control people.
    """

    secret: Secret
    known: tuple[str, ...]
    source: Coordinates
    levels: Values
    targets: tuple[Coordinates, Coordinates]
    truth: tuple[Values, Values]

    @classmethod
    def of(cls, evidence: Evidence, name: str, rows: tuple[NDArray[np.int64], NDArray[np.int64]]) -> Question:
        """A missing number is nothing to guess; a missing label is a label of its own."""
        secret, known = Secret.of(evidence, name), known_beside(evidence.schema, name)
        train, control = (
            rows[0][~np.isnan(secret.train[rows[0]])],
            rows[1][~np.isnan(secret.control[rows[1]])],
        )
        usable = np.flatnonzero(~np.isnan(secret.synthetic))
        return cls(
            secret,
            known,
            evidence.ruler.only(evidence.synthetic_at.take(usable), known),
            secret.synthetic[usable],
            (
                evidence.ruler.only(evidence.train_at.take(train), known),
                evidence.ruler.only(evidence.control_at.take(control), known),
            ),
            (secret.train[train], secret.control[control]),
        )
