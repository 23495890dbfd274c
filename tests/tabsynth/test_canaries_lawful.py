"""Canaries under rules: persons whom the source could hold, or the attack would look for what is always cut."""

import numpy as np
import pandas as pd

from privacy import Column, Kind, Schema, Skipped, silent
from tabsynth.config import checked_config
from tabsynth.pipeline.canaries import Sort
from tabsynth.pipeline.lawful import lawful_canaries
from tabsynth.pipeline.one_run import canary_findings
from tests.tabsynth.test_canaries import Memoriser, test_only_generators  # noqa: F401

NUMBERS = ("paid", "owed", "total", "age")
SCHEMA = Schema(
    columns=(
        *(Column(name=name, kind=Kind.NUMERIC, decimals=0) for name in NUMBERS),
        Column(name="town", kind=Kind.CATEGORICAL),
        Column(name="county", kind=Kind.CATEGORICAL),
    )
)
RULES = (
    {"rule": "order", "columns": ["paid", "owed"]},
    {"rule": "sum", "total": "total", "parts": ["paid", "owed"]},
    {"rule": "range", "column": "age", "minimum": 0, "maximum": 120},
    {"rule": "dependency", "given": ["town"], "gives": "county"},
)


def accounts(rows: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    owed = rng.integers(100, 1000, rows).astype(float)
    paid = np.floor(owed * rng.random(rows))
    town = rng.integers(0, 40, rows)
    return pd.DataFrame(
        {
            **{"paid": paid, "owed": owed, "total": paid + owed, "age": rng.integers(18, 95, rows) + 0.0},
            **{"town": [f"t{each}" for each in town], "county": [f"c{each % 7}" for each in town]},
        }
    )


def canaries(rules=RULES, seed=0):
    train = accounts(1000, 0)
    config = checked_config(rules=rules)
    return train, lawful_canaries(train, SCHEMA, config.rules, 90, 10, np.random.default_rng(seed))


def test_every_canary_meets_every_rule_and_no_sort_is_forgotten():
    train, made = canaries()
    frame = made.frame
    typical, isolated, foreign = ((made.sorts == sort).sum() for sort in Sort)
    assert typical == isolated == 30
    assert 10 <= foreign <= 30
    assert (frame.paid <= frame.owed).all()
    assert (frame.total == frame.paid + frame.owed).all()
    assert frame.age.between(0, 120).all()
    county = dict(zip(train.town, train.county, strict=True))
    known = frame.town.isin(list(county))
    assert (frame.county[known] == frame.town[known].map(county)).all()


def test_marks_are_where_the_rules_leave_room_and_still_there():
    columns = set()
    for seed in range(8):
        _, made = canaries(seed=seed)
        columns |= {mark.column for mark in made.marks.values()}
        assert all(made.frame[mark.column][canary] == mark.value for canary, mark in made.marks.items())
        assert all(made.sorts[canary] == Sort.FOREIGN for canary in made.marks)
    assert columns == {"paid", "owed", "town"}


def test_without_rules_they_are_anybody():
    _, made = canaries(rules=())
    assert (made.frame.paid > made.frame.owed).any()
    assert "age" in {mark.column for mark in made.marks.values()}


def test_a_memoriser_is_caught_under_rules():
    config = checked_config(generator="memoriser", rules=RULES)
    train = accounts(3000, 1)
    guessed, beyond = canary_findings(train, train.iloc[:0], SCHEMA, config, np.random.default_rng(0), silent)
    assert guessed.value.value > 0.75
    assert guessed.also["epsilon, lower bound"].value > 0.5
    assert beyond.value.trials > 5


def test_where_nobody_else_could_be_nobody_is_looked_for():
    """Every account has a number of its own, so that only new numbers are allowed, which are few."""
    train = accounts(1000, 2).assign(age=np.arange(1000) + 0.0)
    config = checked_config(generator="memoriser", rules=({"rule": "unique", "columns": ["age"]},))
    (told,) = canary_findings(train, train.iloc[:0], SCHEMA, config, np.random.default_rng(0), silent)
    assert isinstance(told, Skipped)
    assert told.reason == "fewer than 12 made-up persons meet the rules"
