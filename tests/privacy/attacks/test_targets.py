"""Whole people, equally many of train and control, whatever the sizes of the tables."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from privacy.attacks.targets import draw_targets, equally_many, people
from privacy.evidence import gather
from privacy.schema import Column, Kind, Role, Schema

VISITS = Schema(
    columns=(
        Column(name="person", kind=Kind.ID, role=Role.IDENTIFIER),
        Column(name="x", kind=Kind.NUMERIC),
    ),
    entity="person",
)


def _visits(first: int, count: int) -> pd.DataFrame:
    """Every person has one visit, or three when the number is even."""
    numbers = np.arange(first, first + count)
    owner = np.repeat(numbers, np.where(numbers % 2 == 0, 3, 1))
    x = np.random.default_rng(first).normal(size=len(owner))
    return pd.DataFrame({"person": [f"P{n}" for n in owner], "x": x})


def test_one_row_a_person_and_as_many_people_on_both_sides() -> None:
    rng = np.random.default_rng(0)
    found = gather(_visits(0, 60), _visits(60, 20), _visits(80, 60), VISITS, rng)
    train_owner, control_owner = people(found)
    train, control = draw_targets(found, 1000, rng)
    assert len(train) == len(control) == 20
    assert len(set(train_owner[train])) == len(set(control_owner[control])) == 20
    assert len(draw_targets(found, 7, rng)[0]) == 7

    train, control = equally_many(found, 1000, rng)
    assert len(set(train_owner[train])) == 20 and len(control) == len(found.control)
    kept = np.isin(train_owner, train_owner[train])
    assert set(np.flatnonzero(kept)) == set(train), "all rows of a chosen person, or none"


def test_without_an_entity_equal_rows_are_different_people() -> None:
    schema = Schema(columns=(Column(name="x", kind=Kind.CATEGORICAL),))
    frames = [pd.DataFrame({"x": ["a"] * rows}) for rows in (40, 30, 40)]
    found = gather(*frames, schema, np.random.default_rng(0))
    train, control = draw_targets(found, 1000, np.random.default_rng(0))
    assert len(set(train)) == len(set(control)) == 30


def test_every_person_may_be_drawn(evidence: Callable[..., object]) -> None:
    found = gather(_visits(0, 30), _visits(30, 10), _visits(40, 30), VISITS, np.random.default_rng(0))
    rng = np.random.default_rng(1)
    seen = set()
    for _ in range(60):
        seen.update(draw_targets(found, 1000, rng)[0])
    assert seen == set(range(len(found.train)))
