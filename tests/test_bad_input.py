"""Bad input: one line that says what, where and what to do, exit 2, and nothing that looks like a release.

What only looks bad (a constant column, quotes in names, 10,000 levels) works.
"""

import numpy as np
import pandas as pd
import pytest

import privacy
from privacy.result import Outcome
from privacy.schema_file import save_schema
from tabsynth import Synthesizer

ROWS = 900


@pytest.fixture
def files(tmp_path, people, people_schema):
    """Train, control and synthetic tables and their schema, as files."""
    frames = {
        "train": people(ROWS, 1),
        "control": people(ROWS, 2).assign(person=[f"C{n}" for n in range(ROWS)]),
        "synthetic": people(ROWS, 3).drop(columns="person"),
    }
    for name, frame in frames.items():
        frame.to_parquet(tmp_path / f"{name}.parquet")
    save_schema(people_schema, tmp_path / "schema.toml")
    return tmp_path, frames


def audited(tabsynth, folder, *more):
    return tabsynth(
        "audit",
        *("--train", folder / "train.parquet", "--control", folder / "control.parquet"),
        *("--synthetic", folder / "synthetic.parquet", "--schema", folder / "schema.toml"),
        *("--out", folder / "out", "--seed", 1, *more),
    )


def refused(outcome, *words):
    """One line on stderr that holds the words; exit 2; nothing on stdout."""
    line = outcome.talk.strip().splitlines()[-1]
    assert outcome.code == 2, outcome.talk
    assert line.startswith("error: ")
    assert "Traceback" not in outcome.talk
    assert outcome.data == ""
    for word in words:
        assert word in line, line


SPOILED = {
    "missing column": (lambda f: f.drop(columns="age"), ["age"]),
    "extra column": (lambda f: f.assign(shoe=1), ["shoe"]),
    "renamed column": (lambda f: f.rename(columns={"age": "Age"}), ["Age"]),
    "text for numbers": (lambda f: f.assign(age="unknown"), ["age", "not numbers"]),
    "no rows": (lambda f: f.iloc[:0], ["no rows"]),
    "infinity": (lambda f: f.assign(cost=np.inf), ["cost", "inf"]),
}


@pytest.mark.parametrize("case", SPOILED, ids=str)
@pytest.mark.parametrize("side", ["train", "control", "synthetic"])
def test_a_spoiled_table_is_named(tabsynth, files, side, case):
    folder, frames = files
    spoil, words = SPOILED[case]
    spoil(frames[side]).to_parquet(folder / f"{side}.parquet")
    refused(audited(tabsynth, folder), side, *words)
    assert not (folder / "out").exists()


def test_a_column_named_twice(tabsynth, files):
    folder, frames = files
    frame = frames["synthetic"]
    frame.to_csv(folder / "twice.csv", index=False, header=[*frame.columns[:-1], "age"])
    refused(audited(tabsynth, folder, "--synthetic", folder / "twice.csv"), "age")


@pytest.mark.parametrize("share", [0.1, 1.0])
def test_a_control_that_overlaps_train(tabsynth, files, share):
    folder, frames = files
    shared = frames["train"].iloc[: int(ROWS * share)]
    pd.concat([shared, frames["control"].iloc[len(shared) :]]).to_parquet(folder / "control.parquet")
    refused(audited(tabsynth, folder), "control")


def test_a_control_that_overlaps_train_under_other_keys(tabsynth, files):
    folder, frames = files
    frames["train"].assign(person=frames["control"]["person"]).to_parquet(folder / "control.parquet")
    refused(audited(tabsynth, folder), "control")


@pytest.mark.parametrize("side", ["train", "control"])
def test_one_row_is_no_table_to_audit(tabsynth, files, side):
    folder, frames = files
    frames[side].iloc[:1].to_parquet(folder / f"{side}.parquet")
    refused(audited(tabsynth, folder), side)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("train.parquet", b"PAR1 this is no parquet file PAR1"),
        ("train.csv", b""),
        ("train.csv", b"a,b\n1,2,3\n4\n"),
        ("train.csv", b"\xff\xfe\x00\x01\x02"),
        ("train.xlsx", b"PK"),
    ],
)
def test_a_corrupt_or_foreign_file(tabsynth, files, name, content):
    folder, _ = files
    (folder / name).write_bytes(content)
    refused(audited(tabsynth, folder, "--train", folder / name), name)


def test_a_missing_file_a_folder_and_a_wrong_option(tabsynth, files):
    folder, _ = files
    refused(audited(tabsynth, folder, "--train", folder / "none.parquet"), "none.parquet")
    refused(audited(tabsynth, folder, "--train", folder))
    refused(audited(tabsynth, folder, "--polcy", "public"), "--polcy")
    refused(audited(tabsynth, folder, "--policy", "lax"), "lax")


def test_a_wrong_schema_is_named(tabsynth, files):
    folder, _ = files
    (folder / "schema.toml").write_text('[[column]]\nname = "age"\nkind = "numberr"\n')
    refused(audited(tabsynth, folder), "kind")


def test_release_refuses_a_folder_in_use_before_it_reads(tabsynth, files):
    folder, _ = files
    refused(tabsynth("release", folder / "train.parquet", "--out", folder), "exists already")


HARMLESS = {
    "all missing": lambda f: f.assign(note=pd.Series([None] * len(f), dtype=object)),
    "constant": lambda f: f.assign(note="same"),
    "quotes, markup and formulas": lambda f: f.assign(
        note=np.resize(["O'Brien", '"quoted"', "<script>alert(1)</script>", "=1+1", "two\nlines"], len(f))
    ),
    "numbers among words": lambda f: f.assign(note=np.resize(["1", "1.5", "one", "TRUE"], len(f))),
    "time zones": lambda f: f.assign(note=pd.date_range("2021-03-01", periods=len(f), tz="Asia/Tokyo")),
    "digits for a name": lambda f: f.rename(columns={"smoker": 7}),
    "hostile name": lambda f: f.rename(columns={"smoker": "</title><script>'\"\n=cmd()"}),
}


@pytest.mark.parametrize("case", HARMLESS, ids=str)
def test_what_only_looks_bad_is_audited(tabsynth, tmp_path, people, case):
    """Without a schema, as a stranger would: fresh rows of the same population never fail."""
    for seed, name in enumerate(("train", "control", "synthetic"), start=1):
        frame = HARMLESS[case](people(ROWS, seed).drop(columns="person"))
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    outcome = tabsynth(
        "audit",
        *("--train", tmp_path / "train.csv", "--control", tmp_path / "control.csv"),
        *("--synthetic", tmp_path / "synthetic.csv", "--out", tmp_path / "out", "--seed", 1),
    )
    assert outcome.code in (0, 3), outcome.talk
    html = (tmp_path / "out" / "report.html").read_text()
    assert "<script" not in html


def test_infinity_is_refused_in_a_column_taken_for_categories_too(tabsynth, tmp_path):
    frame = pd.DataFrame({"grade": np.resize([1.0, 2.0, np.inf], 300), "x": np.arange(300) % 7})
    frame.to_parquet(tmp_path / "source.parquet")
    outcome = tabsynth("release", tmp_path / "source.parquet", "--out", tmp_path / "out", "--seed", 1)
    refused(outcome, "grade", "infinite")


def test_one_missing_person_key_refuses_the_split_instead_of_parting_persons(tabsynth, tmp_path):
    keys = [f"P{number // 3:04d}" for number in range(900)]
    frame = pd.DataFrame({"patient_id": [None, *keys[1:]], "x": np.arange(900) % 50})
    frame.to_parquet(tmp_path / "source.parquet")
    refused(tabsynth("split", tmp_path / "source.parquet", "--out", tmp_path / "out"), "patient_id", "1 rows")


def test_an_empty_table_is_named_with_its_file(tabsynth, tmp_path):
    source, schema = tmp_path / "source.parquet", tmp_path / "schema.toml"
    schema.write_text('[columns.x]\nkind = "numeric"\n')
    pd.DataFrame({"x": pd.Series([], dtype=float)}).to_parquet(source)
    for asked in (
        ("describe", source),
        ("describe", source, "--gap"),
        ("describe", source, "--gap", "--schema", schema),
        ("fit", source, "--out", tmp_path / "model"),
    ):
        refused(
            tabsynth(*asked), f"error: {source}: the table has no rows or no columns; give a table with rows"
        )


def test_what_cannot_work_is_said_before_the_work(tabsynth, files):
    folder, _ = files
    source = folder / "train.parquet"
    refused(tabsynth("fit", source, "--out", folder / "none" / "model"), "no folder")
    refused(tabsynth("release", source, "--out", source / "x"), "cannot be written: Not a directory")
    refused(tabsynth("release", source, "--out", folder / "o", "--device", "cuda"), "copula runs on the CPU")
    refused(tabsynth("release", source, "--out", folder / "o", "--rows", 10**12), "rows")


def test_integer_names_and_mixed_types_in_frames_are_audited_and_released(tabsynth, tmp_path, people):
    """What a file cannot hold a frame can: the name 7, and whole numbers, texts and truth values in one column."""
    mixed = np.resize(np.array([1, "one", True, 2.5, None], dtype=object), ROWS)
    frames = [
        people(ROWS, seed).drop(columns="person").rename(columns={"smoker": 7}).assign(note=mixed)
        for seed in (1, 2, 3)
    ]
    audit = privacy.audit(*frames, random_state=1, attacks=["memorisation"])
    assert audit.verdict.outcome in (Outcome.PASS, Outcome.INCONCLUSIVE)
    assert {"7", "note"} <= {column["name"] for column in audit.columns}
    drawn = Synthesizer("copula", random_state=1).fit(frames[0]).sample(200)
    assert set(drawn["note"].dropna()) == {"1", "one", "true", "2.5"}
    assert "7" in drawn.columns


IMPOSSIBLE_ROWS = {
    "a contradiction": (["--where", "age > 80 AND age < 20"], ["--where, column age", "can draw"]),
    "an unknown value": (["--where", "sex = 'x'"], ["--where, column sex", "can draw"]),
    "impossible branches": (["--where", "age > 500 OR sex IS NULL"], ["columns age and sex", "can draw"]),
    "no condition": (["--where", "age >"], ["--where", "not valid SQL"]),
    "shares over one": (["--share", "60%: age < 40", "--share", "0.5: age > 60"], ["--share", "110"]),
    "overlapping shares": (
        ["--share", "60%: age < 40", "--share", "0.3: sex = 'male'"],
        ["share 2", "share 1"],
    ),
    "a negative share": (["--share", "-5%: age < 40"], ["--share 1", "from 0% to 100%"]),
    "a share of nobody": (["--share", "5%: sex = 'x'"], ["--share 1, column sex", "can draw"]),
    "a share of no column": (["--share", "5%: six = 'male'"], ["--share 1", "did you mean sex"]),
    "a share without a condition": (["--share", "sex = 'male'"], ["--share 1", "has no condition"]),
    "nothing for the rest": (["--share", "5%: age < 40", "--share", "5%: age >= 40"], ["less than 100%"]),
    "no rows": (["--rows", 0], ["--rows", "1"]),
}


def test_rows_that_cannot_be_are_refused_before_they_are_drawn(tabsynth, files):
    folder, frames = files
    Synthesizer("tree", random_state=1).fit(frames["train"]).save(folder / "model")
    for case, (asked, words) in IMPOSSIBLE_ROWS.items():
        out = folder / "rows.csv"
        outcome = tabsynth("sample", folder / "model", "--rows", 10, "--out", out, *asked)
        refused(outcome, *words)
        assert outcome.talk.count("\n") == 1, case
        assert not out.exists(), case


UNKEPT = {
    "no checkpoints": (["--generator", "tree", "--seed", 1, "--checkpoint", "half"], ["tree", "checkpoint"]),
    "no seed": (["--generator", "ctgan", "--checkpoint", "half", "--resume"], ["give --seed"]),
    "no file": (["--generator", "ctgan", "--seed", 1, "--resume"], ["--resume", "--checkpoint"]),
    "no folder": (["--generator", "ctgan", "--seed", 1, "--checkpoint", "none/half"], ["existing folder"]),
    "the model file": (["--generator", "ctgan", "--seed", 1, "--checkpoint", "model"], ["model file too"]),
    "the source": (
        ["--generator", "ctgan", "--seed", 1, "--checkpoint", "train.parquet"],
        ["exists already"],
    ),
    "the source, resumed": (
        ["--generator", "ctgan", "--seed", 1, "--checkpoint", "train.parquet", "--resume"],
        ["not a readable checkpoint"],
    ),
}


def test_a_checkpoint_that_would_not_help_or_would_do_harm_is_refused_before_the_work(
    tabsynth, files, monkeypatch
):
    folder, _ = files
    monkeypatch.chdir(folder)
    before = (folder / "train.parquet").read_bytes()
    for case, (asked, words) in UNKEPT.items():
        outcome = tabsynth("fit", "train.parquet", "--out", "model", *asked)
        refused(outcome, *words)
        assert outcome.talk.count("\n") == 1, case
        assert not (folder / "model").exists(), case
        assert not (folder / "half").exists(), case
    assert (folder / "train.parquet").read_bytes() == before
