"""Membership inference: a battery of scores tells train people from equally many control people.

No single score leads on most tables, so the best known ones that need no model of the generator run side by
side, and together as an ensemble of ranks: over everybody, over the most isolated, and over subgroups.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from privacy.attacks import ThreatModel
from privacy.attacks.membership.classifier import looks_synthetic
from privacy.attacks.membership.density import density_ratio
from privacy.attacks.membership.distance_scores import (
    Neighbours,
    closest,
    closest_difference,
    in_the_ball,
    local_neighbourhood,
    synthetic_share,
)
from privacy.attacks.membership.ensemble import mean_rank
from privacy.attacks.membership.features import Components
from privacy.attacks.membership.findings import Subject, membership_finding, untried
from privacy.attacks.membership.gen_lra import likelihood_gain
from privacy.attacks.membership.groups import ISOLATED, Group, most_isolated, subgroups
from privacy.attacks.membership.measure import Scored, auc_p_value
from privacy.attacks.membership.stage import FEWEST_TARGETS, Stage
from privacy.evidence import Evidence
from privacy.result import Finding
from privacy.schema import Schema
from privacy.wording import percent

Scores = NDArray[np.float64]


class Membership:
    """Every score of the battery, and their ensemble, on the same targets."""

    name: ClassVar[str] = "membership"
    threat: ClassVar[ThreatModel] = ThreatModel(
        holds="the synthetic table, a sample of the population and a candidate record",
        guesses="whether the record was in train",
    )

    def __init__(self, level: float = 0.95) -> None:
        self.level = level

    def requires(self, schema: Schema) -> str | None:
        return None if schema.compared else "the schema has no column to compare"

    def run(self, evidence: Evidence, rng: np.random.Generator) -> list[Finding]:
        stage = Stage.of(evidence, rng)
        scores = battery(stage, rng)
        scores["ensemble"] = mean_rank(scores.values())
        everybody = Subject(left_out=stage.left_out)
        findings = [
            membership_finding(self, name, Scored.of(score, stage.is_member), everybody, rng)
            for name, score in scores.items()
        ]
        findings.append(self._isolated(evidence, stage, scores["ensemble"], rng))
        findings.append(self._most_exposed(subgroups(evidence, stage), stage, scores["ensemble"], rng))
        return findings

    def _isolated(
        self, evidence: Evidence, stage: Stage, scores: Scores, rng: np.random.Generator
    ) -> Finding:
        chosen = most_isolated(evidence, stage, rng)
        scored = Scored.of(scores[chosen], stage.is_member[chosen])
        name = "ensemble, most isolated"
        subject = Subject(f" among the {percent(ISOLATED)} most isolated targets")
        if min(len(scored.members), len(scored.others)) < FEWEST_TARGETS:
            return untried(self, name, f"fewer than {FEWEST_TARGETS} of the most isolated are on one side")
        return membership_finding(self, name, scored, subject, rng)

    def _most_exposed(
        self, groups: list[Group], stage: Stage, scores: Scores, rng: np.random.Generator
    ) -> Finding:
        """The group with the least likely AUC; level and p-value corrected for having looked at all of them."""
        name = "ensemble, most exposed subgroup"
        if not groups:
            return untried(self, name, "no level of a column has 200 targets on either side")
        asked = [Scored.of(scores[g.chosen], stage.is_member[g.chosen]) for g in groups]
        worst = int(np.argmin([auc_p_value(scored) for scored in asked]))
        return membership_finding(
            self, name, asked[worst], Subject.of_group(groups[worst], looked_at=len(groups)), rng
        )


def battery(stage: Stage, rng: np.random.Generator) -> dict[str, Scores]:
    """Name of the attack -> (targets,) scores, higher for a likelier member."""
    found = Neighbours.of(stage, rng)
    components = Components.of(stage)
    return {
        "DCR": closest(found),
        "DCR difference": closest_difference(found),
        "rows in a ball (MC)": in_the_ball(stage, found),
        "local neighbourhood": local_neighbourhood(found),
        "synthetic share of neighbours (DPI)": synthetic_share(found, rng),
        "density ratio (DOMIAS)": density_ratio(components),
        "classifier (LOGAN)": looks_synthetic(stage, rng),
        "local likelihood (Gen-LRA)": likelihood_gain(components, found.rows),
    }
