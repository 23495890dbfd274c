"""Every secret by several guessers, put to train people and to control people.

Much of what can be guessed is true of the whole population, so every guesser is also put to control people,
and only what works better on train counts (EDPB Guidelines 02/2026, paragraph 71).
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from privacy.attacks import ThreatModel
from privacy.attacks.columns import secrets, sensitive
from privacy.attacks.inference.bayes import naive_bayes
from privacy.attacks.inference.guesses import Build, always
from privacy.attacks.inference.neighbours import nearest_record, nearest_vote
from privacy.attacks.inference.question import Question
from privacy.attacks.inference.scores import among_confident, rarity_weighted
from privacy.attacks.inference.trees import forest, gradient_boosting
from privacy.attacks.targets import draw_targets
from privacy.attacks.trials import Trials, compared
from privacy.errors import one_line
from privacy.evidence import Evidence
from privacy.result import Estimate, Finding
from privacy.schema import Schema
from privacy.stats import Count

GUESSERS: dict[str, Build] = {
    "nearest record": nearest_record,
    "nearest vote": nearest_vote,
    "forest": forest,
    "gradient boosting": gradient_boosting,
    "naive Bayes": naive_bayes,
}


class Inference:
    """A finding for every secret and guesser; also rarity-weighted, and among the guesses that seem sure.

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
        names, declared = secrets(evidence.schema, rng), len(sensitive(evidence.schema))
        note = ""
        if declared > len(names):
            note = f"{len(names)} of the {declared} sensitive columns were tried, drawn by lot"
        questions = (Question.of(evidence, name, rows) for name in names)
        return [
            self._finding(question, how, build, note, rng)
            for question in questions
            for how, build in GUESSERS.items()
        ]

    def _finding(
        self, asked: Question, how: str, build: Build, note: str, rng: np.random.Generator
    ) -> Finding:
        secret, truth = asked.secret, asked.truth
        guesser = build(asked.source, asked.levels, secret, rng) if asked.levels.size else always(np.nan)
        train, control = (
            guesser(targets) if len(targets) else always(np.nan)(targets) for targets in asked.targets
        )
        right = secret.right(train.guessed, truth[0]), secret.right(control.guessed, truth[1])
        blind = secret.right(np.full(len(truth[0]), secret.likeliest(asked.levels)), truth[0])
        label = one_line(secret.name, 40)
        finding = compared(
            Trials(
                name=f"{label} by {how}",
                success=f"have {label} guessed {secret.measure}",
                asked=self._targets,
                train=Count(int(right[0].sum()), right[0].size),
                control=Count(int(right[1].sum()), right[1].size),
                baseline=Count(int(blind.sum()), blind.size),
                columns=(secret.name, *asked.known),
                note=note,
            ),
            self,
        )
        rarity = secret.rarity(truth[0]), secret.rarity(truth[1])
        confidence = train.confidence, control.confidence
        also: dict[str, Estimate] = {
            "rarity-weighted success, train minus control": rarity_weighted(right, rarity, self.level),
            "precision among confident guesses, train minus control": among_confident(
                right, confidence, self.level, rng
            ),
        }
        return finding.model_copy(update={"also": also})
