"""Cases with a known answer: people whose classes, numbers and times follow one rule."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from privacy.utility.case import Case, Table
from privacy.utility.result import Task

SLOPES = 0.45 * np.tile([1.0, -1.0], 20)
FEATURES = tuple(f"x{number}" for number in range(40))


def drawn(
    task: Task, rows: int, rng: np.random.Generator, rare: float = 0.3, *, flipped: bool = False
) -> Table:
    """People of one process: forty numbers, two of which act together. flipped: their outcomes turned round."""
    cells = rng.normal(size=(rows, 40))
    drive = cells @ SLOPES + 0.6 * cells[:, 0] * cells[:, 1]
    time = np.zeros(rows)
    drive = -drive if flipped else drive
    if task is Task.SURVIVAL:
        moment, last = rng.exponential(size=rows) / np.exp(drive / 2), rng.exponential(2, rows)
        outcome, time = (moment <= last).astype(float), np.minimum(moment, last)
    elif task is Task.NUMBER:
        outcome = drive + rng.normal(size=rows)
    else:
        # The cut leaves about `rare` of all people above it: drive and noise have one of 3.3.
        cut = 3.3 * {0.1: 1.28, 0.3: 0.52}[rare]
        outcome = (drive + rng.logistic(size=rows) > cut).astype(float)
    return Table(cells, outcome, time, np.arange(rows))


def posed(task: Task, real: Table, synthetic: Table, control: Table) -> Case:
    classes = 2 if task is Task.BINARY else 0
    return Case(task, FEATURES, np.zeros(40, bool), classes, real, synthetic, control)


@pytest.fixture
def people() -> Callable[..., Table]:
    return drawn


@pytest.fixture
def case() -> Callable[..., Case]:
    return posed
