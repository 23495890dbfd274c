"""How many rows are used: a bound on the time it takes, said where it bites."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from privacy.utility.case import Case, Ints, Table
from privacy.utility.result import Task

MOST_LEARNT = 10_000
"""Real rows, and as many synthetic ones."""

MOST_SCORED = 10_000
MOST_PAIRED = 3_000
"""Control rows of survival, all pairs of which are compared."""


def capped(case: Case, rng: np.random.Generator) -> tuple[Case, list[str]]:
    """The case with random people, and a sentence for each table that was cut."""
    scored = MOST_PAIRED if case.task is Task.SURVIVAL else MOST_SCORED
    kept: dict[str, Ints] = {}
    notes = []
    for name, table, most in (
        ("real", case.real, MOST_LEARNT),
        ("synthetic", case.synthetic, MOST_LEARNT),
        ("control", case.control, scored),
    ):
        kept[name] = _some_people(table, most, rng)
        if len(kept[name]) < len(table):
            notes.append(
                f"Of the {name} table {len(kept[name]):,} of {len(table):,} rows are used, at random."
            )
    return (
        replace(
            case,
            real=case.real.take(kept["real"]),
            synthetic=case.synthetic.take(kept["synthetic"]),
            control=case.control.take(kept["control"]),
            groups={name: (whose[kept["control"]], called) for name, (whose, called) in case.groups.items()},
        ),
        notes,
    )


def _some_people(table: Table, most: int, rng: np.random.Generator) -> Ints:
    """(rows,) all rows of random people, `most` at most (of one person with more, all the same)."""
    if len(table) <= most:
        return np.arange(len(table))
    people, whose = np.unique(table.person, return_inverse=True)
    order = rng.permutation(people.size)
    gathered = np.cumsum(np.bincount(whose)[order])
    chosen = np.zeros(people.size, bool)
    chosen[order[: max(int(np.searchsorted(gathered, most, side="right")), 1)]] = True
    return np.flatnonzero(chosen[whose])
