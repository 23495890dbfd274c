"""Compiled loops: the same answers, kept for the next process where a folder can be written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest

from privacy import compiled

LOOP = """
import sys
from privacy import compiled

@compiled
def triangle(n):
    total = 0
    for i in range(n + 1):
        total += i
    return total

print(triangle(100), sum(triangle.stats.cache_hits.values()))
"""


def test_the_second_process_finds_the_machine_code(tmp_path: Path):
    (tmp_path / "loop.py").write_text(LOOP)
    told = [
        subprocess.run(
            [sys.executable, "loop.py"], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout.split()
        for _ in range(2)
    ]
    assert told == [["5050", "0"], ["5050", "1"]]


def test_without_a_folder_to_write_to_it_compiles_all_the_same(monkeypatch: pytest.MonkeyPatch):
    asked = []
    njit = numba.njit

    def nowhere(*loops: Any, **options: Any) -> Any:
        if options.get("nogil"):
            asked.append(options)
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")
        return njit(*loops, **options)

    monkeypatch.setattr("privacy.compiling.numba.njit", nowhere)

    @compiled
    def doubled(values: Any) -> Any:
        return values * 2

    assert doubled(np.arange(3)).tolist() == [0, 2, 4]
    assert [options.get("cache", False) for options in asked] == [True, False]
