"""The line from a need to its rows: what is asked is met, what is cut is counted, who checks never taught."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

from privacy import Column, Event, Kind, Schema, canonical, silent
from tabsynth.check import FEWEST_PEOPLE, Checker
from tabsynth.config import checked_config
from tabsynth.factory import Funnel, make, not_attacked
from tabsynth.factory.filters import Different, Expected, Plausible, are_equals_strange
from tabsynth.factory.making import _apart
from tabsynth.rules import Cuts
from tabsynth.split import split


def learning(people, people_schema, rows=3000, **config):
    """Sides of a table, and the configuration of a quick run."""
    table = canonical(people(rows, 5), people_schema, table="source")
    sides = split(table, people_schema, key=b"k" * 32)
    return sides, checked_config(**{"generator": "tree", **config})


def made(people, people_schema, rows=3000, seed=0, **config):
    sides, run = learning(people, people_schema, rows, **config)
    rng = np.random.default_rng(seed)
    return make(sides.train, sides.development, people_schema, run, rng, silent, lambda stage: None)


# --- the funnel


@given(st.integers(0, 50), st.lists(st.integers(0, 50), max_size=5), st.integers(0, 60))
def test_rows_in_are_rows_cut_and_rows_out(released, cut, not_chosen):
    by_rule = tuple((f"rule {number}", rows) for number, rows in enumerate(cut))
    funnel = Funnel.of(Cuts(released + not_chosen * bool(cut) + sum(cut), by_rule), released)
    assert funnel.rows_out == released
    assert funnel.rows_in == released + sum(rows for _, rows in funnel.gates)


def test_a_funnel_by_hand():
    funnel = Funnel.of(Cuts(1000, (("age >= 18", 100), ("plausible", 50))), 170)
    assert funnel.lines() == [
        "funnel: 1,000 rows drawn, 170 left",
        "  cut 100 that failed: age >= 18",
        "  cut 50 that failed: plausible",
        "  cut 680 that failed: chosen for its margins",
    ]
    assert Funnel.of(Cuts(0, ()), 30) == Funnel(30, ())


# --- who checks


def test_nobody_tunes_and_checks(people, people_schema):
    frame = canonical(people(1000, 1), people_schema, table="source")
    twice = pd.concat([frame, frame.head(300)], ignore_index=True)
    tuning, checking = _apart(twice, people_schema, checked_config(), np.random.default_rng(0))
    assert not set(tuning.person) & set(checking.person)
    assert len(tuning) + len(checking) == len(twice)
    assert len(checking) > 400


def test_too_few_to_check_by_all_tune(people, people_schema):
    frame = canonical(people(FEWEST_PEOPLE, 1), people_schema, table="source")
    tuning, checking = _apart(frame, people_schema, checked_config(), np.random.default_rng(0))
    assert len(tuning) == len(frame)
    assert checking.empty
    for few in (0, 1, 2):
        assert (
            len(_apart(frame.head(few), people_schema, checked_config(), np.random.default_rng(0))[0]) == few
        )
    unfiltered = checked_config(filter={"plausibility": 0})
    large = canonical(people(2000, 1), people_schema, table="source")
    assert _apart(large, people_schema, unfiltered, np.random.default_rng(0))[1].empty


# --- what is cut


def test_what_no_person_could_be_is_cut(people, people_schema):
    """A copula draws people who are well and cost something; another checker finds half as many or fewer."""
    filtered = made(people, people_schema, generator="copula", rows=6000)
    free = made(people, people_schema, generator="copula", rows=6000, filter={"plausibility": 0})
    assert filtered.funnel.gates[0][1] > 50
    assert free.checker is None

    fresh = canonical(people(3000, 9), people_schema, table="source")
    pilot = canonical(free.table.assign(person="x"), people_schema, table="source")
    judge = Checker.fit(fresh, np.arange(3000), pilot, people_schema, np.random.default_rng(1))
    implausible = [
        float((judge.odds(canonical(each.table, people_schema, table="source")) < 0.2).mean())
        for each in (filtered, free)
    ]
    assert implausible[0] < implausible[1] / 2


def test_what_surprises_the_generator_more_than_people_do_is_cut(people, people_schema):
    tree = made(people, people_schema, rows=6000, filter={"plausibility": 0, "surprise": 0.05})
    asks, cut = tree.funnel.gates[0]
    assert asks == "it surprises the generator no more than all but 0.05 of the people set aside"
    assert 0.005 < cut / tree.funnel.rows_in < 0.1
    assert "; no attack is aimed at them" in not_attacked(tree)[0].reason


@pytest.mark.parametrize(
    ("run", "why"),
    [
        ({"generator": "copula"}, "copula cannot tell"),
        ({"filter": {"surprise": 0.001}}, "fewer than 10 people"),
        ({"rows": 200, "filter": {"surprise": 0.4}}, "fewer than 10 people"),
    ],
)
def test_a_surprise_that_nobody_can_bound_cuts_nothing_and_it_is_said(people, people_schema, run, why):
    sides, config = learning(people, people_schema, **{"filter": {"surprise": 0.2}, **run})
    said: list[Event] = []
    rng = np.random.default_rng(0)
    done = make(sides.train, sides.development, people_schema, config, rng, said.append, lambda stage: None)
    assert not any("surprises" in asks for asks, _ in done.funnel.gates)
    assert any(event.note and why in event.note for event in said)


def test_a_person_with_many_rows_counts_once_in_the_bound(people, people_schema):
    tree = made(people, people_schema, filter={"plausibility": 0}).model
    frame = canonical(people(100, 7), people_schema, table="source")
    twice = pd.concat([frame, *[frame.head(1)] * 900], ignore_index=True)
    bounds = [
        Expected.by(tree, rows, np.unique(rows.person, return_inverse=True)[1], 0.2)
        for rows in (frame, twice)
    ]
    assert bounds[0].nats == bounds[1].nats
    assert Expected.by(tree, frame, np.arange(100), 0.05) is None


def test_equal_rows_are_cut_only_where_people_hardly_have_equals(people, people_schema):
    frame = canonical(people(1000, 1), people_schema, table="source")
    columns = ("age", "sex", "area", "admitted", "diagnosis", "smoker", "cost")
    assert are_equals_strange(frame, frame, columns, 1000)
    assert not are_equals_strange(frame, frame, ("sex", "smoker"), 1000)
    assert not are_equals_strange(frame.iloc[:0], frame, columns, 1000)
    assert not are_equals_strange(frame, pd.concat([frame.head(10)] * 50), columns, 1000), "it has no others"
    twins = pd.DataFrame({"sex": ["female", None, "female", None], "age": [1.0, 2.0, 1.0, 2.0]})
    rule = Different(columns=("sex", "age"))
    assert rule.valid(twins, people_schema).tolist() == [True, True, False, False]
    assert rule.bound(twins).all(), "a gap equals a gap"


def coarse(rows: int) -> tuple[pd.DataFrame, Schema]:
    """Eight columns of four levels: 65,536 kinds of rows, of which few hundred people hardly share one."""
    rng = np.random.default_rng(0)
    names = [f"c{number}" for number in range(8)]
    frame = pd.DataFrame({name: rng.integers(0, 4, rows).astype(str) for name in names})
    return frame, Schema(columns=tuple(Column(name=name, kind=Kind.CATEGORICAL) for name in names))


def made_of(frame, schema, **config):
    """Without anybody set aside."""
    run = checked_config(generator="copula", **config)
    rng = np.random.default_rng(0)
    return make(frame, frame.iloc[:0], schema, run, rng, silent, lambda stage: None)


def test_many_rows_of_few_kinds_are_drawn_as_they_come():
    """Were each kind let through once, the rare would be as common as the common."""
    done = made_of(*coarse(400), rows=30_000)
    assert done.funnel.rows_in == len(done.table) == 30_000
    assert done.table.duplicated().mean() > 0.1


def test_a_table_of_twelve_rows_is_made(people, people_schema):
    """Its model hardly draws two different rows, and no filter that nobody asked for may stop it."""
    frame = canonical(people(12, 1), people_schema, table="source")
    assert len(made_of(frame, people_schema).table) == 12


def test_of_a_model_that_is_seen_through_the_better_half_is_left(people, people_schema):
    """Costs a million higher: the odds of all rows are tiny, and cut is the half that is worse than usual."""
    frame = canonical(people(2000, 1), people_schema, table="source")
    fake = canonical(people(4000, 2), people_schema, table="source")
    fake = fake.assign(cost=fake.cost + 1e6)
    checker = Checker.fit(frame, np.arange(2000), fake, people_schema, np.random.default_rng(0))
    assert checker.auc > 0.9
    assert Plausible.by(replace(checker, usual=0.001), 0.2).odds == 0.001
    assert Plausible.by(replace(checker, usual=1.1), 0.2).odds == 0.2
    left = Plausible.by(checker, 0.99).valid(fake, people_schema)
    assert left.mean() > 0.4


def test_every_row_of_a_release_is_different(people, people_schema):
    done = made(people, people_schema, rows=2000)
    assert not done.table.drop(columns="person").duplicated().any()
    assert done.funnel.rows_out == len(done.table)


def test_the_choice_for_margins_comes_last_and_is_counted(people, people_schema):
    done = made(people, people_schema, rows=2000, candidates=3)
    asked, cut = done.funnel.gates[-1]
    assert asked == "chosen for its margins"
    assert cut >= 2 * len(done.table) * 0.9
    assert done.funnel.rows_out == len(done.table)
