"""Makes a table that leaks on purpose, and the two real ones that an audit needs to catch it.

python sample_data/make_leaky.py --out DIR

writes DIR/train.parquet, DIR/control.parquet and DIR/leaky.parquet. The leaky table is what a careless
generator might hand out: most rows are people who are in neither of the others, one row in twenty is a
training record word for word, one in twenty a training record with one value changed. All carry new names
and numbers, so nothing gives the copies away at first sight.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from make_admissions import admissions
from numpy.typing import NDArray

from privacy import load_schema
from tabsynth.keys import load_key
from tabsynth.split import split

HERE = Path(__file__).parent
REPLACED = ("patient_id", "record_number", "full_name", "address", "clinical_note")
COPIED, ALTERED = 0.05, 0.05


def leak(train: pd.DataFrame, other: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """As many rows as `train`: 5 % of its rows, 5 % of its rows with one column altered, the rest `other`'s.

    other: rows of the same population, at least as many as train's, of people who are not in train.
    """
    copied, altered = round(COPIED * len(train)), round(ALTERED * len(train))
    taken = rng.choice(len(train), copied + altered, replace=False)
    leaked = train.iloc[taken].reset_index(drop=True)
    alter_one_value(leaked, np.arange(copied, copied + altered), train, rng)
    harmless = other.iloc[rng.choice(len(other), len(train), replace=False)].reset_index(drop=True)
    leaked[list(REPLACED)] = harmless.loc[: len(leaked) - 1, list(REPLACED)]
    table = pd.concat([leaked, harmless.iloc[len(leaked) :]])
    table = table.iloc[rng.permutation(len(table))].reset_index(drop=True)
    for number in ("patient_id", "record_number"):
        table[number] = [f"X{row:06d}" for row in range(len(table))]
    return table


def alter_one_value(
    leaked: pd.DataFrame, rows: NDArray[np.int64], train: pd.DataFrame, rng: np.random.Generator
) -> None:
    """Put another training record's value, a different one, into one column of each of `rows`."""
    columns = [number for number, name in enumerate(train) if name not in REPLACED]
    for row in rows:
        column = rng.choice(columns)
        value = leaked.iloc[row, column]
        same = train.iloc[:, column].isna() if pd.isna(value) else train.iloc[:, column] == value
        leaked.iloc[row, column] = train.iloc[rng.choice(np.flatnonzero(~same)), column]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    source = pd.read_parquet(HERE / "admissions.parquet")
    sides = split(source, load_schema(HERE / "schema.toml"), key=load_key(HERE / "demo.key"))
    strangers = admissions(len(source), seed=1_000_000 + options.seed)
    tables = {
        "train": sides.train,
        "control": sides.control.open(),
        "leaky": leak(sides.train, strangers, np.random.default_rng(options.seed)),
    }
    for name, table in tables.items():
        table.to_parquet(options.out / f"{name}.parquet", index=False)
        print(f"{options.out / name}.parquet: {len(table):,} rows")


if __name__ == "__main__":
    main()
