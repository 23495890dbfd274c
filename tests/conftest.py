"""What every test may use: a small made-up table of people, and the folder of real tables if there is one."""

from __future__ import annotations

import os

# One thread a worker, set before numpy and torch look: two workers with two threads each wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import re
import socket
import sys
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from privacy.schema import Column, Kind, Role, Schema

REAL_DATA = "no folder of real tables: name one with --data DIR or TABSYNTH_DATA"


def _offline(event: str, arguments: tuple[Any, ...]) -> None:
    """Everything must work with the network unplugged: any attempt to reach it fails the test."""
    if event == "socket.getaddrinfo" or (
        event == "socket.connect" and arguments[0].family in (socket.AF_INET, socket.AF_INET6)
    ):
        raise AssertionError("a test tried to reach the network")


sys.addaudithook(_offline)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--data", default=os.environ.get("TABSYNTH_DATA"), help="folder of real tables (.parquet)"
    )


@pytest.fixture(scope="session")
def real_table(request: pytest.FixtureRequest) -> Callable[[str], pd.DataFrame]:
    """A real table by name, from the folder of --data or TABSYNTH_DATA; skips, saying so, without it."""
    folder = request.config.getoption("--data")

    def load(name: str) -> pd.DataFrame:
        if not folder or not (Path(folder) / f"{name}.parquet").exists():
            pytest.skip(REAL_DATA)
        return pd.read_parquet(Path(folder) / f"{name}.parquet")

    return load


PEOPLE_SCHEMA = Schema(
    columns=(
        Column(name="person", kind=Kind.ID, role=Role.IDENTIFIER),
        Column(name="age", kind=Kind.NUMERIC, role=Role.QUASI_IDENTIFIER, decimals=0),
        Column(name="sex", kind=Kind.CATEGORICAL, role=Role.QUASI_IDENTIFIER),
        Column(name="area", kind=Kind.CATEGORICAL, role=Role.QUASI_IDENTIFIER),
        Column(name="admitted", kind=Kind.DATETIME),
        Column(name="diagnosis", kind=Kind.CATEGORICAL, role=Role.SENSITIVE),
        Column(name="smoker", kind=Kind.BOOLEAN),
        Column(name="cost", kind=Kind.NUMERIC, role=Role.SENSITIVE, decimals=2),
    ),
    entity="person",
)


def make_people(rows: int, seed: int) -> pd.DataFrame:
    """A regulated table in small: skewed levels, a spike at zero, a heavy tail, gaps, dependent columns."""
    rng = np.random.default_rng(seed)
    age = np.clip(rng.gamma(6.0, 9.0, rows), 0, 99).round()
    sick = rng.random(rows) < 0.2 + age / 200
    diagnosis = np.where(sick, rng.zipf(1.6, rows) % 40, 0)
    cost = np.where(sick, np.exp(rng.normal(6 + age / 60, 1.1, rows)), 0.0).round(2)
    frame = pd.DataFrame(
        {
            "person": [f"P{number:06d}" for number in range(rows)],
            "age": age,
            "sex": rng.choice(["female", "male"], rows),
            "area": [f"A{number:02d}" for number in np.minimum(rng.geometric(0.15, rows), 25)],
            "admitted": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 1500, rows), unit="D"),
            "diagnosis": [f"D{code:02d}" for code in diagnosis],
            "smoker": rng.random(rows) < 0.25,
            "cost": cost,
        }
    )
    frame.loc[rng.random(rows) < 0.05, "cost"] = np.nan
    frame.loc[rng.random(rows) < 0.03, "area"] = None
    return frame


@pytest.fixture
def people() -> Callable[[int, int], pd.DataFrame]:
    """`people(rows, seed)`: independent draws of one population; schema in `people_schema`."""
    return make_people


@pytest.fixture
def people_schema() -> Schema:
    return PEOPLE_SCHEMA


@pytest.fixture(scope="session")
def small_policy() -> str:
    """Of planted leaks only verbatim copies, up to 10 %: 6,000 persons are too few for the usual limits."""
    shipped = (resources.files("privacy.policies") / "controlled.toml").read_text()
    only_verbatim = re.sub(r"(?<=\[detectable\]\n).*?(?=\n\[)", '"verbatim" = 0.1\n', shipped, flags=re.S)
    its_source = re.sub(r'^"detectable\.(?!verbatim").*\n', "", only_verbatim, flags=re.M)
    return its_source.replace('name = "controlled"', 'name = "small tables"')


class Outcome:
    """What a command did: its exit code, its data (stdout) and its talk (stderr)."""

    def __init__(self, code: int, data: str, talk: str) -> None:
        self.code, self.data, self.talk = code, data, talk


@pytest.fixture
def tabsynth(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """`tabsynth("audit", "--train", path, …)`: the command line, in this process."""
    from tabsynth.cli import main

    def run(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["tabsynth", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        return Outcome(int(ended.value.code or 0), told.out, told.err)

    return run
