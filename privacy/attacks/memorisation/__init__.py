"""Memorisation: whose records, or most of whose records, stand in the synthetic table as they are?

Rarity is judged on train and control together, without looking at the label, so under no leak a found
record is train's or control's by the toss of the split (Amin et al., arXiv:2606.16952, use the same null).
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from privacy.attacks import ThreatModel
from privacy.attacks.fingerprints import Fingerprints
from privacy.attacks.memorisation.copies import all_but, binned_copies, exact_copies
from privacy.attacks.memorisation.parts import quasi_identifier_copies, rare_combinations
from privacy.attacks.memorisation.repeated import repeated_copies
from privacy.attacks.memorisation.search import Search
from privacy.attacks.memorisation.victims import victims
from privacy.evidence import Evidence
from privacy.result import Finding
from privacy.schema import Schema


class Memorisation:
    """Exact copies, victims and repeated copies (the verdict rests on them); copies of parts (reported).

    level: of every interval but one. copies_level: of the excess of exact copies, a finding that the policy
    judges. Victims and repeated copies gate only when they are beyond chance, and then say so themselves.
    """

    name: ClassVar[str] = "memorisation"
    gating: ClassVar[bool] = True
    threat: ClassVar[ThreatModel] = ThreatModel(
        holds="the synthetic table", guesses="that a row, or a rare part of it, is a real person's record"
    )

    def __init__(self, level: float = 0.95, copies_level: float = 0.999) -> None:
        self.level = level
        self._copies_level = copies_level

    def requires(self, schema: Schema) -> str | None:
        return None if schema.compared else "the schema has no column to compare"

    def run(self, evidence: Evidence, rng: np.random.Generator) -> list[Finding]:
        prints = Fingerprints.of_values(evidence, rng)
        search = Search(evidence, self)
        everything = prints.only(range(len(prints)))
        return [
            exact_copies(search, everything, self._copies_level),
            victims(search, evidence, rng),
            repeated_copies(search, prints, everything),
            all_but(search, prints, everything, 1, rng),
            all_but(search, prints, everything, 2, rng),
            binned_copies(search, evidence, rng),
            *quasi_identifier_copies(search, prints, evidence.schema.compared),
            rare_combinations(search, prints, rng),
        ]
