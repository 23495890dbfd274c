"""Memorisation: whose records, or most of whose records, stand in the synthetic table as they are?

Rarity is judged on train and control together, without looking at the label, so under no leak a found
record is train's or control's by the toss of the split (Amin et al., arXiv:2606.16952, use the same null).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from math import comb
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from privacy.attacks import ThreatModel
from privacy.attacks.fingerprints import Fingerprints, Subset
from privacy.attacks.targets import people
from privacy.attacks.trials import Trials, compared
from privacy.evidence import Evidence
from privacy.result import Finding
from privacy.schema import Column, Role, Schema
from privacy.stats import Count, two_exact

Mask = NDArray[np.bool_]
Hit = tuple[Mask, Mask, Mask]
"""Per pool row: could be tried, found in the synthetic table, found in its shuffled twin."""

MOST_PAIRS = 200
MOST_TRIPLES = 60


class Memorisation:
    """Exact copies (the verdict rests on them) and copies of parts of a record (reported).

    level: of every interval but one. copies_level: of the excess of exact copies, the gating finding.
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
        search = _Search(evidence, self)
        everything = prints.only(range(len(prints)))
        return [
            self._exact_copies(search, everything),
            _all_but(search, prints, everything, 1, rng),
            _all_but(search, prints, everything, 2, rng),
            _binned_copies(search, evidence, rng),
            *_quasi_identifier_copies(search, prints, evidence.schema.compared),
            _rare_combinations(search, prints, rng),
        ]

    def _exact_copies(self, search: _Search, everything: Subset) -> Finding:
        found = everything.found()
        finding = search.finding(
            "exact copies",
            "have an exact copy in the synthetic table",
            (np.ones_like(found), found, everything.found_by_chance()),
            excess_level=self._copies_level,
        )
        return finding.model_copy(update={"gating": True})


class _Search:
    """Counts people, not rows: a person is found when one of the rows is."""

    def __init__(self, evidence: Evidence, attacker: Memorisation) -> None:
        self.train_people, self.control_people = people(evidence)
        self.people = np.concatenate([self.train_people, self.control_people])
        self.attacker = attacker

    def finding(
        self,
        name: str,
        success: str,
        hit: Hit,
        *,
        columns: tuple[str, ...] = (),
        note: str = "",
        obstacle: str = "no record is rare enough",
        excess_level: float | None = None,
    ) -> Finding:
        tried, found, chance = hit
        start = len(self.train_people)
        return compared(
            Trials(
                name=name,
                success=success,
                asked=_distinct(self.train_people),
                train=_count(self.train_people, tried[:start], found[:start]),
                control=_count(self.control_people, tried[start:], found[start:]),
                baseline=_count(self.train_people, tried[:start], chance[:start]),
                columns=columns,
                note=note,
                obstacle=obstacle,
            ),
            self.attacker,
            two_exact,
            excess_level,
        )

    def not_tried(self, name: str, why: str) -> Finding:
        nobody = np.zeros(len(self.people), dtype=bool)
        return self.finding(name, "", (nobody, nobody, nobody), obstacle=why)

    def rare_in_any(self, subsets: Iterator[Subset]) -> Hit:
        """Records that are the only ones of their kind on some subset, and those found on such a subset."""
        tried, found, chance = (np.zeros(len(self.people), dtype=bool) for _ in range(3))
        for subset in subsets:
            alone = subset.held_by_one(self.people)
            tried |= alone
            found |= alone & subset.found()
            chance |= alone & subset.found_by_chance()
        return tried, found, chance


def _distinct(owners: NDArray[np.int64]) -> int:
    return int(np.unique(owners).size)


def _count(owners: NDArray[np.int64], tried: Mask, found: Mask) -> Count:
    return Count(_distinct(owners[tried & found]), _distinct(owners[tried]))


def _all_but(
    search: _Search, prints: Fingerprints, totals: Subset, left_out: int, rng: np.random.Generator
) -> Finding:
    """Copies that differ in at most `left_out` columns: the swapped column that hides an exact copy."""
    words = {1: "one column", 2: "two columns"}[left_out]
    name, width = f"copies on all but {words}", len(prints)
    if width < left_out + 2:
        return search.not_tried(name, "the table has too few columns")
    sets = list(combinations(range(width), left_out))
    note = ""
    if len(sets) > MOST_PAIRS:
        note = f"At random {MOST_PAIRS} of the {len(sets):,} choices of {words} were tried"
        sets = [sets[i] for i in rng.choice(len(sets), MOST_PAIRS, replace=False)]
    hit = search.rare_in_any(prints.without(totals, dropped) for dropped in sets)
    return search.finding(name, f"stand in the synthetic table with at most {words} changed", hit, note=note)


def _binned_copies(search: _Search, evidence: Evidence, rng: np.random.Generator) -> Finding:
    """Copies whose numbers were rounded or lightly perturbed."""
    name = "copies with numbers binned"
    if not evidence.ruler.ranked:
        return search.not_tried(name, "no column is measured by rank")
    prints = Fingerprints.of_bins(evidence, rng)
    hit = search.rare_in_any(iter([prints.only(range(len(prints)))]))
    return search.finding(
        name, "are the only ones in their cell of twentieths and have a synthetic row there", hit
    )


def _quasi_identifier_copies(
    search: _Search, prints: Fingerprints, columns: tuple[Column, ...]
) -> Iterator[Finding]:
    """Sample uniques found in the synthetic table (UiOiS of synthpop 1.9), then with a sensitive value."""
    names = ("quasi-identifier copies", "quasi-identifier copies with a sensitive value")
    keys = [i for i, column in enumerate(columns) if column.role is Role.QUASI_IDENTIFIER]
    secrets = [i for i, column in enumerate(columns) if column.role is Role.SENSITIVE]
    key_names = tuple(columns[i].name for i in keys)
    if not keys:
        why = "the schema declares no quasi-identifier"
        yield from (search.not_tried(name, why) for name in names)
        return
    by_key = prints.only(keys)
    alone = by_key.held_by_one(search.people)
    yield search.finding(
        names[0],
        "are unique on the quasi-identifiers and have a synthetic row with the same ones",
        (alone, by_key.found(), by_key.found_by_chance()),
        columns=key_names,
    )
    if not secrets:
        yield search.not_tried(names[1], "the schema declares no sensitive column")
        return
    with_secret = [prints.only([*keys, secret]) for secret in secrets]
    yield search.finding(
        names[1],
        "are unique on the quasi-identifiers and have them beside a true sensitive value in a synthetic row",
        (alone, _any(with_secret, Subset.found), _any(with_secret, Subset.found_by_chance)),
        columns=(*key_names, *(columns[i].name for i in secrets)),
    )


def _any(subsets: list[Subset], test: Callable[[Subset], Mask]) -> Mask:
    hits: Mask = np.logical_or.reduce([test(subset) for subset in subsets])
    return hits


def _rare_combinations(search: _Search, prints: Fingerprints, rng: np.random.Generator) -> Finding:
    """Three values that only one person has: every record is tried once, on one random rare triple of its own.

    One triple a record keeps the trials independent; trying all of them would find nearly everybody by chance.
    """
    name, width = "rare-combination copies", len(prints)
    if width < 4:
        return search.not_tried(name, "the table has too few columns")
    count = min(MOST_TRIPLES, comb(width, 3))
    triples = list(combinations(range(width), 3))
    seen = np.zeros(len(search.people), dtype=np.int64)
    found, chance = (np.zeros(len(search.people), dtype=bool) for _ in range(2))
    for pick in rng.choice(len(triples), count, replace=False):
        subset = prints.only(triples[pick])
        alone = subset.held_by_one(search.people)
        seen += alone
        chosen = alone & (rng.random(len(alone)) * seen < 1)
        found = np.where(chosen, subset.found(), found)
        chance = np.where(chosen, subset.found_by_chance(), chance)
    return search.finding(
        name,
        "have three values together that nobody else has and that stand in a synthetic row",
        (seen > 0, found, chance),
        note=f"{count} of the {len(triples):,} sets of three columns were drawn",
    )
