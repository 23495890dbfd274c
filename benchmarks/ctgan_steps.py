"""Milliseconds per training step of our CTGAN and of the ctgan package, in turns in one process.

    python benchmarks/ctgan_steps.py --table adult.parquet --threads 1 2 --json ctgan_steps.json

Both get the same rows, batches of 500, hidden layers of 256 and 256 in both networks, packs of 10 and one
step of the critic to one of the generator. The package gets the table as its users give it: numbers as numbers,
everything else as levels; we get what our encoder makes of it. The package trains one epoch, we train one, and
so on: a machine that others use too slows both. Before the first step, the package fits its mixtures and codes
the rows; we do the same, from coded rows on.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from privacy import Schema, canonical, guess_schema, read_table
from tabsynth.domain import Encoded
from tabsynth.encode import Encoder
from tabsynth.generators.ctgan import Settings
from tabsynth.generators.ctgan.model import fitted_layout
from tabsynth.generators.ctgan.training import Duel

BATCH = 500


def read(table: Path, rows: int | None) -> tuple[pd.DataFrame, Schema]:
    """The table's first `rows` rows, shuffled, and a guess at its columns."""
    frame = read_table(table)
    order = np.random.default_rng(0).permutation(len(frame))[:rows]
    return frame.iloc[order].reset_index(drop=True), guess_schema(frame)[0]


def plain(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The table as the package wants it, and which of its columns are levels."""
    numbers = [name for name in frame if pd.api.types.is_numeric_dtype(frame[name])]
    kept = {name: frame[name].fillna(frame[name].median()) for name in numbers}
    levels = {name: frame[name].astype("object").where(frame[name].notna(), "missing") for name in frame}
    ready = pd.DataFrame({name: kept.get(name, levels[name]) for name in frame})
    return ready, [name for name in frame if name not in numbers]


def coded(frame: pd.DataFrame, schema: Schema) -> Encoded:
    """The table as we want it."""
    rows = canonical(frame, schema, table="the table")
    return Encoder.fit(rows, schema, np.arange(len(rows))).encode(rows)


class Ours:
    """A training of ours that stops after every epoch."""

    def __init__(self, table: Encoded, device: torch.device) -> None:
        rng = np.random.default_rng(0)
        start = time.perf_counter()
        layout = fitted_layout(table, Settings().modes)
        self.mixture_seconds = time.perf_counter() - start
        self.duel = Duel(Settings(), layout, table, table.take(np.arange(0)), device, rng)
        self.seconds_before = time.perf_counter() - start
        self.width = int(layout.slots + layout.scalars)

    def epoch(self) -> None:
        self.duel.run_epoch()


class InTurns:
    """What the package iterates its epochs over: times each of them, and one of ours after it."""

    def __init__(self, ours: Callable[[], float], wait: Callable[[], None]) -> None:
        self.ours, self.wait = ours, wait
        self.first_step: float | None = None
        self.seconds: dict[str, list[float]] = {"ctgan-package": [], "ctgan": []}

    def __call__(self, epochs: range, **_: Any) -> InTurns:
        self.epochs = epochs
        return self

    def __iter__(self) -> Iterator[int]:
        self.first_step = time.perf_counter()
        for epoch in self.epochs:
            start = time.perf_counter()
            yield epoch
            self.wait()
            self.seconds["ctgan-package"].append(time.perf_counter() - start)
            self.seconds["ctgan"].append(self.ours())


@contextmanager
def iterated_by(turns: InTurns) -> Iterator[None]:
    """The package's epochs in our hands."""
    from ctgan.synthesizers import ctgan as package

    before, package.tqdm = package.tqdm, turns
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        package.tqdm = before


def contest(frame: pd.DataFrame, schema: Schema, asked: argparse.Namespace) -> dict[str, Any]:
    """Both trainings in turns; milliseconds per step by epoch, and seconds before the first one."""
    from ctgan import CTGAN

    device = torch.device(asked.device)
    wait = torch.cuda.synchronize if device.type == "cuda" else lambda: None
    ours = Ours(coded(frame, schema), device)

    def timed_epoch() -> float:
        start = time.perf_counter()
        ours.epoch()
        wait()
        return time.perf_counter() - start

    turns = InTurns(timed_epoch, wait)
    model = CTGAN(epochs=asked.repeats + 1, batch_size=BATCH, enable_gpu=device.type == "cuda")
    ready, levels = plain(frame)
    start = time.perf_counter()
    with iterated_by(turns):
        model.fit(ready, levels)
    steps = len(frame) // BATCH
    # the first epoch pays for first calls
    took = {name: [1000 * s / steps for s in held[1:]] for name, held in turns.seconds.items()}
    before = {"ctgan-package": (turns.first_step or start) - start, "ctgan": ours.seconds_before}
    widths = {"ctgan-package": int(model._transformer.output_dimensions), "ctgan": ours.width}
    return {"steps": took, "before": before, "mixtures": ours.mixture_seconds, "widths": widths}


def summary(found: dict[str, Any]) -> dict[str, Any]:
    """Medians, and the ratio of neighbours in time with its quartiles."""
    package, ours = (np.array(found["steps"][name]) for name in ("ctgan-package", "ctgan"))
    low, middle, high = np.quantile(package / ours, [0.25, 0.5, 0.75])
    return {
        "ms_per_step": {"ctgan": float(np.median(ours)), "ctgan-package": float(np.median(package))},
        "fastest_ms_per_step": {"ctgan": float(ours.min()), "ctgan-package": float(package.min())},
        "package_over_ours": {"median": float(middle), "quartiles": [float(low), float(high)]},
        "seconds_before_first_step": found["before"],
        "our_mixture_seconds": found["mixtures"],
        "row_width": found["widths"],
        "all_ms_per_step": {name: np.round(held, 2).tolist() for name, held in found["steps"].items()},
    }


def machine(device: str) -> dict[str, Any]:
    """What it ran on."""
    info = Path("/proc/cpuinfo")
    names = [line.split(":")[1].strip() for line in info.read_text().splitlines() if "model name" in line]
    return {
        "processor": names[0] if names else platform.processor(),
        "cores": len(names),
        "gpu": torch.cuda.get_device_name() if device == "cuda" else None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--table", type=Path, required=True)
    parser.add_argument("--rows", type=int, help="how many rows of the table; all without it")
    parser.add_argument("--repeats", type=int, default=10, help="epochs of each")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--threads", type=int, nargs="+", default=[torch.get_num_threads()])
    parser.add_argument("--json", type=Path, required=True)
    asked = parser.parse_args()
    frame, schema = read(asked.table, asked.rows)
    runs = []
    for threads in asked.threads:
        torch.set_num_threads(threads)
        found = summary(contest(frame, schema, asked))
        runs.append({"threads": threads, "load_average": os.getloadavg()[0], **found})
        print(json.dumps(runs[-1]))
    record = {
        "table": asked.table.stem,
        "rows": len(frame),
        "batch": BATCH,
        "machine": machine(asked.device),
        "versions": {name: version(name) for name in ("torch", "ctgan", "numpy", "scikit-learn")},
        "runs": runs,
    }
    asked.json.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
