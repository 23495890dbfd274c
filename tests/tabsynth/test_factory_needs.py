"""The need in one file: what it asks for is met, and what nobody could meet is refused before any training."""

import json

import numpy as np
import pytest

from privacy import ConfigError, canonical, silent
from privacy.schema_file import save_schema
from tabsynth.config import checked_config
from tabsynth.factory import make, not_attacked, require_possible, segments_of
from tests.tabsynth.test_factory import learning

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
