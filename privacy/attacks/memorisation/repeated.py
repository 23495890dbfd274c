"""Repeated copies: one person's record again and again, which every count of people counts as one.

A record that one person of the pool has, and the synthetic table many times over, is a spike that train's
population does not have.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from privacy.attacks.beyond_chance import OPEN_BELOW, beyond_chance
from privacy.attacks.fingerprints import Fingerprints, Subset
from privacy.attacks.memorisation.search import Mask, Search
from privacy.result import Finding
from privacy.stats import conditional_test
from privacy.wording import SMALL_CELL

NAME = "repeated copies"

CHANCE = 0.01
"""A repeated row that meets a person's record counts when such a meeting was less likely than this."""

_RESOLVE = "Make the synthetic table again without the repeated rows."

MOST_COLUMNS = 60
_RARE_COUNT = 1e-4


def repeated_copies(search: Search, prints: Fingerprints, everything: Subset) -> Finding:
    """People who alone have a row that stands in the synthetic table 11 times or more, beyond chance.

    As it is, or on all columns but one. Chance is the pool's own (Good & Turing, Biometrika 1953): a row of
    the population meets a record that one person has as often as two people of the pool share a record. So in
    tables of few columns, and in those where a generator draws few different rows, a meeting means nothing.
    """
    people = int(np.unique(search.people).size)
    least = _least_repeats(len(search.people), len(everything.synthetic))
    found = np.zeros(len(search.people), dtype=bool)
    levels = [[everything]]
    if len(prints) > 2:
        columns = range(min(len(prints), MOST_COLUMNS))
        levels.append([prints.without(everything, [column]) for column in columns])
    for subsets in levels:
        found |= _beyond_chance(subsets, search.people, people, least)
    everybody = np.ones(len(found), dtype=bool)
    finding = search.finding(
        NAME,
        f"are the only ones of their kind and stand in the synthetic table {least} times or more, whole or with"
        " one column changed",
        (everybody, found, None),
        note="One such person is enough to be harmed",
    )
    train, control = search.counts(everybody, found)
    p_value = conditional_test(
        int(train.successes), int(control.successes), train.trials / max(control.trials, 1)
    )
    # A row of the population would hardly have met such a record by chance: one of train's alone is too many.
    alone = train.successes > 0 and control.successes == 0
    return beyond_chance(finding, p_value, open_below=1.0 if alone else OPEN_BELOW, resolve=_RESOLVE)


def _least_repeats(pool: int, synthetic: int) -> int:
    """How often a synthetic row must stand: 11, and more where the synthetic table is much the larger.

    A kind that k + 1 rows of pool and synthetic table share has one of them in the pool with probability
    (k + 1) q (1 - q)^k, q the pool's share, when all are drawn alike; that is to be rare.
    """
    q = pool / (pool + synthetic)
    repeats = np.arange(SMALL_CELL, 200_000)
    odds = np.log(repeats + 1.0) + np.log(q) + repeats * np.log1p(-q)
    return int(repeats[np.argmax(odds < np.log(_RARE_COUNT))])


def _beyond_chance(subsets: list[Subset], owners: NDArray[np.int64], people: int, least: int) -> Mask:
    """(pool rows,) flags of the records that one person has and that are repeated beyond chance.

    The more often a record is repeated, the fewer rows are repeated as often and might have met it by chance.
    """
    repeats = [_Repeats.of(subset, owners, least) for subset in subsets]
    times = np.concatenate([r.times for r in repeats])
    weight = np.concatenate([np.full(len(r.times), 2 * (r.shared_by_two + 1) / people) for r in repeats])
    order = np.argsort(-times, kind="stable")
    ascending, expected = -times[order], np.cumsum(weight[order])
    flags = np.zeros(len(owners), dtype=bool)
    for r in repeats:
        rows, count = r.met
        as_often = np.searchsorted(ascending, -count, side="right")
        flags[rows[expected[as_often - 1] < CHANCE]] = True
    return flags


@dataclass(frozen=True, slots=True, eq=False)
class _Repeats:
    """What is repeated on one set of columns.

    times: (kinds,) how often each repeated kind of synthetic row stands. met: the pool rows that alone are of
    such a kind, and how often it stands. shared_by_two: kinds that exactly two people of the pool have.
    """

    times: NDArray[np.int64]
    met: tuple[NDArray[np.int64], NDArray[np.int64]]
    shared_by_two: int

    @classmethod
    def of(cls, subset: Subset, owners: NDArray[np.int64], least: int) -> _Repeats:
        kinds, times = np.unique(subset.synthetic, return_counts=True)
        kinds, times = kinds[times >= least], times[times >= least]
        if not kinds.size:
            nothing = np.empty(0, np.int64)
            return cls(nothing, (nothing, nothing), 0)
        place = np.searchsorted(kinds, subset.pool).clip(max=len(kinds) - 1)
        rows = np.flatnonzero((kinds[place] == subset.pool) & subset.held_by_one(owners))
        return cls(times, (rows, times[place[rows]]), subset.shared_by_two(owners))
