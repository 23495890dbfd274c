"""Copies of parts of a record: the quasi-identifiers, or three values that only one person has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from math import comb

import numpy as np

from privacy.attacks.fingerprints import Fingerprints, Subset
from privacy.attacks.memorisation.search import Mask, Search
from privacy.result import Finding
from privacy.schema import Column, Role

MOST_TRIPLES = 60


def quasi_identifier_copies(
    search: Search, prints: Fingerprints, columns: tuple[Column, ...]
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


def rare_combinations(search: Search, prints: Fingerprints, rng: np.random.Generator) -> Finding:
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
