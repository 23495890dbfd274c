"""Canaries that a source could hold: they meet the rules, as all of its rows do.

A source that breaks a rule is refused, and a synthetic row that does is cut. A canary that broke one would stay
unseen whatever the generator learnt by heart, and speak for nobody.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy import Schema
from tabsynth.encode.persons import Persons
from tabsynth.pipeline.canaries import Canaries, Sort, make_canaries
from tabsynth.rules import Rules, computed_by
from tabsynth.split import units_of

_TRIES = 8
"""Canaries made for each one that is wanted."""


def lawful_canaries(
    train: pd.DataFrame, schema: Schema, rules: Rules, count: int, least: int, rng: np.random.Generator
) -> Canaries:
    """`count` canaries as `make_canaries` has them, or as many of each sort as meet the rules."""
    if not rules:
        return make_canaries(train, schema, count, least, rng)
    made = make_canaries(train, schema, _TRIES * count, least, rng)
    persons = Persons.of(units_of(train, schema))
    frame = computed_by([rule.learnt(train, persons, 1) for rule in rules], made.frame, schema)
    lawful = _is_lawful(train, frame, schema, rules)
    marked, words = np.zeros(len(frame), bool), Counter[str]()
    for canary, mark in made.marks.items():
        words[mark.column] += not mark.beyond
        is_extra = not mark.beyond and words[mark.column] > -(-count // len(schema.columns))
        # Whoever lost the mark to a computed column is no foreigner.
        marked[canary] = frame[mark.column].iloc[canary] == mark.value and not is_extra
    lawful[list(made.marks)] &= marked[list(made.marks)]
    return _kept(made, frame, np.flatnonzero(lawful), marked, -(-count // len(Sort)))


def _is_lawful(train: pd.DataFrame, frame: pd.DataFrame, schema: Schema, rules: Rules) -> NDArray[np.bool_]:
    """(canaries,) whether each meets all rules, were it one more row of train."""
    together = pd.concat([train, frame], ignore_index=True)
    lawful = np.ones(len(frame), bool)
    for rule in rules:
        lawful &= rule.valid(together, schema)[len(train) :]
    return lawful


def _kept(
    made: Canaries, frame: pd.DataFrame, lawful: NDArray[np.int64], marked: NDArray[np.bool_], of_a_sort: int
) -> Canaries:
    """At most so many lawful ones of each sort, those with a mark before those without."""
    chosen = [
        own[np.argsort(~marked[own], kind="stable")][:of_a_sort]
        for own in (lawful[made.sorts[lawful] == sort] for sort in Sort)
    ]
    kept = np.sort(np.concatenate(chosen))
    marks = {place: made.marks[canary] for place, canary in enumerate(kept.tolist()) if canary in made.marks}
    tried = {mark.column for mark in marks.values()}
    ends = tuple(end for end in made.empty_ends if end.column in tried)
    return Canaries(frame.iloc[kept].reset_index(drop=True), made.sorts[kept], marks, ends)
