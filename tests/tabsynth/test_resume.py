"""A training killed without warning and started again with the same line ends in the same bytes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from privacy import ConfigError, SourceError
from tabsynth import Synthesizer
from tabsynth.checkpoints import read_checkpoint, remove_checkpoint, write_checkpoint
from tabsynth.config import RunConfig
from tabsynth.resume import checkpoint_of, require_new_model, with_checkpoint

SAMPLE = Path(__file__).parents[2] / "sample_data"

SETTINGS = """generator = "ctgan"
seed = 7
device = "cpu"

[settings]
epochs = 60
patience = 60
checkpoint_every = 2
batch_size = 100
embedding_dim = 8
generator_dim = [16]
critic_dim = [16]
modes = 2
"""

TINY = {
    **{"epochs": 2, "batch_size": 50, "embedding_dim": 4, "generator_dim": [4], "critic_dim": [4]},
    "modes": 1,
}


@pytest.fixture
def admissions(tmp_path: Path) -> Callable[[str], list[str]]:
    """`admissions("model")`: the line that learns a thousand admissions into that file."""
    table = pd.read_parquet(SAMPLE / "admissions.parquet").head(1_000)
    table.to_parquet(tmp_path / "admissions.parquet")
    (tmp_path / "run.toml").write_text(SETTINGS)

    def line(model: str) -> list[str]:
        options = {
            "--schema": SAMPLE / "schema.toml",
            "--config": tmp_path / "run.toml",
            "--out": tmp_path / model,
        }
        given = [str(part) for option in options.items() for part in option]
        return [sys.executable, "-m", "tabsynth", "fit", str(tmp_path / "admissions.parquet"), *given]

    return line


def killed_at(line: list[str], checkpoint: Path, epoch: int) -> None:
    """Run `line` and kill it as soon as its checkpoint is of `epoch` or a later one."""
    process = subprocess.Popen(line, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 120
        while not (checkpoint.exists() and epochs_in(checkpoint) >= epoch):
            assert process.poll() is None, "the training ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.005)
    finally:
        process.kill()
    assert process.wait() == -signal.SIGKILL


def epochs_in(checkpoint: Path) -> int:
    return len(read_checkpoint(checkpoint)[1]["history"]["losses"])


def finished(line: list[str]) -> str:
    """What a run says that goes to its end."""
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.mark.slow
def test_the_same_line_again_after_every_kill_ends_in_the_bytes_of_an_unbroken_training(
    admissions: Callable[[str], list[str]], tmp_path: Path
) -> None:
    half = tmp_path / "half"
    line = [*admissions("resumed"), "--checkpoint", str(half), "--resume"]
    for epoch in (4, 20):
        killed_at(line, half, epoch)
        assert not (tmp_path / "resumed").exists()
        assert epoch <= epochs_in(half) < 60
        assert half.stat().st_mode & 0o077 == 0
    told = finished(line)
    assert f"going on from the checkpoint {half}, after epoch " in told
    assert "trained 60 epochs on cpu, as asked" in told
    assert f"deleted the checkpoint {half}" in told
    finished(admissions("unbroken"))
    assert (tmp_path / "resumed").read_bytes() == (tmp_path / "unbroken").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {
        "admissions.parquet",
        "run.toml",
        "resumed",
        "unbroken",
    }


DIES_WRITING = """
import resource, signal, sys, torch
from pathlib import Path
from tabsynth.checkpoints import write_checkpoint
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000))
write_checkpoint(Path(sys.argv[1]), {"weights": {"a": torch.arange(5_000)}}, {"epoch": 2})
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no file limits")
def test_a_kill_in_the_middle_of_a_writing_leaves_the_last_checkpoint_whole(tmp_path: Path) -> None:
    half = tmp_path / "half"
    write_checkpoint(half, {"weights": {"a": torch.arange(3)}}, {"epoch": 1})
    done = subprocess.run([sys.executable, "-c", DIES_WRITING, str(half)], check=False)
    assert done.returncode == -signal.SIGXFSZ
    scrap = tmp_path / ".half.part"
    assert 0 < scrap.stat().st_size <= 5_000
    assert scrap.stat().st_mode & 0o077 == 0
    assert read_checkpoint(half)[1] == {"epoch": 1}
    with pytest.raises(ConfigError, match="not a readable checkpoint"):
        read_checkpoint(scrap)
    write_checkpoint(half, {"weights": {"a": torch.arange(3)}}, {"epoch": 3})
    assert [path.name for path in tmp_path.iterdir()] == ["half"]


def test_a_draft_is_never_written_through_a_link(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("of somebody else")
    (tmp_path / ".half.part").symlink_to(other)
    write_checkpoint(tmp_path / "half", {"weights": {"a": torch.arange(3)}}, {})
    assert other.read_text() == "of somebody else"
    assert not (tmp_path / "half").is_symlink()


def test_removing_takes_the_scrap_too(tmp_path: Path) -> None:
    for name in ("half", ".half.part", "half.txt"):
        (tmp_path / name).touch()
    remove_checkpoint(tmp_path / "half")
    remove_checkpoint(tmp_path / "half")
    assert [path.name for path in tmp_path.iterdir()] == ["half.txt"]
    with pytest.raises(SourceError, match="cannot be written"):
        remove_checkpoint(tmp_path)


def test_how_a_training_is_kept_leaves_no_trace_in_the_model(
    tmp_path: Path, people: Callable[[int, int], pd.DataFrame], people_schema: Any
) -> None:
    kept = {"checkpoint": tmp_path / "half", "checkpoint_every": 1, "resume": True}
    models = []
    for settings in ({}, kept):
        made = Synthesizer("ctgan", people_schema, random_state=1, device="cpu", **TINY, **settings)
        models.append(made.fit(people(300, 1)).model)
    assert models[0] is not None and models[1] is not None
    assert models[0].to_bytes() == models[1].to_bytes()
    assert (tmp_path / "half").exists(), "in Python the file is the caller's to delete"


def test_the_command_line_goes_before_the_settings_of_a_file(tmp_path: Path) -> None:
    run = RunConfig(generator="ctgan", seed=1, settings={"checkpoint": "elsewhere", "epochs": 3})
    out = tmp_path / "model"
    asked = with_checkpoint(run, tmp_path / "half", True, out)
    assert asked.settings == {"checkpoint": tmp_path / "half", "resume": True, "epochs": 3}
    assert checkpoint_of(with_checkpoint(run, None, False, out)) == Path("elsewhere")
    plain = RunConfig(generator="copula")
    assert with_checkpoint(plain, None, False, out) == plain
    assert checkpoint_of(plain) is None


def test_a_kill_between_the_model_file_and_the_end_of_its_checkpoint_is_gone_on_from(
    tmp_path: Path, people: Callable[[int, int], pd.DataFrame], people_schema: Any
) -> None:
    run = RunConfig(generator="ctgan", seed=1, settings={"checkpoint": tmp_path / "half", "resume": True})
    table = tmp_path / "people.csv"
    people(300, 1).to_csv(table)
    model = Synthesizer("tree", people_schema, random_state=1).fit(people(300, 1))
    model.save(tmp_path / "model")
    with pytest.raises(ConfigError, match="exists already"):
        require_new_model(run, tmp_path / "model")
    write_checkpoint(tmp_path / "half", {"weights": {"a": torch.zeros(1)}}, {})
    require_new_model(run, tmp_path / "model")
    with pytest.raises(ConfigError, match="exists already"):
        require_new_model(run, table)


def test_a_checkpoint_on_the_command_line_is_made_and_deleted(
    tmp_path: Path, tabsynth: Callable[..., Any], people: Callable[[int, int], pd.DataFrame]
) -> None:
    people(300, 1).to_parquet(tmp_path / "people.parquet")
    settings = "\n".join(f"{name} = {json.dumps(value)}" for name, value in TINY.items())
    (tmp_path / "run.toml").write_text(f"[settings]\n{settings}\n")
    line = ("fit", tmp_path / "people.parquet", "--config", tmp_path / "run.toml", "--generator", "ctgan")
    more = ("--out", tmp_path / "model", "--checkpoint", tmp_path / "half", "--resume", "--seed", 1)
    outcome = tabsynth(*line, *more)
    assert outcome.code == 0, outcome.talk
    assert "no checkpoint" in outcome.talk and "beginning with the first epoch" in outcome.talk
    assert "deleted the checkpoint" in outcome.talk
    assert sorted(os.listdir(tmp_path)) == ["model", "people.parquet", "run.toml"]
    again = tabsynth(*line, *more)
    assert (again.code, "exists already" in again.talk) == (2, True), (
        "it has ended: there is nothing to do again"
    )
    facts = {"identity": {}, "history": {"losses": [{"critic": 0.5}]}}
    write_checkpoint(tmp_path / "half", {"weights": {"a": torch.zeros(1)}}, facts)
    refused = tabsynth(*line, *more)
    assert refused.code == 2
    assert "another table, seed or setting" in refused.talk
    assert (tmp_path / "half").exists(), "a refused checkpoint is not ours to delete"
    assert np.array_equal(read_checkpoint(tmp_path / "half")[0]["weights"]["a"], [0])
