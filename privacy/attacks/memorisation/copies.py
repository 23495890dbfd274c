"""Copies of whole records: as they are, with one or two columns changed, with numbers binned."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from privacy.attacks.fingerprints import Fingerprints, Subset
from privacy.attacks.memorisation.search import Search
from privacy.evidence import Evidence
from privacy.result import Finding

MOST_PAIRS = 200


def exact_copies(search: Search, everything: Subset, level: float) -> Finding:
    """People whose row, like nobody else's, stands in the synthetic table; the policy says how many are too many.

    Of everybody: a row that several people have is met by chance and names nobody, and where most rows are such,
    those who are alone with theirs are too few to be a share of anything.
    """
    alone = everything.held_by_one(search.people)
    everybody = np.ones(len(alone), dtype=bool)
    finding = search.finding(
        "exact copies",
        "are the only ones with their row and have an exact copy in the synthetic table",
        (everybody, alone & everything.found(), alone & everything.found_by_chance()),
        excess_level=level,
    )
    return finding.model_copy(update={"gating": True})


def all_but(
    search: Search, prints: Fingerprints, totals: Subset, left_out: int, rng: np.random.Generator
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


def binned_copies(search: Search, evidence: Evidence, rng: np.random.Generator) -> Finding:
    """Copies whose numbers were rounded or lightly perturbed."""
    name = "copies with numbers binned"
    if not evidence.ruler.ranked:
        return search.not_tried(name, "no column is measured by rank")
    prints = Fingerprints.of_bins(evidence, rng)
    hit = search.rare_in_any(iter([prints.only(range(len(prints)))]))
    return search.finding(
        name, "are the only ones in their cell of twentieths and have a synthetic row there", hit
    )
