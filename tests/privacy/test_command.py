"""The edge of the house: which error becomes which exit code, and what is said of it."""

import json
import subprocess
import sys

import pytest

from privacy.command import give, run_command, say
from privacy.errors import ConfigError, InternalError

SECRET = "Rosalind of ward 7"


def ended(command, capsys):
    """Exit code, stdout and stderr."""
    with pytest.raises(SystemExit) as caught:
        run_command(command)
    told = capsys.readouterr()
    return caught.value.code, told.out, told.err


def raising(error):
    def command() -> int:
        raise error

    return command


@pytest.mark.parametrize("code", [0, 1, 3])
def test_the_code_of_a_command_is_the_exit_code(capsys, code):
    assert ended(lambda: code, capsys) == (code, "", "")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ConfigError("is wrong", where="x", todo="mend it"), "error: x: is wrong; mend it\n"),
        (KeyboardInterrupt(), "error: interrupted: no result was written\n"),
        (MemoryError(), "error: not enough memory"),
    ],
)
def test_what_the_user_can_mend_is_one_line_and_2(capsys, error, line):
    code, out, err = ended(raising(error), capsys)
    assert (code, out) == (2, "")
    assert err.startswith(line)
    assert err.count("\n") == 1


@pytest.mark.parametrize("error", [ValueError(SECRET), InternalError(SECRET), KeyError(SECRET)])
def test_our_fault_is_70_and_says_where_but_not_what(capsys, monkeypatch, error):
    monkeypatch.delenv("TABSYNTH_DEBUG", raising=False)
    code, out, err = ended(raising(error), capsys)
    assert (code, out) == (70, "")
    assert err.startswith(f"internal error: {type(error).__name__} at test_command.py:")
    assert SECRET not in err
    assert err.count("\n") == 1


def test_who_asks_for_it_gets_the_traceback(capsys, monkeypatch):
    monkeypatch.setenv("TABSYNTH_DEBUG", "1")
    _, _, err = ended(raising(ValueError("why")), capsys)
    assert "Traceback" in err
    assert "why" in err


def test_talk_goes_to_stderr_and_data_to_stdout_as_one_line(capsys):
    say("talk")
    give({"name": "Zoë\nx"})
    told = capsys.readouterr()
    assert told.err == "talk\n"
    assert told.out.count("\n") == 1
    assert json.loads(told.out) == {"name": "Zoë\nx"}


def test_the_auditors_command_explains_itself():
    done = subprocess.run(
        [sys.executable, "-m", "privacy", "--help"], capture_output=True, text=True, check=True
    )
    for option in (
        "--train",
        "--control",
        "--synthetic",
        "--schema",
        "--policy",
        "--seed",
        "--json",
        "--out",
    ):
        assert option in done.stdout


def test_a_folder_in_use_is_refused_before_the_tables_are_read(tmp_path, tabsynth):
    (tmp_path / "mine").write_text("x")
    tables = [
        part for name in ("train", "control", "synthetic") for part in (f"--{name}", tmp_path / "no.csv")
    ]
    done = tabsynth("audit", *tables, "--out", tmp_path)
    assert done.code == 2
    assert "exists already" in done.talk


@pytest.mark.parametrize("out", ["no/schema.json", "no/schema.toml"])
def test_a_schema_that_cannot_be_written_is_the_users_to_mend(tmp_path, tabsynth, people, out):
    people(60, 1).to_parquet(tmp_path / "t.parquet")
    done = tabsynth("describe", tmp_path / "t.parquet", "--out", tmp_path / out)
    assert done.code == 2
    assert "make the folder first" in done.talk


def test_a_negative_seed_is_bad_usage(tmp_path, tabsynth):
    done = tabsynth("sample", tmp_path / "model", "--rows", 1, "--seed", -1, "--out", tmp_path / "s.csv")
    assert done.code == 2
    assert "--seed" in done.talk
