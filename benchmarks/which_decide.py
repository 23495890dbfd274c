"""Which attacks see a leak, and which cry wolf? The measurement behind what the verdict rests on.

    python benchmarks/which_decide.py --data DIR --out reports/benchmarks/which_decide.json [--draws 6]

DIR holds <table>.parquet with its sidecar <table>.json. For every attack but the slow package, the share of draws
in which one of its findings has an interval of the excess wholly above zero, or is called a leak under the
default policy. An attack that decides must see small leaks and be quiet on clean tables.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
from leaks import declared
from planting import CLEAN, LEAKS, Plant, copies, make_split, read_table

from privacy.attacks import attack_names, load_attack
from privacy.evidence import Evidence, gather
from privacy.gate.inspect import inspect
from privacy.judge import judge
from privacy.policy import Policy
from privacy.result import Finding, Status

TABLES = ("adult", "support2")
ROWS = 5_000
RELEASES: dict[str, tuple[Plant, float]] = {
    "fresh rows": (CLEAN["fresh rows"], 0.0),
    "copula of other rows": (CLEAN["copula"], 0.0),
    "verbatim 1 %": LEAKS["verbatim"],
    "noise .05, 2 %": LEAKS["noise .05"],
    "noise .2, all rows": LEAKS["noise .2, all rows"],
    "verbatim 5 %": (copies.copied(copies.verbatim), 0.05),
}


def findings_of(evidence: Evidence, rng: np.random.Generator) -> list[Finding]:
    """Gate and attacks, judged; the package anonymeter is left out."""
    found, _ = inspect(evidence, tolerances={}, rng=rng, planted_draws=1)
    for name in attack_names():
        attack = load_attack(name)
        if name != "anonymeter" and attack.requires(evidence.schema) is None:
            found += attack.run(evidence, rng)
    return list(judge(found, [], [], Policy.load("controlled"))[0])


def seen(finding: Finding) -> bool:
    """Whether the interval of the excess lies above that of a table that leaks nothing."""
    even = 1.0 if finding.attack == "gate" and finding.name != "identical table" else 0.0
    interval = finding.excess.interval if finding.excess else None
    return finding.trials_made > 0 and interval is not None and interval.low > even


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--draws", type=int, default=6)
    options = parser.parse_args()
    shares: dict[str, dict[str, list[tuple[bool, bool]]]] = defaultdict(lambda: defaultdict(list))
    for table in TABLES:
        frame, roles = read_table(options.data, table)
        for draw in range(options.draws):
            split = make_split(frame, roles, ROWS, np.random.default_rng(draw))
            for name, (plant, dose) in RELEASES.items():
                rng = np.random.default_rng([draw, len(name)])
                synthetic = plant(split, dose, rng)
                names = [str(column) for column in synthetic]
                evidence = gather(
                    split.train[names], split.control[names], synthetic, declared(split, names), rng
                )
                for finding in findings_of(evidence, rng):
                    key = f"{finding.attack}: {_kind(finding)}"
                    shares[key][name].append((seen(finding), finding.status is Status.LEAK))
                print(table, draw, name, flush=True)
    report = {
        test: {
            release: {
                "findings": len(told),
                "above_zero": round(float(np.mean([above for above, _ in told])), 3),
                "leak": round(float(np.mean([leak for _, leak in told])), 3),
            }
            for release, told in releases.items()
        }
        for test, releases in shares.items()
    }
    options.out.write_text(json.dumps(report, indent=1) + "\n")


def _kind(finding: Finding) -> str:
    """The name without the column it is about, so that columns count together."""
    for column in finding.columns:
        if column in finding.name:
            return finding.name.replace(column, "a column")
    return finding.name


if __name__ == "__main__":
    main()
