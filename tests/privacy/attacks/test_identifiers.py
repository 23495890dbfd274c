"""Identifiers: real names and numbers in the synthetic table are found, invented ones are not."""

import hashlib

import numpy as np
import pytest

from privacy.attacks.disguises import shift
from privacy.attacks.identifiers import Identifiers
from privacy.evidence import gather
from privacy.result import Status
from privacy.schema import Column, Kind, Role, Schema

SIDE = 300


@pytest.fixture
def attacked(people, people_schema):
    """`attacked(column of synthetic keys)`: the findings, with 300 people in train and as many in control."""

    def run(keys, train_keys=None):
        rows = people(3 * SIDE, 4)
        train, control, synthetic = rows[:SIDE].copy(), rows[SIDE : 2 * SIDE], rows[2 * SIDE :].copy()
        synthetic["person"] = list(keys(train, control))
        if train_keys is not None:
            train["person"] = train_keys
        evidence = gather(train, control, synthetic, people_schema, np.random.default_rng(0))
        return Identifiers().run(evidence, np.random.default_rng(0))

    return run


@pytest.fixture
def attacked_by_number(people, people_schema):
    """The same for a source whose keys are running numbers, dealt out at random."""

    def run(keys):
        rows = people(3 * SIDE, 4)
        rows["person"] = np.random.default_rng(1).permutation(len(rows)) + 1
        train, control, synthetic = rows[:SIDE], rows[SIDE : 2 * SIDE], rows[2 * SIDE :].assign(person=keys)
        evidence = gather(train, control, synthetic, people_schema, np.random.default_rng(0))
        return Identifiers().run(evidence, np.random.default_rng(0))

    return run


def invented(train, control):
    return [f"S{number}" for number in range(SIDE)]


def test_keys_of_train_are_counted_and_the_verdict_rests_on_them(attacked):
    (finding,) = attacked(lambda train, control: [*train["person"][:60], *invented(train, control)[60:]])
    assert (finding.value.successes, finding.value.trials) == (60, SIDE)
    assert finding.control.successes == 0
    assert finding.gating
    assert finding.excess.interval.low > 0.05
    assert finding.columns == ("person",)


@pytest.mark.parametrize(("keys", "status"), [(0, None), (1, "unresolved"), (7, "unresolved"), (60, "leak")])
def test_a_single_key_is_too_many_to_be_called_bounded(attacked, keys, status):
    (finding,) = attacked(lambda train, control: [*train["person"][:keys], *invented(train, control)[keys:]])
    assert finding.status == status
    assert bool(finding.reason) == (status is not None)
    assert ("Invent" in finding.resolve) == (status == "unresolved")


def test_invented_keys_meet_nobody(attacked):
    (finding,) = attacked(invented)
    assert finding.value.successes == finding.control.successes == 0
    assert finding.excess.interval.low <= 0 <= finding.excess.interval.high


def test_values_met_by_chance_are_met_in_control_too(attacked):
    both = lambda train, control: [*train["person"][:50], *control["person"][:50], *invented(0, 0)[100:]]  # noqa: E731
    (finding,) = attacked(both)
    assert finding.value.successes == finding.control.successes == 50
    assert finding.excess.value == 0
    assert finding.excess.interval.low < 0


def test_a_running_number_says_nothing_about_anybody(attacked):
    assert attacked(lambda train, control: [str(number) for number in range(1, SIDE + 1)]) == []


@pytest.mark.parametrize("start", [10_001, 900_001])
def test_a_running_number_from_elsewhere_meets_nobody(attacked_by_number, start):
    """Moved by one constant it would meet half of train's numbers, and of control's."""
    (finding,) = attacked_by_number(np.arange(start, start + SIDE))
    assert finding.value.successes == finding.control.successes == 0
    assert finding.status is None


def test_no_value_stands_in_a_finding(attacked):
    (finding,) = attacked(lambda train, control: train["person"])
    assert finding.value.successes == SIDE
    assert "P000" not in finding.model_dump_json()


def test_a_synthetic_table_without_identifiers_is_not_attacked(people, people_schema):
    rows = people(3 * SIDE, 4)
    synthetic = rows[2 * SIDE :].drop(columns="person")
    evidence = gather(rows[:SIDE], rows[SIDE : 2 * SIDE], synthetic, people_schema, np.random.default_rng(0))
    assert Identifiers().requires(people_schema) is None
    assert Identifiers().run(evidence, np.random.default_rng(0)) == []


def test_gaps_are_nobodys(attacked):
    with_gaps = lambda train, control: [None] * 20 + list(train["person"][20:40]) + invented(0, 0)[40:]  # noqa: E731
    (finding,) = attacked(with_gaps)
    assert finding.value.successes == 20


def test_names_that_people_share_decide_nothing_unless_train_has_more(people, people_schema):
    """Forty names among all: met by chance on both sides. Names of train alone are another matter."""
    named = Column(name="full_name", kind=Kind.TEXT, role=Role.IDENTIFIER)
    schema = Schema(columns=(*people_schema.columns, named), entity="person")
    rows = people(3 * SIDE, 4).assign(full_name=[f"Name {number % 40}" for number in range(3 * SIDE)])
    train, control, fresh = rows[:SIDE], rows[SIDE : 2 * SIDE], rows[2 * SIDE :].drop(columns="person")

    def finding(control):
        evidence = gather(train, control, fresh, schema, np.random.default_rng(0))
        (found,) = Identifiers().run(evidence, np.random.default_rng(0))
        return found

    by_chance = finding(control)
    assert by_chance.value.value == by_chance.control.value == 1.0
    assert not by_chance.gating
    assert finding(control.assign(full_name="Somebody")).gating


def test_a_key_on_several_rows_of_one_person_is_still_one_persons(attacked):
    keys = [f"P{number // 2:06d}" for number in range(SIDE)]
    (finding,) = attacked(lambda train, control: [keys[0], *invented(0, 0)[1:]], train_keys=keys)
    assert finding.gating
    assert finding.status is not None, "one real key met is never for the policy to tolerate"


def digest(name):
    return lambda key: hashlib.new(name, key.encode()).hexdigest()


DISGUISES = {
    "backwards": lambda key: key[::-1],
    "hashed with MD5": digest("md5"),
    "hashed with SHA-1": digest("sha1"),
    "hashed with SHA-256": digest("sha256"),
}


@pytest.mark.parametrize("name", DISGUISES)
def test_a_key_in_disguise_is_still_that_key(attacked, name):
    long_keys = [f"PAT-{number:08d}" for number in range(SIDE)]
    disguised = lambda train, control: [DISGUISES[name](key) for key in long_keys]  # noqa: E731
    (finding,) = attacked(disguised, train_keys=long_keys)
    assert finding.value.successes == SIDE
    assert finding.control.successes == 0
    assert finding.status is Status.LEAK


def test_numbers_moved_by_one_constant_are_found_and_others_are_not():
    rng = np.random.default_rng(3)
    pool, strangers = rng.choice(10**9, 900, replace=False).astype(float), rng.choice(10**9, 300) + 0.0
    assert shift(pool, pool[:300] + 123_456, rng) == 123_456
    assert shift(pool, strangers, rng) is None
    assert shift(pool, np.full(3, np.nan), rng) is None


def test_moved_record_numbers_are_a_leak(attacked):
    numbers = np.random.default_rng(3).choice(10**9, SIDE, replace=False)
    (finding,) = attacked(
        lambda train, control: [str(n + 777) for n in numbers], train_keys=[str(n) for n in numbers]
    )
    assert finding.value.successes == SIDE
    assert finding.status is Status.LEAK
