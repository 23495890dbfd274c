"""Statistical disclosure control: uniques, replicated uniques, DiSCO, TCAP and class risks, each with its twin.

These measures count how people fall into classes of equal keys in the original and in the synthetic table. Much
of what they count is true of any table of the same population, so the same keys are counted on as many control
people, and what is reported is the difference (EDPB Guidelines 02/2026, paragraphs 70 and 71).
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from privacy.attacks import ThreatModel
from privacy.attacks.cells import Cells
from privacy.attacks.columns import secrets
from privacy.attacks.disclosure.findings import key_findings, secret_findings
from privacy.attacks.disclosure.keys import chosen_keys
from privacy.attacks.disclosure.sdnist import key_subsets
from privacy.attacks.disclosure.twins import of_keys, with_target
from privacy.attacks.targets import draw_targets
from privacy.evidence import Evidence
from privacy.result import Finding
from privacy.schema import Schema

MOST_PEOPLE = 50_000
SUBSET_SIZE = 3
MOST_SUBSETS = 10


class Disclosure:
    """One random row a person; numbers of more than 100 values are cut into twentieths of the pool's ranks."""

    name: ClassVar[str] = "disclosure"
    threat: ClassVar[ThreatModel] = ThreatModel(
        holds="the synthetic table and the keys of a person: the quasi-identifiers, or a few columns",
        guesses="which synthetic rows are this person, and what they say of a sensitive value",
    )

    def __init__(self, level: float = 0.95) -> None:
        self.level = level

    def requires(self, schema: Schema) -> str | None:
        return None if len(schema.compared) > 1 else "disclosure needs a key column and another one"

    def run(self, evidence: Evidence, rng: np.random.Generator) -> list[Finding]:
        people = draw_targets(evidence, MOST_PEOPLE, rng)
        names, why = chosen_keys(evidence)
        records = of_keys(Cells.unbinned(evidence).of_people(*people), rng)
        cells = Cells.of(evidence, names).of_people(*people)
        keys = of_keys(cells, rng)
        findings = key_findings(self, keys, records, names, why)

        targets = secrets(evidence.schema, rng)
        # A column that is a key itself is a target only where there is no other.
        targets = tuple(name for name in targets if name not in names) or targets
        for secret in targets:
            known = [place for place, name in enumerate(names) if name != secret]
            classes = keys if len(known) == len(names) else of_keys(cells.only(known), rng)
            target = Cells.of(evidence, [secret]).of_people(*people)
            size = min(SUBSET_SIZE, len(known))
            subsets = [
                with_target(of_keys(cells.only([known[i] for i in chosen]), rng), target, rng)
                for chosen in key_subsets(len(known), size, MOST_SUBSETS, rng)
            ]
            columns = (secret, *(names[place] for place in known))
            findings += secret_findings(self, with_target(classes, target, rng), subsets, columns, why)
        return findings
