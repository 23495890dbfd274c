"""Attribute inference: with the synthetic table in hand, what of a person's secrets can be guessed?

Much of what can be guessed is true of the whole population, so every guesser is also put to control people,
and only what works better on train counts (EDPB Guidelines 02/2026, paragraph 71).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from privacy.attacks import ThreatModel
from privacy.attacks.columns import known_beside, secrets
from privacy.attacks.secret import Secret
from privacy.attacks.targets import draw_targets
from privacy.attacks.trials import Trials, compared
from privacy.errors import one_line
from privacy.evidence import Evidence
from privacy.neighbors import Distance, k_nearest
from privacy.result import Finding
from privacy.ruler import Coordinates
from privacy.schema import Schema
from privacy.stats import Count

TREES = 30
MOST_ROWS = 10_000

Guesser = Callable[[Coordinates], NDArray[np.float64]]
"""From what is known of the targets to guessed levels (targets,)."""


class Inference:
    """Every secret by two guessers: the nearest synthetic record, and a forest grown on the synthetic table.

    targets: train people asked for each secret, and control people beside them.
    """

    name: ClassVar[str] = "inference"
    threat: ClassVar[ThreatModel] = ThreatModel(
        holds="the synthetic table and the quasi-identifiers of a person (all other columns if none declared)",
        guesses="a sensitive value of that person",
    )

    def __init__(self, level: float = 0.95, targets: int = 2_000) -> None:
        self.level = level
        self._targets = targets

    def requires(self, schema: Schema) -> str | None:
        return None if len(schema.compared) > 1 else "inference needs at least two columns"

    def run(self, evidence: Evidence, rng: np.random.Generator) -> list[Finding]:
        rows = draw_targets(evidence, self._targets, rng)
        findings = []
        for name in secrets(evidence.schema, rng):
            known = known_beside(evidence.schema, name)
            secret = Secret.of(evidence, name)
            findings.extend(self._findings(evidence, secret, known, rows, rng))
        return findings

    def _findings(
        self,
        evidence: Evidence,
        secret: Secret,
        known: tuple[str, ...],
        rows: tuple[NDArray[np.int64], NDArray[np.int64]],
        rng: np.random.Generator,
    ) -> list[Finding]:
        # A missing number is nothing to guess; a missing label is a label of its own.
        rows = rows[0][~np.isnan(secret.train[rows[0]])], rows[1][~np.isnan(secret.control[rows[1]])]
        truth = secret.train[rows[0]], secret.control[rows[1]]
        tables = evidence.train_at.take(rows[0]), evidence.control_at.take(rows[1])
        targets = tuple(evidence.ruler.only(table, known) for table in tables)
        usable = np.flatnonzero(~np.isnan(secret.synthetic))
        source = evidence.ruler.only(evidence.synthetic_at.take(usable), known)
        levels = secret.synthetic[usable]
        blind = secret.right(np.full(len(truth[0]), secret.likeliest(levels)), truth[0])

        label = one_line(secret.name, 40)
        findings = []
        for how, build in (("nearest record", _nearest), ("forest", _forest)):
            guesser = build(source, levels, secret, rng) if usable.size else _no_guess
            right = [
                secret.right(guesser(table), true) if true.size else np.zeros(0, dtype=bool)
                for table, true in zip(targets, truth, strict=True)
            ]
            trials = Trials(
                name=f"{label} by {how}",
                success=f"have {label} guessed {secret.measure}",
                asked=self._targets,
                train=Count(int(right[0].sum()), right[0].size),
                control=Count(int(right[1].sum()), right[1].size),
                baseline=Count(int(blind.sum()), blind.size),
                columns=(secret.name, *known),
            )
            findings.append(compared(trials, self))
        return findings


def _no_guess(targets: Coordinates) -> NDArray[np.float64]:
    return np.full(len(targets), np.nan)


def _nearest(
    source: Coordinates, levels: NDArray[np.float64], secret: Secret, rng: np.random.Generator
) -> Guesser:
    """The value of the nearest synthetic record by what is known."""
    distance = Distance.plain(source)

    def guess(targets: Coordinates) -> NDArray[np.float64]:
        guessed: NDArray[np.float64] = levels[k_nearest(targets, source, distance, rng=rng)[0][:, 0]]
        return guessed

    return guess


def _forest(
    source: Coordinates, levels: NDArray[np.float64], secret: Secret, rng: np.random.Generator
) -> Guesser:
    """A random forest (Breiman 2001) of fully grown trees, which keep what the synthetic table memorised."""
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    rows = secret.teachable(levels)
    rows = rng.permutation(rows)[:MOST_ROWS]
    seed = int(rng.integers(2**31))
    kind = RandomForestRegressor if secret.ranked else RandomForestClassifier
    model = kind(n_estimators=TREES, max_features=0.5, random_state=seed, n_jobs=1)
    goal = secret.to_rank(levels[rows]) if secret.ranked else levels[rows]
    model.fit(_features(source.take(rows)), goal)

    def guess(targets: Coordinates) -> NDArray[np.float64]:
        guessed = np.asarray(model.predict(_features(targets)), dtype=np.float64)
        return secret.from_rank(guessed) if secret.ranked else guessed

    return guess


def _features(at: Coordinates) -> NDArray[np.float32]:
    return np.hstack([at.ranks, at.codes.astype(np.float32)])
