"""How long does a blend of a million rows take, files to file? Beside pandas doing the bare minimum.

    python benchmarks/blend_seconds.py --out reports/benchmarks/blend_seconds.json [--rows 1000000] [--runs 3]

Two made-up tables of 23 columns, three fifths of the blend from one, the rest from the other. Ours reads both,
draws at exact shares, marks every row, keeps the lineage, and writes Parquet and statement; pandas reads both,
samples, concatenates, shuffles and writes. In turn, each in a process of its own; seconds of the wall and of the
processor.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

COLUMNS = 23
SHARES = {"real": 0.6, "foreign": 0.4}


def make(path: Path, rows: int, seed: int) -> None:
    """Numbers, levels and dates, a third each."""
    rng = np.random.default_rng(seed)
    kinds: tuple[Callable[[], Any], ...] = (
        lambda: rng.normal(size=rows).round(3),
        lambda: rng.choice([f"level {number}" for number in range(40)], rows),
        lambda: pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 10**6, rows), unit="min"),
    )
    pd.DataFrame({f"c{number:02d}": kinds[number % 3]() for number in range(COLUMNS)}).to_parquet(path)


def ours(folder: Path, rows: int) -> None:
    from tabsynth.blend import blend, read_part, written_part
    from tabsynth.blend.writing import write_blend

    parts = [
        read_part(written_part(f"{kind}={folder / kind}.parquet:{share:.0%}", "--part"), [])
        for kind, share in SHARES.items()
    ]
    write_blend(blend(parts, rows, np.random.default_rng(0)), folder / "ours.parquet", None)


def with_pandas(folder: Path, rows: int) -> None:
    tables = [
        pd.read_parquet(folder / f"{kind}.parquet").sample(round(share * rows), random_state=0)
        for kind, share in SHARES.items()
    ]
    mixed = pd.concat(tables, ignore_index=True).sample(frac=1, random_state=1, ignore_index=True)
    mixed.to_parquet(folder / "pandas.parquet")


SUBJECTS = {"ours": ours, "pandas": with_pandas}


def timed(subject: str, folder: Path, rows: int) -> dict[str, float]:
    began = time.perf_counter()
    SUBJECTS[subject](folder, rows)
    wall = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "wall seconds": round(wall, 2),
        "processor seconds": round(used.ru_utime + used.ru_stime, 2),
        "peak GiB": round(used.ru_maxrss / 2**20, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    runs: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for seed, kind in enumerate(SHARES):
            make(folder / f"{kind}.parquet", asked.rows, seed)
        for _ in range(asked.runs):
            for subject in SUBJECTS:
                with get_context("spawn").Pool(1) as process:
                    found = process.apply(timed, (subject, folder, asked.rows))
                runs.append({"subject": subject, **found})
                print(f"{subject}: {found}", file=sys.stderr, flush=True)
    about = {"rows": asked.rows, "columns": COLUMNS, "machine": platform.machine(), "runs": runs}
    asked.out.write_text(json.dumps(about, indent=1) + "\n")


if __name__ == "__main__":
    main()
