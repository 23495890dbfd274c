"""How many rows a second does each generator draw? Ours and its peers, learnt from one half of one table.

    python benchmarks/sampling_rates.py --data DIR --out reports/benchmarks [--argn-python PYTHON]

DIR holds adult.parquet with its sidecar adult.json. Each generator learns at its defaults; those that train in
epochs do two, but for `autoregressive` and TabularARGN, whose speed may follow what they have learnt. Then
every one draws ROWS rows three times, in turns but for TabularARGN, as its users ask for them: a data frame of
the source's columns. The answer, OUT/sampling_rates.json, has the seconds, and each rate as a multiple of that of
SDV's CTGAN. TabularARGN needs mostlyai-engine in an environment of its own, whose interpreter is PYTHON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import pandas as pd
import torch
from generator_makers import Draw, as_peers_take_it, makers, ours, sdv
from generators import halves
from planting import Roles

ROWS, REPEATS = 100_000, 3
YARDSTICK = "SDV CTGAN"


def contestants() -> dict[str, Any]:
    """By name, what makes each."""
    return {
        "tree": ours("tree"),
        "copula": ours("copula"),
        "ctgan": ours("ctgan", epochs=2),
        "autoregressive": ours("autoregressive"),
        YARDSTICK: sdv("CTGANSynthesizer", epochs=2),
        "SDV TVAE": sdv("TVAESynthesizer", epochs=2),
        "SDV GaussianCopula": makers(None)["SDV GaussianCopula"],
    }


def timed(draw: Draw) -> float:
    start = time.perf_counter()
    drawn = draw(ROWS)
    took = time.perf_counter() - start
    if len(drawn) != ROWS:
        raise RuntimeError(f"{len(drawn)} rows instead of {ROWS}")
    return took


def argn_seconds(python: str, train: pd.DataFrame, roles: Roles) -> list[float]:
    """Learns and draws in the other environment, which tells what its draws took."""
    with tempfile.TemporaryDirectory() as name:
        as_peers_take_it(train, roles).to_parquet(Path(name) / "train.parquet")
        script = Path(__file__).with_name("tabular_argn.py")
        call = [python, str(script), name, "0", str(ROWS), str(REPEATS)]
        subprocess.run(call, check=True, capture_output=True)
        seconds: list[float] = json.loads((Path(name) / "seconds.json").read_text())
    return seconds


def measured(train: pd.DataFrame, roles: Roles, argn_python: str | None) -> dict[str, list[float]]:
    """Seconds of every draw by generator; the first calls, which compile and allocate, are not among them."""
    draws = {}
    for name, make in contestants().items():
        print(f"{name} learns", file=sys.stderr, flush=True)
        draws[name] = make(train, roles, 0)
        draws[name](1_000)
    seconds: dict[str, list[float]] = {name: [] for name in draws}
    for _ in range(REPEATS):
        for name, draw in draws.items():
            seconds[name].append(timed(draw))
            print(f"{name}: {ROWS / seconds[name][-1]:,.0f} rows a second", file=sys.stderr, flush=True)
    if argn_python:
        seconds["TabularARGN"] = argn_seconds(argn_python, train, roles)
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--argn-python", help="interpreter of an environment with mostlyai-engine")
    asked = parser.parse_args()
    train, _, roles, _ = halves(asked.data, "adult", 0)
    seconds = measured(train, roles, asked.argn_python)
    yardstick = median(seconds[YARDSTICK])
    record = {
        "table": "adult",
        "rows learnt": len(train),
        "rows drawn": ROWS,
        "threads": torch.get_num_threads(),
        "processors": os.cpu_count(),
        "machine": platform.machine(),
        "versions": {name: version(name) for name in ("torch", "numpy", "sdv", "ctgan")},
        "seconds": {name: [round(each, 3) for each in took] for name, took in seconds.items()},
        f"rate / {YARDSTICK}'s": {n: round(yardstick / median(took), 2) for n, took in seconds.items()},
        "at least 100,000 rows a second": {n: ROWS / median(t) >= 100_000 for n, t in seconds.items()},
    }
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "sampling_rates.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
