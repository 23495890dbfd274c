"""How long does a whole audit take, how much memory, and how fast are the nearest neighbours? Beside peers.

    python benchmarks/audit_seconds.py --data DIR --out reports/benchmarks/audit_seconds.json [--runs 3]

DIR holds adult.parquet with its sidecar. 24,000 train rows, 24,000 control rows, and 24,000 rows that our copula
learnt from train. Every subject runs in a process of its own, one after the other, `--runs` times, compiling
included: our full default audit, our exact two nearest neighbours and, on the same tables, the five attacks of
anonymeter with its usual 500 guesses, its neighbour search, and scikit-learn's exhaustive one on dummy columns.
With a CUDA device also one million against one million.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import sys
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from leaks import declared
from peers import Tables, anonymeter
from planting import Split, read_table

import privacy

ROWS = 24_000
MILLION = 1_000_000


def tables(folder: Path) -> tuple[Split, pd.DataFrame]:
    """Train and control of `ROWS` rows each, and a copula's rows."""
    from tabsynth import Synthesizer

    frame, roles = read_table(folder, "adult")
    order = np.random.default_rng(0).permutation(len(frame))
    train, control = (frame.iloc[order[i * ROWS : (i + 1) * ROWS]].reset_index(drop=True) for i in (0, 1))
    learnt = Synthesizer("copula", random_state=0).fit(train)
    return Split(train, control, train, roles), learnt.sample(ROWS)


def our_audit(split: Split, synthetic: pd.DataFrame) -> dict[str, Any]:
    audit = privacy.audit(
        split.train, split.control, synthetic, declared(split, list(synthetic)), random_state=0
    )
    return {"outcome": str(audit.verdict.outcome), "stages": dict(audit.seconds)}


def our_neighbours(split: Split, synthetic: pd.DataFrame) -> dict[str, Any]:
    from privacy.neighbors import Distance, two_nearest
    from privacy.ruler import Ruler

    names = list(synthetic)
    ruler = Ruler.fit(canonical(split.train[names]))
    asked, pool = (ruler.measure(canonical(rows[names])) for rows in (synthetic, split.train))
    began = time.perf_counter()
    two_nearest(asked, pool, Distance.plain(pool), np.arange(ROWS), rng=np.random.default_rng(0))
    return {"search": time.perf_counter() - began}


def canonical(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.apply(lambda column: column.astype(float) if column.dtype.kind in "if" else column)


def anonymeters_attacks(split: Split, synthetic: pd.DataFrame) -> dict[str, Any]:
    anonymeter(Tables.of(split, synthetic), np.random.default_rng(0))
    return {}


def anonymeters_neighbours(split: Split, synthetic: pd.DataFrame) -> dict[str, Any]:
    import anonymeter.evaluators  # noqa: F401  its modules import each other in a circle; this end is the open one
    from anonymeter.neighbors.mixed_types_kneighbors import MixedTypeKNeighbors

    given = Tables.of(split, synthetic)
    began = time.perf_counter()
    MixedTypeKNeighbors(n_jobs=-1, n_neighbors=2).fit(given.train).kneighbors(given.synthetic)
    return {"search": time.perf_counter() - began}


def scikit_neighbours(split: Split, synthetic: pd.DataFrame) -> dict[str, Any]:
    from planting.models import coordinates, nearest

    given = Tables.of(split, synthetic)
    asked, pool = coordinates([given.synthetic, given.train], split.roles)
    began = time.perf_counter()
    nearest(asked, pool, 2)
    return {"search": time.perf_counter() - began}


SUBJECTS: dict[str, Callable[[Split, pd.DataFrame], dict[str, Any]]] = {
    "our full audit": our_audit,
    "anonymeter's attacks": anonymeters_attacks,
    "our two nearest": our_neighbours,
    "anonymeter's two nearest": anonymeters_neighbours,
    "scikit-learn's two nearest": scikit_neighbours,
}


def measured(subject: str, split: Split, synthetic: pd.DataFrame) -> dict[str, Any]:
    """Wall seconds and peak memory of one run in a fresh process."""
    with get_context("spawn").Pool(1) as process:
        return process.apply(_measured, (subject, split, synthetic))


def _measured(subject: str, split: Split, synthetic: pd.DataFrame) -> dict[str, Any]:
    began = time.perf_counter()
    told = SUBJECTS[subject](split, synthetic)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"subject": subject, "seconds": round(seconds, 2), "peak_gib": round(peak, 2), **told}


def million_on_cuda() -> dict[str, Any] | None:
    """One million mixed rows against one million on the CUDA device, exact; None without one."""
    import torch

    if not torch.cuda.is_available():
        return None
    from privacy.neighbors import Distance, two_nearest
    from privacy.ruler import Coordinates

    rng = np.random.default_rng(0)
    asked, pool = (
        Coordinates(rng.random((MILLION, 6), np.float32), rng.integers(0, 12, (MILLION, 9)).astype(np.int32))
        for _ in range(2)
    )
    began = time.perf_counter()
    two_nearest(asked, pool, Distance.plain(pool), np.arange(MILLION), rng=rng, engine="torch")
    return {"device": torch.cuda.get_device_name(), "seconds": round(time.perf_counter() - began, 1)}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    split, synthetic = tables(options.data)
    runs = []
    for run in range(options.runs):
        for subject in SUBJECTS:
            runs.append({"run": run, **measured(subject, split, synthetic)})
            print(json.dumps(runs[-1]), file=sys.stderr, flush=True)
    report = {"machine": platform.machine(), "rows": ROWS, "runs": runs, "million_on_cuda": million_on_cuda()}
    options.out.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
