"""Leaks on purpose, through the front door: what must fail fails, what is clean never does.

The doses here are large, so that one draw decides; how small a leak is seen, and how often a clean table is
blamed, is measured over many draws in tests/privacy/gate and in tests/privacy/test_false_alarms.py.
"""

import numpy as np
import pandas as pd
import pytest

import privacy
from privacy.result import Outcome

ROWS = 2000
ATTACKS = ["memorisation", "identifiers"]


@pytest.fixture
def sides(people):
    """Train, control and fresh rows: three independent draws of one population, other persons each."""
    drawn = [people(ROWS, seed) for seed in (11, 12, 13)]
    drawn[1]["person"] = [f"C{number}" for number in range(ROWS)]
    return drawn[0], drawn[1], drawn[2].drop(columns="person")


def outcome(train, control, synthetic, schema, attacks=ATTACKS):
    result = privacy.audit(train, control, synthetic, schema, random_state=1, attacks=attacks)
    return result.verdict.outcome, result


def swapped(rows: pd.DataFrame, column: str, rng: np.random.Generator) -> pd.DataFrame:
    return rows.assign(**{column: rng.permutation(rows[column].to_numpy())})


def noised(rows: pd.DataFrame, rng: np.random.Generator, scale: float) -> pd.DataFrame:
    age = rows["age"] + rng.normal(0, scale * rows["age"].std(), len(rows))
    cost = rows["cost"] + rng.normal(0, scale * rows["cost"].std(), len(rows))
    return rows.assign(age=age.round(), cost=cost.round(2))


LEAKS = {
    "a copy of train": lambda train, fresh, rng: train,
    "a copy of train, shuffled": lambda train, fresh, rng: train.sample(frac=1, random_state=2),
    "train twice": lambda train, fresh, rng: pd.concat([train, train]),
    "a tenth of train among fresh rows": lambda train, fresh, rng: pd.concat([fresh, train[: ROWS // 10]]),
    "a tenth of train, one column swapped": lambda train, fresh, rng: pd.concat(
        [fresh, swapped(train[: ROWS // 10], "area", rng)]
    ),
    "train with 1 % noise": lambda train, fresh, rng: noised(train, rng, 0.01),
    "half of train resampled": lambda train, fresh, rng: train[: ROWS // 2].sample(
        ROWS, replace=True, random_state=3
    ),
}


@pytest.mark.parametrize("leak", LEAKS, ids=str)
def test_a_leak_fails(sides, people_schema, leak):
    train, control, fresh = sides
    synthetic = LEAKS[leak](train.drop(columns="person"), fresh, np.random.default_rng(4))
    found, result = outcome(train, control, synthetic, people_schema)
    assert found is Outcome.FAIL, result.verdict.sentence


def test_real_names_beside_clean_rows_fail(sides, people_schema):
    """No other column gives anything away; the key of every train person stands in the synthetic table."""
    train, control, fresh = sides
    named = fresh.assign(person=train["person"].sample(frac=1, random_state=6).to_numpy())
    found, result = outcome(train, control, named, people_schema)
    assert found is Outcome.FAIL
    assert "identifier" in " ".join(result.verdict.reasons)
    numbered = fresh.assign(person=np.arange(len(fresh)))
    assert outcome(train, control, numbered, people_schema)[0] is not Outcome.FAIL


SPELLINGS = {
    "in capitals": lambda keys: keys.str.upper(),
    "with a blank": lambda keys: keys + " ",
    "without its dash": lambda keys: keys.str.replace("-", ""),
}


def test_keys_that_read_as_enormous_numbers_are_only_keys(sides, people_schema):
    """Hexadecimal keys do; pandas' own reader of numbers dies of them, and with it the audit."""
    train, control, fresh = sides
    keyed = fresh.assign(person=[f"{number}e{2**31 + number}" for number in range(ROWS)])
    assert outcome(train, control, keyed, people_schema)[0] is not Outcome.FAIL


@pytest.mark.parametrize("spelling", SPELLINGS, ids=str)
def test_real_keys_spelt_otherwise_fail(sides, people_schema, spelling):
    train, control, fresh = (table.copy() for table in sides)
    train["person"], control["person"] = (
        pd.Series([f"{side}-é{number}" for number in range(ROWS)]) for side in ("person", "other")
    )
    named = fresh.assign(
        person=SPELLINGS[spelling](train["person"]).sample(frac=1, random_state=6).to_numpy()
    )
    assert outcome(train, control, named, people_schema)[0] is Outcome.FAIL


def test_real_record_numbers_in_a_row_fail(sides, people_schema):
    """Running numbers are invented only where they count the rows; these run from train's first number."""
    train, control, fresh = (table.copy() for table in sides)
    train["person"], control["person"] = np.arange(ROWS) + 5_000, np.arange(ROWS) + 5_000 + ROWS
    numbered = fresh.assign(person=train["person"].sample(frac=1, random_state=6).to_numpy())
    assert outcome(train, control, numbered, people_schema)[0] is Outcome.FAIL


def test_fresh_rows_never_fail_and_independent_columns_neither(sides, people_schema):
    train, control, fresh = sides
    assert outcome(train, control, fresh, people_schema)[0] is not Outcome.FAIL
    rng = np.random.default_rng(5)
    independent = fresh
    for column in fresh.columns:
        independent = swapped(independent, column, rng)
    assert outcome(train, control, independent, people_schema)[0] is not Outcome.FAIL


def test_control_rows_in_the_synthetic_table_are_no_pass(sides, people_schema):
    """Then somebody opened the sealed control: the audit's yardstick is worth nothing."""
    train, control, _ = sides
    found, result = outcome(train, control, control.drop(columns="person"), people_schema)
    assert found is Outcome.INCONCLUSIVE
    assert any(not check.passed for check in result.checks)


def test_apostrophes_do_not_hide_a_copy(sides, people_schema):
    train, control, _ = sides
    named = [table.assign(diagnosis="O'Brien's " + table["diagnosis"]) for table in (train, control)]
    assert outcome(*named, named[0].drop(columns="person"), people_schema)[0] is Outcome.FAIL


def test_a_twin_does_not_hide_a_leak(sides, people_schema):
    """Three equal rows a person: copies of repeated persons are seen, because persons count, not rows."""
    train, control, fresh = (pd.concat([table[:900]] * 3) for table in sides)
    synthetic = pd.concat([fresh, train.drop(columns="person")[:270]])
    assert outcome(train, control, synthetic, people_schema)[0] is Outcome.FAIL


def test_thirty_control_rows_cannot_tell(sides, people_schema):
    train, control, fresh = sides
    found, result = outcome(train, control[:30], fresh, people_schema)
    assert found is Outcome.INCONCLUSIVE
    assert result.verdict.resolve, "it must say what would resolve it"


def test_a_control_from_another_population_cannot_tell(sides, people_schema):
    """A control of another year makes every generator look leaky; the audit notices and does not answer."""
    train, control, fresh = sides
    drifted = control.assign(age=np.minimum(control["age"] + 15, 99), cost=control["cost"] * 3)
    found, result = outcome(train, drifted, fresh, people_schema)
    assert found is Outcome.INCONCLUSIVE, result.verdict.sentence


def test_a_copy_in_other_units_and_spelling_is_no_pass(sides, people_schema):
    """It is near to nobody, so nothing can be bounded; one pooled word for rare levels is no such thing."""
    train, control, fresh = sides
    disguised = train.drop(columns="person").assign(
        age=train["age"] * 12, cost=train["cost"] * 1000, area=train["area"].str.lower()
    )
    found, result = outcome(train, control, disguised, people_schema)
    assert found is not Outcome.PASS
    assert {"age", "area"} <= {word for s in result.skipped for word in s.reason.replace(":", "").split()}
    pooled = fresh.assign(area=fresh["area"].where(fresh["area"].isin(["A01", "A02", "A03"]), "other"))
    _, result = outcome(train, control, pooled, people_schema)
    assert not [skipped for skipped in result.skipped if skipped.name == "comparable values"]


@pytest.mark.parametrize(("met", "expected"), [(3, Outcome.INCONCLUSIVE), (60, Outcome.FAIL)])
def test_a_few_real_keys_are_never_bounded(sides, people_schema, met, expected):
    """Nobody shares a patient number: three met, and none of control's, is not chance to be tolerated."""
    train, control, fresh = sides
    keys = [*train["person"][:met], *(f"S{number}" for number in range(len(fresh) - met))]
    assert outcome(train, control, fresh.assign(person=keys), people_schema)[0] is expected
