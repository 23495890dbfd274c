"""Our CTGAN against the ctgan package: same machine, same coded table, same number of epochs, one after the other.

    python benchmarks/ctgan_against_package.py --table adult.parquet --epochs 20 --seeds 0 1 2 --json out.json

Train 60, development 20, held out 20 %, drawn anew by each seed. Errors are against held-out rows, and stand
beside the floor: the same error of the training rows themselves. AUC: a boosted classifier told to separate
held-out from synthetic rows in three folds; 0.5 means that it cannot.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from privacy import canonical, guess_schema, load_schema, read_table, silent
from tabsynth.domain import Encoded
from tabsynth.encode import Encoder
from tabsynth.generators import make_generator
from tabsynth.train.score import Distance

CONTESTANTS = ("ctgan", "ctgan-package")


def coded_parts(table: Path, schema_file: Path | None, seed: int) -> tuple[Encoded, Encoded, Encoded]:
    """Train, development and held-out rows of the table, coded by an encoder fitted on train."""
    frame = read_table(table)
    schema = load_schema(schema_file) if schema_file else guess_schema(frame)[0]
    rows = canonical(frame, schema, table="the table")
    order = np.random.default_rng(seed).permutation(len(rows))
    train, development, held_out = np.split(order, [int(0.6 * len(order)), int(0.8 * len(order))])
    encoder = Encoder.fit(rows.iloc[train], schema, train)
    return tuple(encoder.encode(rows.iloc[part]) for part in (train, development, held_out))


def told_apart(real: Encoded, synthetic: Encoded, seed: int) -> float:
    """Cross-validated AUC of a boosted classifier on codes with residuals, equally many rows of each."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    rows = min(len(real), len(synthetic))
    features = np.concatenate([table.codes[:rows] + table.residuals[:rows] for table in (real, synthetic)])
    labels = np.repeat([0, 1], rows)
    folds = StratifiedKFold(3, shuffle=True, random_state=seed)
    model = HistGradientBoostingClassifier(random_state=seed)
    guessed = cross_val_predict(model, features, labels, cv=folds, method="predict_proba")[:, 1]
    return float(roc_auc_score(labels, guessed))


def rare_mass(table: Encoded, reference: Encoded) -> float:
    """Mean mass, per discrete column, of the levels under 1 % of the reference."""
    masses = []
    for column, axis in enumerate(reference.domain.axes):
        if axis.discrete:
            own, theirs = (
                np.bincount(t.codes[:, column], minlength=axis.size) / len(t) for t in (table, reference)
            )
            masses.append(own[theirs < 0.01].sum())
    return float(np.mean(masses)) if masses else 0.0


def contest(
    name: str, parts: tuple[Encoded, Encoded, Encoded], asked: argparse.Namespace, seed: int
) -> dict[str, Any]:
    """Seconds and errors of one generator on one split."""
    train, development, held_out = parts
    settings: dict[str, Any] = {"epochs": asked.epochs, "device": asked.device}
    if name == "ctgan" and not asked.early_stop:
        settings["patience"] = None
    generator = make_generator(name, settings)
    notes: list[str] = []
    start, cpu = time.perf_counter(), time.process_time()
    generator.fit(train, development, np.random.default_rng(seed), lambda event: notes.append(event.note))
    fitted, cpu = time.perf_counter(), time.process_time() - cpu
    sample = generator.sample(len(held_out), np.random.default_rng(seed + 1))
    sampled = time.perf_counter()
    shape, pair = Distance(held_out).parts(sample)
    return {
        "generator": name,
        "seed": seed,
        "fit_seconds": fitted - start,
        "fit_cpu_seconds": cpu,
        "sample_seconds": sampled - fitted,
        "shape_error": shape,
        "pair_error": pair,
        "auc": told_apart(held_out, sample, seed),
        "rare_mass_ratio": rare_mass(sample, held_out) / max(rare_mass(held_out, held_out), 1e-9),
        "device": next(note for note in notes if "cpu" in note or "cuda" in note),
        "epochs_run": len(generator.state().facts["history"]["losses"]) if name == "ctgan" else asked.epochs,
    }


def warm_up(name: str, train: Encoded, device: str) -> None:
    """Imports and first calls, paid before the clock starts."""
    generator = make_generator(name, {"epochs": 1, "device": device})
    few = train.take(np.arange(min(len(train), 200)))
    generator.fit(few, few, np.random.default_rng(0), silent)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--table", type=Path, required=True)
    parser.add_argument("--schema", type=Path, help="schema TOML; guessed without it")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--early-stop", action="store_true", help="let ours stop before the last epoch")
    parser.add_argument("--json", type=Path, required=True)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    results, floors = [], []
    for seed in asked.seeds:
        parts = coded_parts(asked.table, asked.schema, seed)
        shape, pair = Distance(parts[2]).parts(parts[0])
        floors.append({"seed": seed, "shape_error": shape, "pair_error": pair})
        for name in CONTESTANTS:
            warm_up(name, parts[0], asked.device)
            results.append(contest(name, parts, asked, seed))
            print(json.dumps(results[-1]), file=sys.stderr)
    seconds = {name: [r["fit_seconds"] for r in results if r["generator"] == name] for name in CONTESTANTS}
    record = {
        "table": asked.table.stem,
        "rows": [len(part) for part in parts],
        "columns": len(parts[0].domain),
        "epochs": asked.epochs,
        "threads": asked.threads,
        "machine": {"processor": platform.machine(), "system": platform.system()},
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "versions": {name: version(name) for name in ("torch", "ctgan", "sdv", "numpy", "scikit-learn")},
        "results": results,
        "floors": floors,
        "package_fit_seconds_over_ours": float(np.mean(seconds["ctgan-package"]) / np.mean(seconds["ctgan"])),
    }
    asked.json.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
