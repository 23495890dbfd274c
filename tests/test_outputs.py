"""--out: nothing that stands there is written over, and what cannot be written is found before any work."""

import os
from pathlib import Path

import pytest

from tabsynth import Synthesizer

ROWS = 300
THREE = ("--control", "control.parquet", "--synthetic", "synthetic.parquet")

LINES = {
    "describe": ["train.parquet"],
    "rules": ["train.parquet"],
    "fit": ["train.parquet", "--generator", "tree"],
    "curves": ["model"],
    "keygen": [],
    "sample": ["model", "--rows", 10],
    "blend": ["--part", "real=train.parquet:100%", "--rows", 10],
    "split": ["train.parquet"],
    "release": ["train.parquet"],
    "collapse": ["train.parquet"],
    "audit": ["--train", "train.parquet", *THREE],
    "evaluate": ["--real", "train.parquet", *THREE, "--target", "sex"],
}
"""Every verb that makes something of a table, without its --out."""

TABLES = ("sample", "blend")

needs_proc = pytest.mark.skipif(
    not Path("/proc").is_dir(), reason="there is no folder where nobody can write"
)


@pytest.fixture
def here(tmp_path, people, monkeypatch):
    """The working directory: three tables, a model, a folder that is not empty, a link into nowhere."""
    for seed, name in enumerate(("train", "control", "synthetic")):
        people(ROWS, seed).to_parquet(tmp_path / f"{name}.parquet")
    Synthesizer("tree", random_state=1).fit(people(ROWS, 0)).save(tmp_path / "model")
    (tmp_path / "full.csv").mkdir()
    (tmp_path / "full.csv" / "mine.txt").write_text("mine")
    (tmp_path / "link.csv").symlink_to("nowhere")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def contents(folder):
    """Everything below a folder: files by their bytes, links by where they point."""
    return {
        path: os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def refused_untouched(tabsynth, here, verb, out):
    """The line with which a verb refuses to write `out`: its only one, and nothing has changed."""
    before = contents(here)
    done = tabsynth(verb, *LINES[verb], "--out", out)
    assert (done.code, done.data) == (2, ""), done.talk
    assert done.talk.startswith("error: ") and done.talk.count("\n") == 1, "before any work, which is told"
    assert contents(here) == before
    return done.talk


@pytest.mark.parametrize("verb", LINES)
def test_what_is_there_is_not_written_over(tabsynth, here, verb):
    for out in ("train.parquet", "link.csv"):
        assert "exists already" in refused_untouched(tabsynth, here, verb, out)
    assert refused_untouched(tabsynth, here, verb, "full.csv")


@needs_proc
@pytest.mark.parametrize("verb", LINES)
def test_a_place_where_nothing_can_be_written_is_found_before_the_work(tabsynth, here, verb):
    for out in ("/proc/x.csv", f"{'x' * 260}.csv"):
        assert "cannot be written" in refused_untouched(tabsynth, here, verb, out)


@pytest.mark.parametrize("verb", TABLES)
def test_the_statement_of_another_table_is_not_written_over(tabsynth, here, verb):
    (here / "rows.csv.origin.json").write_text("of another table")
    assert "rows.csv.origin.json: exists already" in refused_untouched(tabsynth, here, verb, "rows.csv")


def test_a_schema_corrected_by_hand_outlives_a_second_describe(tabsynth, here):
    assert tabsynth("describe", "train.parquet", "--out", "schema.toml").code == 0
    with open("schema.toml", "a") as file:
        file.write("# corrected by hand\n")
    assert "schema.toml: exists already" in refused_untouched(tabsynth, here, "describe", "schema.toml")
