"""The line from a need to its rows: what is asked is met, what is cut is counted, who checks never taught."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

from privacy import Column, ConfigError, Event, Kind, Schema, canonical, silent
from privacy.schema_file import save_schema
from tabsynth.check import FEWEST_PEOPLE, Checker
from tabsynth.config import checked_config
from tabsynth.factory import Funnel, make, not_attacked, require_possible, segments_of
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
        "  cut 100: age >= 18",
        "  cut 50: plausible",
        "  cut 680: chosen for its margins",
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


# --- what is asked


NEED = {
    "segments": [
        {"name": "smokers", "where": "smoker = TRUE", "share": 0.6},
        {"name": "old", "where": "smoker = FALSE AND age >= 70", "rows": 500},
        {"name": "women", "where": "sex = 'female'"},
    ]
}


def test_stated_shares_are_met_exactly_and_rest_on_so_many_persons(people, people_schema):
    sides, run = learning(people, people_schema, 4000, need=NEED)
    run = run.model_copy(update={"rows": 2000})
    rng = np.random.default_rng(0)
    done = make(sides.train, sides.development, people_schema, run, rng, silent, lambda stage: None)
    smokes = done.table.smoker.astype(bool)
    assert smokes.sum() == 1200
    assert (~smokes & (done.table.age >= 70)).sum() == 500
    persons = int((sides.train.smoker == "true").sum())
    told = f"segment smokers: 1,200 rows rest on about {persons // 10 * 10:,} persons; can be learnt"
    assert done.facts()["need"][0] == told
    assert "checking persons" in [skip.name for skip in not_attacked(done)]

    smokers, old, women = segments_of(done, sides.train, sides.control.open())
    assert (smokers.name, smokers.synthetic.sum(), old.synthetic.sum()) == ("smokers", 1200, 500)
    assert (smokers.share, old.share, women.share) == (0.6, 0.25, None)
    assert smokers.train.sum() == persons
    assert women.synthetic.sum() == (done.table.sex == "female").sum()


def test_a_segment_of_nobody_is_refused_before_any_training(people, people_schema):
    sides, run = learning(
        people, people_schema, need={"segments": [{"name": "ancient", "where": "age > 99"}]}
    )
    stages = []
    with pytest.raises(ConfigError, match="segment ancient: would be invention: fewer than 10 persons"):
        make(
            *(sides.train, sides.development, people_schema, run, np.random.default_rng(0)),
            lambda event: stages.append(event.stage),
            lambda stage: None,
        )
    assert set(stages) == {"need"}


@pytest.fixture
def written(tmp_path, people, people_schema, small_policy):
    people(4000, 5).to_parquet(tmp_path / "source.parquet")
    save_schema(people_schema, tmp_path / "schema.toml")
    (tmp_path / "key").write_text("ab" * 32)
    (tmp_path / "policy.toml").write_text(small_policy)
    return tmp_path


def released(tabsynth, folder, run, *more):
    (folder / "run.toml").write_text(f"seed = 3\ngenerator = 'tree'\n{run}\n")
    given = {"--schema": "schema.toml", "--key": "key", "--config": "run.toml", "--out": "out"}
    options = [part for name, file in given.items() for part in (name, folder / file)]
    return tabsynth("release", folder / "source.parquet", *options, *more)


def test_a_need_goes_in_and_its_audited_table_comes_out(tabsynth, written):
    run = """
        rows = 2400
        [need]
        gap = "few smokers"
        target = "diagnosis"
        [[need.segments]]
        name = "smokers"
        where = "smoker = TRUE"
        share = 0.5
        [need.at_least]
        "diversity/entropy ratio" = 0.5
        "use/score of what was learnt" = 0.55
        [pipeline]
        refit = 0
        canaries = 0
    """
    done = released(tabsynth, written, run, "--policy", written / "policy.toml")
    assert done.code == 0, done.talk
    assert "segment smokers: 1,200 rows rest on" in done.talk
    manifest, audit = (
        json.loads((written / "out" / f"{name}.json").read_text()) for name in ("manifest", "audit")
    )
    assert manifest["facts"]["funnel"]["rows_out"] == 2400
    assert manifest["config"]["need"]["gap"] == "few smokers"
    asked = audit["policy"]["at_least"]
    assert asked["use/score of what was learnt"] == 0.55
    assert asked["diversity/entropy ratio"] > 0.5, "of two bounds the stricter stands"
    (use,) = (measure for measure in audit["fidelity"] if measure["group"] == "use")
    assert use["value"] > 0.55 and use["columns"] == ["diagnosis"]
    named = [finding["name"] for finding in audit["findings"]]
    assert "segment smokers: closest records" in named
    skipped = {skip["name"] for skip in audit["skipped"]}
    assert "checking persons" in skipped
    assert tabsynth("verify", written / "out").code == 0


MISTYPED = """
name = "ours"
version = "1"
[at_most]
"classifier/clasifier" = 0.6
[sources]
alpha = "convention"
odds = "our board"
"at_most.classifier/clasifier" = "our board"
"""


@pytest.mark.parametrize("where", ["need", "policy"])
def test_a_mistyped_floor_is_refused_before_any_work_and_is_no_attempt(tabsynth, written, where):
    folder = written
    (folder / "ours.toml").write_text(MISTYPED)
    mistyped = {
        "need": "[need.at_most]\n'classifier/clasifier' = 0.6\n",
        "policy": f"policy = '{folder / 'ours.toml'}'\n",
    }
    (folder / "run.toml").write_text(mistyped[where])
    made_of = (folder / "source.parquet", "--schema", folder / "schema.toml", "--config", folder / "run.toml")
    kept = ("--key", folder / "key", "--ledger", folder / "ledger", "--out", folder / "out")
    for line in (("release", *made_of, *kept), ("describe", *made_of, "--gap")):
        done = tabsynth(*line)
        assert (done.code, done.data, done.talk.count("\n")) == (2, "", 1), done.talk
        assert "the nearest is classifier/classifier two-sample test, AUC" in done.talk
    assert not (folder / "ledger").exists() and not (folder / "out").exists()


def test_the_policy_of_an_audit_is_read_before_its_tables(tabsynth, tmp_path):
    (tmp_path / "ours.toml").write_text(MISTYPED)
    tables = [
        part for side in ("train", "control", "synthetic") for part in (f"--{side}", tmp_path / "no.csv")
    ]
    done = tabsynth("audit", *tables, "--policy", tmp_path / "ours.toml", "--out", tmp_path / "out")
    assert done.code == 2
    assert "policy ours, key at_most.classifier/clasifier: no such measure" in done.talk


def test_a_table_below_what_the_need_asks_for_does_not_leave(tabsynth, written):
    run = "rows = 2400\n[need.at_least]\n'diversity/entropy ratio' = 1.1\n[pipeline]\nrefit = 0\ncanaries = 0"
    done = released(tabsynth, written, run, "--policy", written / "policy.toml")
    assert done.code == 1, done.talk
    assert "not what the policy asks for" in done.talk
    assert not (written / "out" / "data.parquet").exists()


@pytest.mark.parametrize(
    ("run", "said"),
    [
        ("[[need.segments]]\nname = 'a'\nwhere = 'smoker = TRUE'\nshare = 1.5", "share"),
        (
            "[[need.segments]]\nname = 'a'\nwhere = 'age < 30'\nshare = 0.7\n"
            "[[need.segments]]\nname = 'b'\nwhere = 'age > 40'\nshare = 0.5",
            "sum to 120",
        ),
        (
            "[[need.segments]]\nname = 'a'\nwhere = 'age < 40'\nshare = 0.2\n"
            "[[need.segments]]\nname = 'b'\nwhere = 'age < 30'\nshare = 0.5",
            "segment b: a row can meet this condition and that of segment a",
        ),
        ("[[need.segments]]\nname = 'a'\nwhere = 'age < 30 AND age > 40'\nshare = 0.7", "invention"),
        ("[[need.segments]]\nname = 'a'\nwhere = 'height > 2'", "segment a"),
        ("[[need.segments]]\nname = 'a'\nwhere = 'age <'", "segment a"),
        ("rows = 100\n[[need.segments]]\nname = 'a'\nwhere = 'smoker = TRUE'\nrows = 101", "more than the"),
        ("policy = 'internal'\n[need]\ntier = 'public'", "leave one of them out"),
        ("[filter]\nplausibility = 1", "plausibility"),
        ("[filter]\nsurprise = 0.5", "surprise"),
        ("[need]\nwish = 'more'", "wish"),
        ("[need]\ntarget = 'height'", "need.target height"),
        ("[[need.segments]]\nname = 'a: b'\nwhere = 'age < 30'", "name"),
    ],
)
def test_a_need_that_cannot_be_met_is_one_line_and_nothing_is_written(tabsynth, written, run, said):
    done = released(tabsynth, written, run)
    assert done.code == 2
    (line,) = (line for line in done.talk.splitlines() if line.startswith("error: "))
    assert said in line
    assert not (written / "out").exists()


IMPOSSIBLE = {
    "overlap": (
        "[[need.segments]]\nname = 'a'\nwhere = 'age < 40'\nshare = 0.2\n"
        "[[need.segments]]\nname = 'b'\nwhere = 'smoker = TRUE'\nshare = 0.5",
        "segment b: a row can meet this condition and that of segment a",
    ),
    "no other rows": (
        "[[need.segments]]\nname = 'a'\nwhere = 'smoker = TRUE'\nshare = 0.2\n"
        "[[need.segments]]\nname = 'b'\nwhere = 'smoker = FALSE'\nshare = 0.5",
        "need.segments: the shares sum to less than 100%",
    ),
    "unknown target": ("[need]\ntarget = 'height'", "need.target height: is no column that is learnt"),
    "a target that is no model's": ("[need]\ntarget = 'person'", "need.target person: is no column that"),
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_looking_at_the_gap_refuses_what_a_release_refuses_before_it_learns(tabsynth, written, case):
    run, said = IMPOSSIBLE[case]
    of_release = released(tabsynth, written, run)
    options = ("--schema", written / "schema.toml", "--config", written / "run.toml")
    of_gap = tabsynth("describe", written / "source.parquet", "--gap", *options)
    errors = [
        [line for line in done.talk.splitlines() if line.startswith("error: ")]
        for done in (of_release, of_gap)
    ]
    assert (of_release.code, of_gap.code) == (2, 2)
    assert errors[0] == errors[1] and said in errors[0][0]
    assert "fitting" not in of_release.talk


def test_only_pooled_values_are_nothing_to_draw_from(people, people_schema):
    """Two areas of six persons each are enough for a segment, and none of the two is learnt."""
    frame = people(1000, 5)
    frame.loc[:5, "area"], frame.loc[6:11, "area"] = "Z1", "Z2"
    segment = {"name": "far", "where": "area IN ('Z1', 'Z2')", "share": 0.1}
    run = checked_config(need={"segments": [segment]})
    table = canonical(frame, people_schema, table="source")
    with pytest.raises(ConfigError, match="segment far, column area: no value that the model can draw"):
        require_possible(table, people_schema, run, rows=1000)


def test_what_excludes_each_other_is_possible(people, people_schema):
    segments = [
        {"name": "old", "where": "age >= 65", "share": 0.3},
        {"name": "young", "where": "age < 30", "rows": 200},
        {"name": "smokers", "where": "smoker = TRUE"},
    ]
    run = checked_config(need={"target": "diagnosis", "segments": segments})
    require_possible(canonical(people(1000, 5), people_schema, table="source"), people_schema, run, rows=1000)
