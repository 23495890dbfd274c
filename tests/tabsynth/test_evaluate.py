"""`tabsynth evaluate`: three files in, a verdict and a page out; bad questions on one line, nothing written."""

import json

import numpy as np
import pandas as pd
import pytest

from privacy.schema import Column, Kind, Role, Schema
from privacy.schema_file import save_schema
from privacy.utility import evaluate, load_evaluation
from privacy.utility.files import EVALUATION_FILES, evaluation_files
from privacy.utility.result import Answer

ROWS = 240
HOSTILE = "<img src=x>"


def patients(seed, prefix, rows=ROWS):
    """People with a key, gaps, a date, a rare level and a hostile one; sickness follows age and area."""
    rng = np.random.default_rng(seed)
    age = rng.normal(50, 15, rows).round(1)
    area = rng.choice(["north", "south", HOSTILE, "secretville"], rows, p=[0.5, 0.3, 0.18, 0.02])
    drive = (age - 50) / 8 + (area == "south")
    wait = rng.exponential(size=rows) * np.exp(-drive / 2) * 100
    frame = pd.DataFrame(
        {
            "key": [f"{prefix}{number}" for number in range(rows)],
            "age": age,
            "area": area,
            "seen": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, rows), unit="D"),
            "sick": np.where(drive + rng.logistic(size=rows) > 0.5, "yes", "no"),
            "stage": np.select([drive > 1, drive > -1], ["late", "middle"], "early"),
            "cost": (100 * drive + rng.normal(0, 60, rows)).round(2),
            "days": np.minimum(wait, 150).round(1),
            "died": (wait <= 150).astype(int),
            "note": [f"text {number}" for number in range(rows)],
        }
    )
    frame.loc[rng.random(rows) < 0.05, "age"] = np.nan
    return frame


SCHEMA = Schema(
    columns=(
        Column(name="key", kind=Kind.ID, role=Role.IDENTIFIER),
        *(Column(name=name, kind=Kind.NUMERIC) for name in ("age", "cost", "days")),
        *(Column(name=name, kind=Kind.CATEGORICAL) for name in ("area", "sick", "stage")),
        Column(name="seen", kind=Kind.DATETIME),
        Column(name="died", kind=Kind.BOOLEAN),
        Column(name="note", kind=Kind.TEXT),
    ),
    entity="key",
)


@pytest.fixture
def files(tmp_path):
    """The three tables and the schema as files; the synthetic table has neither key nor note."""
    frames = {
        "real": patients(1, "R"),
        "synthetic": patients(2, "S").drop(columns=["key", "note"]),
        "control": patients(3, "C"),
    }
    for name, frame in frames.items():
        frame.to_parquet(tmp_path / f"{name}.parquet")
    save_schema(SCHEMA, tmp_path / "schema.toml")
    return tmp_path, frames


@pytest.fixture
def evaluated(tabsynth, files):
    """Run it with further options into `out`."""
    folder, _ = files

    def run(*more, out="out"):
        tables = [
            part
            for name in ("real", "synthetic", "control")
            for part in (f"--{name}", folder / f"{name}.parquet")
        ]
        return tabsynth(
            "evaluate", *tables, "--schema", folder / "schema.toml", "--seed", 1, "--out", folder / out, *more
        )

    return run


TASKS = {
    "number": ("cost",),
    "binary": ("sick",),
    "classes": ("stage",),
    "survival": ("died", "--time", "days"),
}


@pytest.mark.parametrize(
    "task", [pytest.param(task, marks=[pytest.mark.slow] * (task != "number")) for task in TASKS]
)
def test_every_task_ends_in_a_verdict_with_numbers_and_a_page(evaluated, files, task):
    folder, question = files[0], TASKS[task]
    told = evaluated("--target", *question, "--json")
    assert told.code == 0, told.talk
    assert json.loads(told.data)["answer"] in set(Answer)
    found = load_evaluation(folder / "out" / "evaluation.json")
    assert {path.name for path in (folder / "out").iterdir()} == EVALUATION_FILES
    assert len(found.lifts) == 8 and all(lift.lift.interval for lift in found.lifts)
    assert {arm.regime for arm in found.arms} == {"replace", "augment"}
    assert found.regression is not None or found.skipped
    assert not {"key", "note", *question} & set(found.features)
    for name, content in evaluation_files(found).items():
        assert (folder / "out" / name).read_bytes() == content
    for name in EVALUATION_FILES:
        written = (folder / "out" / name).read_text()
        assert not [
            value for value in ("secretville", "north", HOSTILE, "text 1", "early") if value in written
        ]


def quickly(frames, target, **asked):
    """The evaluation with linear models alone."""
    tables = (frames[name] for name in ("real", "synthetic", "control"))
    return evaluate(*tables, target, SCHEMA, families=("linear",), random_state=1, **asked)


def test_parts_of_control_are_told_by_rank_and_small_ones_not_at_all(files):
    _, frames = files
    parts = quickly(frames, "cost", groups=["area", "age"]).subgroups
    area = {part.label: part for part in parts if part.column == "area"}
    counts = frames["control"]["area"].value_counts()
    assert area["level 1"].people == counts["north"] and area["level 1"].added is not None
    assert area["smaller levels"].people is None and area["smaller levels"].added is None
    assert {"lowest third", "middle third", "highest third"} <= {part.label for part in parts}


def test_the_same_seed_gives_the_same_bytes_and_another_one_does_not(files):
    _, frames = files
    first, second = (evaluation_files(quickly(frames, "sick")) for _ in range(2))
    tables = (frames[name] for name in ("real", "synthetic", "control"))
    third = evaluation_files(evaluate(*tables, "sick", SCHEMA, families=("linear",), random_state=2))
    assert first == second
    assert first["evaluation.json"] != third["evaluation.json"]


def test_names_are_hostile_text(files):
    hostile = "<script>alert(1)</script>"
    frames = {name: frame.rename(columns={"area": hostile}) for name, frame in files[1].items()}
    columns = tuple(c.model_copy(update={"name": hostile}) if c.name == "area" else c for c in SCHEMA)
    tables = (frames[name] for name in ("real", "synthetic", "control"))
    schema = SCHEMA.model_copy(update={"columns": columns})
    found = evaluate(*tables, "cost", schema, groups=[hostile], families=("linear",), random_state=1)
    written = evaluation_files(found)
    assert b"<script" not in written["evaluation.html"] and b"&lt;script" in written["evaluation.html"]
    assert b"<script" not in written["evaluation.md"]


def refused(outcome, folder, *words):
    """Exit 2, one line that holds the words, nothing written."""
    line = outcome.talk.strip().splitlines()[-1]
    assert outcome.code == 2 and line.startswith("error: ") and outcome.data == "", outcome.talk
    assert all(word in line for word in words), line
    assert not (folder / "out").exists()


QUESTIONS = {
    "no such target": (("--target", "shoe"), ("shoe", "no such column")),
    "a key as target": (("--target", "key"), ("key", "id")),
    "text as target": (("--target", "note"), ("note", "text")),
    "a date as target": (("--target", "seen"), ("seen", "datetime")),
    "no such group": (("--target", "sick", "--groups", "shoe"), ("--groups shoe",)),
    "time that is no number": (("--target", "died", "--time", "area"), ("--time area",)),
    "target as time": (("--target", "cost", "--time", "cost"), ("twice",)),
    "an event of many kinds": (("--target", "stage", "--time", "days"), ("stage", "event")),
    "an interest of nothing": (("--target", "sick", "--smallest", "0"), ("--smallest",)),
    "nothing to learn from": (
        (
            "--target",
            "sick",
            *(part for name in SCHEMA.names if name != "sick" for part in ("--leave-out", name)),
        ),
        ("no column",),
    ),
}


@pytest.mark.parametrize("case", QUESTIONS)
def test_a_question_that_cannot_be_asked_is_named(evaluated, files, case):
    options, words = QUESTIONS[case]
    refused(evaluated(*options), files[0], *words)


SPOILED = {
    "a constant target": ("real", lambda f: f.assign(sick="no"), "sick", ("sick", "constant")),
    "a target without values": ("real", lambda f: f.assign(sick=None), "sick", ("sick", "too few")),
    "a class only in synthetic": (
        "synthetic",
        lambda f: f.assign(sick="perhaps"),
        "sick",
        ("sick", "can be compared"),
    ),
    "a column too many": ("synthetic", lambda f: f.assign(shoe=1), "sick", ("synthetic", "shoe")),
    "a column too few": ("control", lambda f: f.drop(columns="age"), "sick", ("control", "age")),
    "few people": ("control", lambda f: f[:40], "sick", ("control", "too few")),
    "control learnt": ("control", lambda f: patients(1, "R"), "sick", ("control overlaps",)),
    "one class in control": (
        "control",
        lambda f: f.assign(sick="no"),
        "sick",
        ("sick", "fewer than two classes"),
    ),
    "negative times": (
        "synthetic",
        lambda f: f.assign(days=-f["days"]),
        "died",
        ("synthetic", "days", "negative"),
    ),
    "times missing": (
        "real",
        lambda f: f.assign(days=f["days"].where(f.index > 3)),
        "died",
        ("days", "missing"),
    ),
    "few events": (
        "control",
        lambda f: f.assign(died=(f.index < 5).astype(int)),
        "died",
        ("control", "events"),
    ),
}


@pytest.mark.parametrize("case", SPOILED)
def test_tables_that_cannot_answer_are_named(evaluated, files, case):
    folder, frames = files
    table, spoil, target, words = SPOILED[case]
    spoil(frames[table]).to_parquet(folder / f"{table}.parquet")
    refused(evaluated("--target", target, *(("--time", "days") if target == "died" else ())), folder, *words)


def test_rows_without_a_target_are_left_out_and_counted_unless_few(files):
    _, frames = files
    real, control = frames["real"], frames["control"]
    gaps = {
        "real": real.assign(cost=real["cost"].where(real.index >= 30)),
        "control": control.assign(cost=control["cost"].where(control.index >= 3)),
    }
    found = quickly({**frames, **gaps}, "cost")
    assert (found.real.rows, found.control.rows) == (ROWS - 30, ROWS - 3)
    assert any(note.startswith("30 rows of the real table") for note in found.notes)
    assert any(note.startswith("fewer than 11 rows of the control table") for note in found.notes)


def test_a_synthetic_target_that_is_constant_is_an_answer_not_an_error(files):
    _, frames = files
    found = quickly({**frames, "synthetic": frames["synthetic"].assign(sick="no")}, "sick")
    only = [arm for arm in found.arms if arm.rows_real == 0]
    assert only and all(arm.score.value == pytest.approx(0.5) for arm in only)
    assert found.regression is None and found.skipped[0].reason.startswith("cannot tell")
    assert "cannot tell" in evaluation_files(found)["evaluation.html"].decode()


def test_rows_of_one_person_are_kept_together(files):
    """Of every key four rows: people are a quarter of the rows."""
    _, frames = files
    four = {
        name: frame.assign(key=[f"{name}{number // 4}" for number in range(ROWS)])
        for name, frame in frames.items()
        if name != "synthetic"
    }
    found = quickly({**frames, **four}, "cost")
    assert (found.control.people, found.real.people) == (ROWS // 4, ROWS // 4)
