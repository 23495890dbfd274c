"""`python -m privacy`: the audit alone, for auditors who make no tables."""

from __future__ import annotations

import argparse
from pathlib import Path

from privacy.command import run_command


def _command() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m privacy",
        description="Inspect a synthetic table: pass (exit 0), fail (1), bad input (2) or inconclusive (3).",
    )
    parser.add_argument("--train", type=Path, required=True, help="what the generator learnt")
    parser.add_argument(
        "--control", type=Path, required=True, help="a random part of the source, never learnt"
    )
    parser.add_argument("--synthetic", type=Path, required=True, help="what would leave the building")
    parser.add_argument("--schema", type=Path, help="schema TOML or SDV metadata JSON; guessed when left out")
    parser.add_argument("--policy", default="controlled", help="internal, controlled, public, or a TOML file")
    parser.add_argument("--seed", type=int, help="makes the audit repeatable")
    parser.add_argument(
        "--earlier",
        type=Path,
        action="append",
        default=[],
        metavar="TABLE",
        help="a table of the same source, released before: audited together with this one; may be repeated",
    )
    parser.add_argument(
        "--attempt", type=_counted, help="which audit of this source it is, if you keep count"
    )
    parser.add_argument("--json", action="store_true", help="write the verdict as JSON to stdout")
    parser.add_argument("--out", type=Path, required=True, help="folder for audit.json and report.html")
    chosen = parser.parse_args()

    from privacy.inspection import inspect_files

    return inspect_files(
        chosen.train,
        chosen.control,
        chosen.synthetic,
        chosen.out,
        schema=chosen.schema,
        policy=chosen.policy,
        seed=chosen.seed,
        attempt=chosen.attempt,
        earlier=chosen.earlier,
        as_json=chosen.json,
    )


def _counted(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("attempts are counted from 1")
    return number


if __name__ == "__main__":
    run_command(_command)
