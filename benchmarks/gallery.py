"""Makes every audit in reports/ again, and writes down how long each stage took.

    python benchmarks/gallery.py                  the three on the sample table
    python benchmarks/gallery.py --data FOLDER    also those on the real tables adult and support2

The data stay in a temporary folder; only audits are kept. Times are of this machine and go into
reports/benchmarks/gallery.json for the record, not as a claim.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
REPORTS = ROOT / "reports"
KEY = ("--key", "sample_data/demo.key", "--seed", "1")
SAMPLE = ("sample_data/admissions.parquet", "--schema", "sample_data/schema.toml")


def commands(data: str | None, tables: Path) -> dict[str, tuple[str, ...]]:
    """Folder under reports/ -> the arguments of `tabsynth`, without --out."""
    sides = [f"--{side}={tables / side}.parquet" for side in ("train", "control")]
    made = {
        "sample-pass": ("release", *SAMPLE, *KEY),
        "sample-fail": (
            *("audit", *sides, f"--synthetic={tables / 'leaky'}.parquet"),
            *("--schema", "sample_data/schema.toml", "--seed", "1"),
        ),
        "sample-inconclusive": ("release", *SAMPLE, *KEY, "--config", "reports/sample-inconclusive/run.toml"),
    }
    for table in ("adult", "support2") if data else ():
        for generator in ("copula", "ctgan"):
            made[f"{table}-{generator}"] = (
                *("release", f"{data}/{table}.parquet", "--schema", f"reports/schemas/{table}.toml"),
                *("--generator", generator, *KEY),
            )
    return made


def make(name: str, arguments: tuple[str, ...], scratch: Path) -> dict[str, object]:
    """Run one command, keep its audit, and return what it said of itself."""
    out = scratch / name
    # A ledger of its own, so that making the gallery again is no further attempt.
    ledger = ("--ledger", str(scratch / f"{name}.ledger")) if arguments[0] == "release" else ()
    done = subprocess.run(
        [sys.executable, "-m", "tabsynth", *arguments, *ledger, "--out", str(out)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1, 3):
        raise SystemExit(f"{name}: exit code {done.returncode}\n{done.stderr}")
    (REPORTS / name).mkdir(exist_ok=True)
    for file in ("audit.json", "report.html"):
        shutil.copy(out / file, REPORTS / name / file)
    audit = json.loads((out / "audit.json").read_text())
    release = re.search(r"^split .*$", done.stderr, re.M)
    stages = dict(re.findall(r"(\w+) ([\d.]+) s", release.group())) if release else {}
    return {
        "exit_code": done.returncode,
        "verdict": audit["verdict"]["outcome"],
        "seconds": {stage: float(spent) for stage, spent in stages.items()},
        "audit_seconds": audit["seconds"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="folder with adult.parquet and support2.parquet")
    parser.add_argument("--only", help="one folder of reports/")
    chosen = parser.parse_args()
    record = REPORTS / "benchmarks" / "gallery.json"
    told = json.loads(record.read_text())["runs"] if record.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        leaky = [sys.executable, "sample_data/make_leaky.py", "--out", str(scratch / "tables")]
        subprocess.run(leaky, cwd=ROOT, check=True)
        for name, arguments in commands(chosen.data, scratch / "tables").items():
            if chosen.only in (None, name):
                told[name] = make(name, arguments, scratch)
                print(name, told[name]["verdict"], told[name]["seconds"])
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, no GPU"
    record.write_text(json.dumps({"machine": machine, "runs": told}, indent=1) + "\n")


if __name__ == "__main__":
    main()
