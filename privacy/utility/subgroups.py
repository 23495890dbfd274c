"""Whom does it help? The same scores on parts of control; parts of fewer than 11 people are not told."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from privacy.utility.arms import Blend, Plan
from privacy.utility.case import Case, Floats, Ints, Table
from privacy.utility.lift import over_control
from privacy.utility.result import Subgroup, Task
from privacy.utility.scores import main_score
from privacy.utility.trial import Trials
from privacy.wording import SMALL_CELL

TOO_FEW = f"fewer than {SMALL_CELL} people in control"
_TOO_ALIKE = {
    Task.BINARY: f"one of the classes has fewer than {SMALL_CELL} people",
    Task.CLASSES: f"fewer than two classes have {SMALL_CELL} people",
    Task.NUMBER: "the target is constant",
    Task.SURVIVAL: f"fewer than {SMALL_CELL} events",
}


def subgroups(case: Case, wanted: Plan, trials: Trials) -> Iterator[Subgroup]:
    """Every group of every column asked for; the small ones of a column without their names."""
    for column, (whose, names) in case.groups.items():
        small = 0
        for group, name in enumerate(names):
            rows = np.flatnonzero(whose == group)
            part = case.control.take(rows)
            if 0 < part.people < SMALL_CELL:
                small += 1
            elif part.people:
                yield _measured(case, wanted, trials, rows, part, (column, name))
        if small:
            yield Subgroup(column=column, label="smaller levels", reason=TOO_FEW)


def _measured(
    case: Case, wanted: Plan, trials: Trials, rows: Ints, part: Table, called: tuple[str, str]
) -> Subgroup:
    column, label = called
    scored = scored_classes(case, part)
    if scored is None:
        return Subgroup(column=column, label=label, people=part.people, reason=_TOO_ALIKE[case.task])
    score = main_score(case, part, scored)

    def mean(blend: Blend) -> Floats:
        """(1 + weightings,) mean over families and draws."""
        scores: Floats = np.mean(
            [
                score(found[rows], trials.weights[:, rows])
                for family in trials.families
                for found in trials.seen[family, blend].found
            ],
            axis=0,
        )
        return scores

    alone = mean(wanted.alone)
    return Subgroup(
        column=column,
        label=label,
        people=part.people,
        real=float(alone[0]),
        added=over_control(mean(wanted.added) - alone),
        instead=over_control(mean(wanted.instead) - mean(wanted.same)),
    )


def scored_classes(case: Case, control: Table) -> Ints | None:
    """The classes that 11 people of these have, most frequent first; None where there is nothing to score."""
    if case.task is Task.NUMBER:
        return np.zeros(0, np.int64) if np.unique(control.outcome).size > 1 else None
    people = [np.unique(control.person[control.outcome == one]).size for one in range(max(case.classes, 2))]
    enough = np.flatnonzero(np.array(people) >= SMALL_CELL)
    if case.task is Task.SURVIVAL:
        return np.zeros(0, np.int64) if people[1] >= SMALL_CELL else None
    return enough if enough.size >= 2 else None
