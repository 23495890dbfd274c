"""The checker: blind to what is right, not to what is impossible, and strange to who made the rows."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from privacy import Schema, SchemaError, canonical
from tabsynth.check import Checker, Features
from tabsynth.check.checker import _halves
from tabsynth.check.features import MOST_LEVELS


@pytest.fixture
def drawn(people, people_schema):
    def make(rows, seed):
        return canonical(people(rows, seed), people_schema, table="source")

    return make


def independent(frame, seed):
    """The same columns, each shuffled by itself: rows that no person could have."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame({name: frame[name].to_numpy()[rng.permutation(len(frame))] for name in frame}).astype(
        frame.dtypes
    )


def fitted(drawn, people_schema, made, rows=1000, seed=0):
    return Checker.fit(drawn(rows, 1), np.arange(rows), made, people_schema, np.random.default_rng(seed))


def test_rows_of_the_same_kind_are_plausible(drawn, people_schema):
    checker = fitted(drawn, people_schema, drawn(6000, 2))
    odds = checker.odds(drawn(4000, 3))
    assert checker.auc == pytest.approx(0.5, abs=0.05)
    assert (odds < 0.2).mean() < 0.02
    assert np.median(odds) == pytest.approx(1, abs=0.4)


def test_rows_that_no_person_could_have_are_not(drawn, people_schema):
    """Of a pool whose columns are independent, the well who cost something and the sick who do not."""
    made = independent(drawn(8000, 2), 0)
    checker = fitted(drawn, people_schema, made)
    pool = independent(drawn(4000, 3), 1)
    well = pool.diagnosis == "D00"
    impossible = (well & (pool.cost > 0)) | (~well & (pool.cost == 0))
    odds = checker.odds(pool)
    assert checker.auc > 0.65
    assert (odds[impossible] < 0.2).mean() > 0.8
    assert (odds[~impossible] < 0.2).mean() < 0.02


def test_one_person_with_a_thousand_rows_is_in_one_half(drawn):
    units = np.array([7] * 1000 + list(range(100, 1100)))
    half = _halves(units, np.random.default_rng(0))
    assert len(set(half[:1000])) == 1
    assert 0.4 < half[1000:].mean() < 0.6


def test_same_seed_same_odds(drawn, people_schema):
    made, pool = drawn(3000, 2), drawn(500, 3)
    first, second = (fitted(drawn, people_schema, made).odds(pool) for _ in range(2))
    assert np.array_equal(first, second)


def test_levels_never_seen_missing_cells_and_many_levels_have_their_places(people_schema):
    schema = Schema(columns=(people_schema["area"], people_schema["age"]))
    known = pd.DataFrame({"area": [f"A{n}" for n in range(MOST_LEVELS + 50)], "age": 1.0})
    features = Features.of([canonical(known, schema, table="source")], schema)
    asked = pd.DataFrame({"area": ["never", None, "A0"], "age": [None, 5.0, 6.0]})
    matrix = features.matrix(canonical(asked, schema, table="source"))
    assert matrix[0, 0] == MOST_LEVELS
    assert np.isnan(matrix[1, 0])
    assert matrix[2, 0] == features.levels["area"].get_loc("A0")
    assert np.isnan(matrix[0, 1])
    assert features.nominal.tolist() == [True, False]


def test_nothing_to_check_is_said(people_schema):
    with pytest.raises(SchemaError, match="no column is left to check"):
        Features.of([], Schema(columns=(people_schema["person"],), entity="person"))


def test_it_loads_nothing_of_what_makes_the_rows():
    code = (
        "import sys, tabsynth.check;"
        "rooms = ('tabsynth.generators', 'tabsynth.encode', 'tabsynth.select', 'torch');"
        "print([name for name in sys.modules if name.startswith(rooms)])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "[]"
