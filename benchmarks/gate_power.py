"""How small a leak does the gate see on real tables, how long does it take, how often is it wrong?

    python benchmarks/gate_power.py --data DIR --out reports/benchmarks/gate_power.json [--draws 20]

DIR holds <table>.parquet with its sidecar <table>.json. The synthetic tables leak nothing: fresh rows of the
same source (the hardest case: real rows have near neighbours by chance), or train with every column shuffled
apart. About ten minutes on one thread.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
import pandas as pd

from privacy.evidence import Evidence, gather
from privacy.gate.inspect import inspect
from privacy.result import Detectable, Status
from privacy.schema import Column, Kind, Role, Schema

POWER = (
    ("adult", (10_000, 10_000, 10_000), "fresh rows"),
    ("default_credit_card", (10_000, 10_000, 10_000), "fresh rows"),
    ("nist_acs_national2019", (9_084, 9_084, 9_084), "fresh rows"),
    ("magic_gamma", (6_340, 6_340, 6_340), "fresh rows"),
    ("online_shoppers", (4_110, 4_110, 4_110), "fresh rows"),
    ("support2", (3_035, 3_035, 3_035), "fresh rows"),
    ("adult", (20_932, 6_977, 20_932), "fresh rows"),
    ("support2", (3_902, 1_300, 3_902), "fresh rows"),
    ("adult", (29_305, 9_768, 29_305), "shuffled columns"),
    ("support2", (5_463, 1_821, 5_463), "shuffled columns"),
)
"""Table, rows of train, control and synthetic, and what is synthetic. Equal sizes, as in published figures; then
three parts of train to one of control, the usual split."""

FALSE_ALARMS = (
    ("adult", (3_000, 1_000, 3_000)),
    ("support2", (3_000, 1_000, 3_000)),
    ("nist_acs_national2019", (3_000, 1_000, 3_000)),
)


def read(folder: Path, name: str) -> tuple[pd.DataFrame, Schema]:
    """The table and its schema, from the roles in the sidecar."""
    frame = pd.read_parquet(folder / f"{name}.parquet")
    roles = json.loads((folder / f"{name}.json").read_text())
    kinds = {
        **dict.fromkeys(roles["numeric_columns"], Kind.NUMERIC),
        **dict.fromkeys(roles["datetime_columns"], Kind.DATETIME),
        **dict.fromkeys(roles["id_columns"], Kind.ID),
    }
    columns = tuple(
        Column(name=c, kind=kind, role=Role.IDENTIFIER if kind is Kind.ID else Role.OTHER)
        for c in frame.columns
        for kind in [kinds.get(c, Kind.CATEGORICAL)]
    )
    return frame, Schema(columns=columns)


def split(
    frame: pd.DataFrame, schema: Schema, sizes: tuple[int, int, int], rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Disjoint random train, control and fresh rows."""
    rows = rng.permutation(len(frame))[: sum(sizes)]
    train, control, fresh = np.split(rows, np.cumsum(sizes)[:-1])
    keep = [column.name for column in schema.compared]
    return frame.iloc[train], frame.iloc[control], frame.iloc[fresh][keep]


def shuffled_columns(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The margins and nothing else."""
    return pd.DataFrame({name: frame[name].to_numpy()[rng.permutation(len(frame))] for name in frame})


def synthetic_table(
    kind: str, train: pd.DataFrame, fresh: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """A table that leaks nothing."""
    return fresh if kind == "fresh rows" else shuffled_columns(train[list(fresh.columns)], rng)


def one_audit(
    frame: pd.DataFrame, schema: Schema, sizes: tuple[int, int, int], kind: str, seed: int, planted_draws: int
) -> tuple[dict[str, float], tuple[Detectable, ...], dict[str, float]]:
    """Facts, detectable leaks and seconds of one audit of a table that leaks nothing."""
    rng = np.random.default_rng(seed)
    train, control, fresh = split(frame, schema, sizes, rng)
    synthetic = synthetic_table(kind, train, fresh, rng)
    began = time.perf_counter()
    evidence: Evidence = gather(train, control, synthetic, schema, rng)
    gathered = time.perf_counter()
    findings, checks = inspect(evidence, tolerances={}, rng=rng, planted_draws=planted_draws)
    done = time.perf_counter()
    facts = {
        "leaks": sum(finding.status is Status.LEAK for finding in findings),
        "failed_checks": sum(not check.passed for check in (*evidence.checks, *checks)),
        "least_odds": findings[0].excess.interval.low,
        "train_share_of_nearest": findings[1].value.value,
    }
    seconds = {"evidence": round(gathered - began, 1), "gate": round(done - gathered, 1)}
    return facts, findings[0].detectable, seconds


def power(folder: Path, name: str, sizes: tuple[int, int, int], kind: str) -> dict[str, object]:
    """Smallest visible doses and seconds, three audits."""
    frame, schema = read(folder, name)
    audits = [one_audit(frame, schema, sizes, kind, seed, 100) for seed in range(3)]
    doses: dict[str, dict[str, list[float | None]]] = {}
    for _, found, _ in audits:
        for leak in found:
            of_kind = doses.setdefault(leak.leak, {"dose_80": [], "dose_95": []})
            of_kind["dose_80"].append(leak.dose_80)
            of_kind["dose_95"].append(leak.dose_95)
    seconds = [seconds for _, _, seconds in audits]
    return {"table": name, "rows": sizes, "synthetic": kind, "doses": doses, "seconds": seconds}


def false_alarms(
    folder: Path, name: str, sizes: tuple[int, int, int], kind: str, draws: int
) -> dict[str, object]:
    """Clean tables called leaks, and failed checks, over many splits."""
    frame, schema = read(folder, name)
    facts = [one_audit(frame, schema, sizes, kind, 1000 + seed, 1)[0] for seed in range(draws)]
    return {
        "table": name,
        "rows": sizes,
        "synthetic": kind,
        "draws": draws,
        "leaks": sum(fact["leaks"] > 0 for fact in facts),
        "failed_checks": sum(fact["failed_checks"] > 0 for fact in facts),
        "largest_least_odds": max(fact["least_odds"] for fact in facts),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--draws", type=int, default=20)
    options = parser.parse_args()
    report: dict[str, list[object]] = {"power": [], "false_alarms": []}
    for name, sizes, kind in POWER:
        report["power"].append(power(options.data, name, sizes, kind))
        print(json.dumps(report["power"][-1]), flush=True)
    for name, sizes in FALSE_ALARMS:
        for kind in ("fresh rows", "shuffled columns"):
            report["false_alarms"].append(false_alarms(options.data, name, sizes, kind, options.draws))
            print(json.dumps(report["false_alarms"][-1]), flush=True)
    options.out.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
