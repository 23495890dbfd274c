"""A question about three tables in numbers: cells to learn from, outcomes to predict, whose row each is."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from privacy.utility.result import Task

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """cells: (rows, features), numbers as they are, levels as codes common to the three tables, NaN for missing.
    outcome: (rows,) class number, most frequent real class first (-1: no real row has it); the number itself; or
    1 for an event and 0 for censored. time: (rows,) of survival, else zeros. person: (rows,) from 0.
    """

    cells: Floats
    outcome: Floats
    time: Floats
    person: Ints

    def __len__(self) -> int:
        return len(self.outcome)

    def take(self, rows: Ints) -> Table:
        return Table(self.cells[rows], self.outcome[rows], self.time[rows], self.person[rows])

    def followed_by(self, other: Table) -> Table:
        """The rows of both; persons of the other are others."""
        offset = int(self.person.max(initial=-1)) + 1
        return Table(
            np.concatenate([self.cells, other.cells]),
            np.concatenate([self.outcome, other.outcome]),
            np.concatenate([self.time, other.time]),
            np.concatenate([self.person, other.person + offset]),
        )

    @property
    def people(self) -> int:
        return int(np.unique(self.person).size)


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """real, synthetic: what is learnt from. control: real people whom no model and no generator saw.

    nominal: (features,) which cells are codes. classes: how many classes there are, 0 for numbers and survival.
    groups: column -> (control rows,) group of each control row from 0, and what the groups are called.
    """

    task: Task
    features: tuple[str, ...]
    nominal: NDArray[np.bool_]
    classes: int
    real: Table
    synthetic: Table
    control: Table
    groups: dict[str, tuple[Ints, tuple[str, ...]]] = field(default_factory=dict)

    @property
    def horizon(self) -> float:
        """The moment at which survival chances are compared: the median time of a real event."""
        return float(np.median(self.real.time[self.real.outcome == 1]))
