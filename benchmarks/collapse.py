"""Which share of real rows holds which engine? Five generations of ours on real tables, under every regime.

    python benchmarks/collapse.py --data DIR --out reports/benchmarks [--tables adult] [--engines tree copula]

DIR holds <table>.parquet with its sidecar <table>.json. Each table is cut into random halves of at most 3,500
rows, one to learn and one held back for the measuring. Engine, table and seed make a cell; its answer is
appended to OUT/collapse.jsonl at once, so that a run that was stopped goes on where it stood. At the end
OUT/collapse.json, OUT/collapse.md and OUT/collapse.svg. About half an hour of one processor.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from collapse_report import write_report
from generators import halves
from leaks import declared, read_record
from planting import Split

from privacy import canonical
from tabsynth.collapse.curves import Bench, points
from tabsynth.collapse.generations import Line, chained_schema
from tabsynth.collapse.regimes import regimes
from tabsynth.config import checked_config

TABLES = ("adult", "magic_gamma", "support2")
ENGINES: dict[str, dict[str, Any]] = {"tree": {}, "copula": {}, "autoregressive": {"epochs": 5}}
"""Each with its settings. The last one's epochs are few, for the processor's sake."""
SEEDS = {"tree": 3, "copula": 3, "autoregressive": 1}
ANCHORS = (0.1, 0.3, 0.5)
GENERATIONS = 5
MOST_ROWS = 3_500


@dataclass(frozen=True)
class Cell:
    """One engine on one table, in one course of chance."""

    table: str
    engine: str
    seed: int


def answer(cell: Cell, folder: Path) -> dict[str, Any]:
    """One line of the record: every generation's measures under every regime."""
    began = time.process_time()
    learnt, held_out, roles, _ = halves(folder, cell.table, cell.seed)
    learnt, held_out = learnt[:MOST_ROWS], held_out[:MOST_ROWS]
    schema = chained_schema(declared(Split(learnt, learnt, learnt, roles), [str(name) for name in learnt]))
    real, people = (canonical(frame, schema, table="source") for frame in (learnt, held_out))
    config = checked_config(generator=cell.engine, settings=ENGINES[cell.engine])
    line = Line(real, schema, config, len(real), GENERATIONS, np.random.SeedSequence([cell.seed, 1]))
    bench = Bench(real, people, schema, np.random.SeedSequence([cell.seed, 2]))
    seen = [
        point.model_dump(mode="json", exclude={"seed"})
        for point in points(line, bench, regimes(ANCHORS), cell.seed)
    ]
    seconds = round(time.process_time() - began, 1)
    return {**asdict(cell), "rows": len(real), "seconds": seconds, "points": seen}


def run_all(todo: list[Cell], folder: Path, file: Path) -> None:
    """Every cell, one after the other, its answer appended when it comes."""
    for cell in todo:
        told = answer(cell, folder)
        with file.open("a") as lines:
            lines.write(json.dumps(told) + "\n")
        print(cell, f"{told['seconds']} s", flush=True)


def unanswered(asked: argparse.Namespace, file: Path) -> list[Cell]:
    """Cells without a line, the first seed of all before the second of any."""
    done = (
        {(line["table"], line["engine"], line["seed"]) for line in read_record(file)} if file.exists() else ()
    )
    cells = [
        Cell(table, engine, seed)
        for seed in range(max(SEEDS.values()))
        for engine in asked.engines
        for table in asked.tables
        if seed < SEEDS[engine]
    ]
    return [cell for cell in cells if (cell.table, cell.engine, cell.seed) not in done]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    parser.add_argument("--engines", nargs="+", choices=list(ENGINES), default=list(ENGINES))
    given = parser.parse_args()
    raw = given.out / "collapse.jsonl"
    run_all(unanswered(given, raw), given.data, raw)
    write_report(raw, given.out)
