"""Which generator is best, at what cost, and how private? Ours and its peers, on the same halves of real tables.

    python benchmarks/generators.py --data DIR --out reports/benchmarks [--seeds 0 1 2] [--argn-python PYTHON]

DIR holds <table>.parquet with its sidecar <table>.json. Each table is cut into random halves; every generator
learns one, in a process of its own and one after the other, and is judged against both. Each answer is appended
to OUT/generators.jsonl at once, so that a run that was stopped goes on where it stood. At the end
OUT/generators.md and a picture. Hours. TabularARGN needs mostlyai-engine in an environment of
its own, whose interpreter is PYTHON.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from generator_makers import makers
from generator_scores import scores
from generators_report import write_report
from leaks import read_record
from planting import Roles, read_table

TABLES = (
    *("adult", "default_credit_card", "online_shoppers", "magic_gamma", "beijing_pm25"),
    *("support2", "nist_acs_national2019"),
)
MOST_ROWS = 25_000
"""A half, at most."""


@dataclass(frozen=True)
class Task:
    """One generator on one half of one table."""

    table: str
    seed: int
    generator: str


def halves(folder: Path, table: str, seed: int) -> tuple[pd.DataFrame, pd.DataFrame, Roles, str]:
    """Two random halves without ids, the roles of the columns, and the target of the downstream task."""
    frame, roles = read_table(folder, table)
    target = json.loads((folder / f"{table}.json").read_text())["target"]
    frame = frame[[name for name in frame if name in roles.released]]
    order = np.random.default_rng(seed).permutation(len(frame))
    rows = min(len(frame) // 2, MOST_ROWS)
    train, held_out = (frame.iloc[order[i * rows : (i + 1) * rows]].reset_index(drop=True) for i in (0, 1))
    return train, held_out, roles, target


def answer(task: Task, folder: Path, argn_python: str | None) -> dict[str, Any]:
    """One line of the record."""
    record: dict[str, Any] = asdict(task)
    train, held_out, roles, target = halves(folder, task.table, task.seed)
    try:
        began = processor_seconds()
        draw = makers(argn_python)[task.generator](train, roles, task.seed)
        fitted = processor_seconds()
        synthetic = draw(len(train))
        drawn = processor_seconds()
    except Exception as error:  # noqa: BLE001  that a generator stops is a result, ours too
        return {**record, "error": f"{type(error).__name__}: {str(error)[:200]}"}
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    record |= {"rows": len(train), "fit seconds": round(fitted - began, 2)}
    record |= {"sample seconds": round(drawn - fitted, 2), "peak GiB": round(peak / 2**20, 2)}
    return {**record, "scores": scores(train, held_out, synthetic.reset_index(drop=True), roles, target)}


def processor_seconds() -> float:
    """Of all cores, this process and its ended children: what else the machine does hardly changes it."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def run_all(todo: list[Task], asked: argparse.Namespace, file: Path) -> None:
    """Every task in a fresh process, one after the other, its answer appended when it comes."""
    began = time.perf_counter()
    with file.open("a") as lines:
        for done, task in enumerate(todo, 1):
            with get_context("spawn").Pool(1) as process:
                record = process.apply(answer, (task, asked.data, asked.argn_python))
            lines.write(json.dumps(record) + "\n")
            lines.flush()
            left = (time.perf_counter() - began) / done * (len(todo) - done) / 60
            told = record.get("error") or f"AUC {record['scores']['two-sample AUC']:.3f}"
            place = f"{task.table} seed {task.seed} · {task.generator}"
            print(
                f"{done}/{len(todo)} · {place}: {told} · about {left:.0f} min left",
                file=sys.stderr,
                flush=True,
            )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tables", nargs="+", default=TABLES)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--generators", nargs="+", metavar="NAME", help="all when left out")
    parser.add_argument("--argn-python", help="interpreter of an environment with mostlyai-engine")
    return parser.parse_args()


def main() -> None:
    asked = arguments()
    asked.out.mkdir(parents=True, exist_ok=True)
    file = asked.out / "generators.jsonl"
    names = asked.generators or list(makers(asked.argn_python))
    record = read_record(file)
    known = {(line["table"], line["seed"], line["generator"]) for line in record}
    wanted = [Task(*each) for each in ((t, s, g) for s in asked.seeds for g in names for t in asked.tables)]
    run_all([task for task in wanted if tuple(asdict(task).values()) not in known], asked, file)
    write_report(file, asked.out)


if __name__ == "__main__":
    main()
