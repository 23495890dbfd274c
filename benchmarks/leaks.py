"""Which leaks does an auditor catch, and how often does it cry wolf? Ours and its peers, on the same tables.

    python benchmarks/leaks.py --data DIR --out reports/benchmarks [--rows 10000] [--seeds 0 1 2] [--jobs 2]

DIR holds <table>.parquet with its sidecar <table>.json. Every kind of leak of `planting` is planted in every
table with every seed, and every auditor is asked on its own; each answer is appended to OUT/leaks.jsonl at
once, so that a run that was stopped goes on where it stood, and a long one can be made in parts (`--auditors`,
`--seeds`, `--tables`). At the end OUT/leaks.json, leaks.md and pictures, of all answers with the same settings.
Hours at 10,000 rows; `--fast` asks our audit only what decides its verdict.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from leaks_report import write_report
from peers import PEERS, ask
from planting import (
    CLEAN,
    FEW_VICTIMS,
    LEAKS,
    PREPARE,
    UNDECIDABLE,
    NotInThisTable,
    Roles,
    Split,
    make_split,
    read_table,
)

import privacy
from privacy.attacks import attack_names, load_attack
from privacy.result import Audit, Status

TABLES = ("adult", "default_credit_card", "nist_acs_national2019", "support2", "online_shoppers")
DATE_AND_TEXT_TABLES = ("king_county_houses", "lending_club_loans")
DATE_AND_TEXT_KINDS = ("text changed", "dates shifted", "dates shifted, all rows", "fresh rows")
"""The five tables hold neither dates nor free text: these kinds are planted in tables that do."""

ONE_THREAD = ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "POLARS_MAX_THREADS")

OURS = "privacy"
KINDS = (*LEAKS, *CLEAN, *UNDECIDABLE)


@dataclass(frozen=True)
class Task:
    """One auditor asked about one release."""

    table: str
    seed: int
    kind: str
    auditor: str
    rows: int
    guess: bool
    fast: bool
    policy: str

    @property
    def group(self) -> str:
        return "leak" if self.kind in LEAKS else "clean" if self.kind in CLEAN else "undecidable"

    def rng(self, *purpose: str) -> np.random.Generator:
        """The same stream for the same purpose, whatever else is run."""
        return np.random.default_rng([self.seed, *(zlib.crc32(word.encode()) for word in purpose)])


def declared(split: Split, names: list[str]) -> privacy.Schema:
    """The schema an owner would write from the code book: kinds, and the suggested roles."""
    roles = split.roles
    return privacy.Schema(
        columns=tuple(
            privacy.Column(name=name, kind=_kind(roles, split.train[name]), role=_role(roles, name))
            for name in names
        )
    )


def _kind(roles: Roles, values: pd.Series) -> privacy.Kind:
    name = str(values.name)
    for kind in (privacy.Kind.NUMERIC, privacy.Kind.DATETIME, privacy.Kind.TEXT, privacy.Kind.ID):
        if name in getattr(roles, kind):
            return kind
    return privacy.Kind.BOOLEAN if values.dtype == bool else privacy.Kind.CATEGORICAL


def _role(roles: Roles, name: str) -> privacy.Role:
    if name in roles.id:
        return privacy.Role.IDENTIFIER
    if name in roles.quasi_identifiers:
        return privacy.Role.QUASI_IDENTIFIER
    return privacy.Role.SENSITIVE if name in roles.sensitive else privacy.Role.OTHER


def our_audit(task: Task, split: Split, synthetic: pd.DataFrame) -> dict[str, Any]:
    """The verdict, what decided it, and what the audit says it would have seen."""
    names = [str(name) for name in synthetic]
    attacks = None
    if task.fast:
        attacks = [name for name in attack_names() if getattr(load_attack(name), "gating", False)]
    try:
        audit = privacy.audit(
            split.train[names],
            split.control[names],
            synthetic,
            None if task.guess else declared(split, names),
            policy=task.policy,
            random_state=task.seed,
            attacks=attacks,
        )
    except privacy.UserError as error:
        return {"outcome": "refused", "reason": str(error)}
    except Exception as error:  # noqa: BLE001  that an auditor stops is a result, ours too
        return {"outcome": "error", "reason": f"{type(error).__name__}: {error}"}
    return {
        "outcome": str(audit.verdict.outcome),
        "leaks": _named(audit, Status.LEAK),
        "unresolved": _named(audit, Status.UNRESOLVED),
        "failed_checks": [check.name for check in audit.checks if not check.passed],
        "not_run": [skip.name for skip in audit.skipped if skip.gating],
        "detectable": {
            leak.leak: {"dose_80": leak.dose_80, "dose_95": leak.dose_95, "limit": leak.tolerance}
            for finding in audit.findings
            for leak in finding.detectable
        },
        "stages": dict(audit.seconds),
    }


def _named(audit: Audit, status: Status) -> list[str]:
    gating = (finding for finding in audit.findings if finding.gating and finding.status is status)
    return [f"{finding.attack}: {finding.name}" for finding in gating]


@lru_cache(maxsize=2)
def _table(folder: Path, name: str) -> tuple[pd.DataFrame, Roles]:
    return read_table(folder, name)


def planted(task: Task, folder: Path) -> tuple[Split, pd.DataFrame, float]:
    """The parts, the release, and the share of train records that it copies (1: all of them, 0: none)."""
    table, roles = _table(folder, task.table)
    split = make_split(table, roles, task.rows, task.rng(task.table))
    rng = task.rng(task.table, task.kind)
    if task.kind in PREPARE:
        split = PREPARE[task.kind](split, rng)
    plant, dose = LEAKS.get(task.kind) or ({**CLEAN, **UNDECIDABLE}[task.kind], 0.0)
    synthetic = plant(split, dose, rng)
    return split, synthetic, FEW_VICTIMS / len(split.train) if task.kind == "few victims" else dose


def answer(task: Task, folder: Path) -> dict[str, Any]:
    """One line of the record."""
    record: dict[str, Any] = {**asdict(task), "group": task.group}
    try:
        split, synthetic, dose = planted(task, folder)
    except NotInThisTable as reason:
        return {**record, "impossible": str(reason)}
    record.update(dose=dose, train=len(split.train), control=len(split.control), synthetic=len(synthetic))
    began, cpu = time.perf_counter(), time.process_time()
    if task.auditor == OURS:
        record["ours"] = our_audit(task, split, synthetic)
    else:
        said = ask(task.auditor, split, synthetic, task.rng(task.table, task.kind, task.auditor))
        record["peers"] = {name: asdict(verdict) for name, verdict in said.items()}
    record["seconds"] = round(time.perf_counter() - began, 2)
    record["cpu_seconds"] = round(time.process_time() - cpu, 2)
    return record


def tasks(asked: argparse.Namespace) -> list[Task]:
    """Ours first, then one peer after the other; within an auditor seed by seed."""
    kinds = [kind for kind in KINDS if not asked.kinds or kind in asked.kinds]
    places = [(table, kind) for table in asked.tables for kind in kinds]
    places += [(table, kind) for table in asked.more_tables for kind in kinds if kind in DATE_AND_TEXT_KINDS]
    return [
        Task(table, seed, kind, auditor, asked.rows, asked.guess, asked.fast, asked.policy)
        for auditor in asked.auditors
        for seed in asked.seeds
        for table, kind in dict.fromkeys(places)
    ]


def read_record(file: Path) -> list[dict[str, Any]]:
    """What was answered so far; a last line that was cut short is asked again."""
    if not file.exists():
        return []
    lines = file.read_text().split("\n")
    return [json.loads(line) for line in lines[:-1]]


def unanswered(wanted: list[Task], record: list[dict[str, Any]]) -> list[Task]:
    names = Task.__dataclass_fields__
    done = {tuple(line[name] for name in names) for line in record}
    return [task for task in wanted if tuple(asdict(task).values()) not in done]


def run_all(todo: list[Task], folder: Path, file: Path, jobs: int) -> None:
    """Every task in a process of its own, its answer appended when it comes."""
    for variable in ONE_THREAD:
        os.environ.setdefault(variable, "1")
    done: list[dict[str, Any]] = []
    with (
        ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as workers,
        file.open("a") as lines,
    ):
        running = {workers.submit(answer, task, folder): task for task in todo}
        for future in as_completed(running):
            done.append(future.result())
            lines.write(json.dumps(done[-1]) + "\n")
            lines.flush()
            print(_progress(done, todo, jobs), file=sys.stderr, flush=True)


def _progress(done: list[dict[str, Any]], todo: list[Task], jobs: int) -> str:
    last = done[-1]
    seconds = 0.0
    for auditor in dict.fromkeys(task.auditor for task in todo):
        taken = [line.get("seconds", 0.0) for line in done if line["auditor"] == auditor]
        left = sum(task.auditor == auditor for task in todo) - len(taken)
        seconds += left * float(np.mean(taken or [30.0])) / jobs
    place = f"{last['table']} seed {last['seed']} · {last['kind']} · {last['auditor']}"
    verdicts = ", ".join(_verdicts(last))
    return f"{len(done)}/{len(todo)} · {place}: {verdicts} · about {seconds / 60:.0f} min left"


def _verdicts(line: dict[str, Any]) -> Iterator[str]:
    if "impossible" in line:
        yield line["impossible"]
    elif "ours" in line:
        yield line["ours"]["outcome"]
    for name, said in line.get("peers", {}).items():
        yield f"{name} {'error' if said['flagged'] is None else 'leak' if said['flagged'] else 'no leak'}"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tables", nargs="*", default=TABLES)
    parser.add_argument(
        "--more-tables", nargs="*", default=DATE_AND_TEXT_TABLES, help="for the kinds that need dates or text"
    )
    parser.add_argument("--kinds", nargs="+", choices=KINDS, metavar="KIND", help="all when left out")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--rows", type=int, default=10_000, help="a side, at most a third of the table")
    parser.add_argument("--auditors", nargs="+", choices=[OURS, *PEERS], default=[OURS, *PEERS])
    parser.add_argument("--policy", default="controlled")
    parser.add_argument("--fast", action="store_true", help="only those of our attacks that can decide")
    parser.add_argument("--guess", action="store_true", help="give our audit no schema")
    parser.add_argument("--jobs", type=int, default=2)
    return parser.parse_args()


def main() -> None:
    asked = arguments()
    asked.out.mkdir(parents=True, exist_ok=True)
    file = asked.out / "leaks.jsonl"
    wanted = tasks(asked)
    record = read_record(file)
    if record:
        file.write_text("".join(json.dumps(line) + "\n" for line in record))
    run_all(unanswered(wanted, record), asked.data, file, asked.jobs)
    settings = ("rows", "guess", "fast", "policy")
    answers = [
        line for line in read_record(file) if all(line[name] == getattr(asked, name) for name in settings)
    ]
    raw = ",\n".join(json.dumps(line) for line in answers)
    (asked.out / "leaks.json").write_text(f"[\n{raw}\n]\n")
    write_report(asked.out / "leaks.json", asked.out)


if __name__ == "__main__":
    main()
