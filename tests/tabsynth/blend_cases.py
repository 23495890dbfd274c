"""Tables and files that the tests of blends share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from tabsynth.lineage.ancestry import Ancestor, Lineage, real
from tabsynth.lineage.signing import make_keys
from tabsynth.source import with_mark, write_table


def frame(rows: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "number": np.arange(rows) + 1_000_000 * seed,
            "sex": rng.choice(["female", "male"], rows, p=[0.3, 0.7]),
            "ward": pd.Series(rng.choice(["a", "b", "c"], rows)).where(rng.random(rows) > 0.1, None),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 900, rows), unit="D"),
            "well": rng.random(rows) < 0.5,
        }
    )


def drawn(generator: str, rows: int, generation: int = 1) -> Lineage:
    source = real() if generation == 1 else drawn("old", 5, generation - 1)
    told = Ancestor(kind="synthetic", generation=generation, rows=rows, generator=generator)
    return Lineage.made(told, [(source, None)])


def made_files(tmp_path: Path) -> Path:
    """A real table, synthetic ones of two generators and generations, in two formats; keys of two makers."""
    frame(400, 0).to_parquet(tmp_path / "real.parquet")
    for name, generator, seed, generation in (
        ("first.parquet", "tree", 1, 1),
        ("second.csv", "copula", 2, 2),
    ):
        lineage = drawn(generator, 300, generation)
        write_table(with_mark(frame(300, seed), lineage.mark), tmp_path / name, lineage)
    make_keys(tmp_path / "maker.key")
    make_keys(tmp_path / "stranger.key")
    return tmp_path
