"""The record of benchmarks/leaks.py as a page with pictures.

    python benchmarks/leaks_report.py --raw reports/benchmarks/leaks.json --out reports/benchmarks

The benchmark calls it at its end; called by hand, it makes the page again from the committed record.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
from leaks_pictures import draw_caught, draw_seconds, draw_trade
from leaks_tables import (
    CAUGHT,
    MISSED,
    OURS,
    Answer,
    above_detectable,
    answers,
    by_kind,
    count,
    decided,
    detectable,
    goals,
    hindsight,
    not_as_asked,
    settings,
    summary,
)
from planting import CLEAN, LEAKS, UNDECIDABLE

PAGE = """# Planted leaks: ours and its peers

Made by `python benchmarks/leaks.py --data DIR --out reports/benchmarks`; every answer is in `leaks.json`.
Kinds and doses are defined in `benchmarks/planting`, the peers' readings in `benchmarks/peers.py`. {settings}

{summary}

A dose of 1 % means that copies of 1 % of the train records stand among rows of other people. *Cannot tell*: our
audit said inconclusive, a peer stopped with an error. *False alarms* and *clean passed* are of releases made from
other people's rows only. Intervals are Clopper-Pearson, 95 %, and take draws from one table for independent.

![caught by kind](leaks_caught.svg)

![caught against false alarms](leaks_trade.svg)

![seconds](leaks_seconds.svg)

## Asked and measured

{goals}

{invariant}

## Leaks caught, by kind

In brackets: could not tell.

{leaks}

## Clean releases passed, by kind

{clean}

## Clean releases called a leak, by kind

{alarms}

## Too little data, called a leak

{undecidable}

## Peers with a limit set in hindsight

Each peer's own number (largest risk, score, share), with the limit that lets 5 % of these clean releases fail. No
user has this limit; it says how much of a peer's result is its threshold.

{hindsight}

## What our audit says it would have seen

Median minimum detectable leak with 95 % power, share of train, beside fresh rows.

{detectable}

## What decided in our audit

{decided}

## Where our audit did not say what it should

{wrong}
"""


def write_report(raw: Path, out: Path) -> None:
    """`leaks.md` and its pictures in `out`."""
    lines = json.loads(raw.read_text())
    by_auditor: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers(lines):
        by_auditor[answer.auditor].append(answer)
    checked, passed = above_detectable(lines)
    page = PAGE.format(
        settings=settings(lines),
        summary=summary(by_auditor),
        goals=goals(by_auditor.get(OURS, [])),
        invariant=f"Leaks at or above the printed minimum detectable dose (95 %) of their kind: {checked};"
        f" of these passed: {len(passed)}{': ' + ', '.join(passed) if passed else ''}.",
        leaks=by_kind(by_auditor, LEAKS, CAUGHT),
        clean=by_kind(by_auditor, CLEAN, MISSED),
        alarms=by_kind(by_auditor, CLEAN, CAUGHT),
        undecidable=by_kind(by_auditor, UNDECIDABLE, CAUGHT),
        hindsight=hindsight(by_auditor),
        detectable=detectable(lines),
        decided=decided(lines),
        wrong=not_as_asked(lines),
    )
    (out / "leaks.md").write_text(page)
    _draw(by_auditor, out)


def _draw(by_auditor: dict[str, list[Answer]], out: Path) -> None:
    def rate(found: list[Answer], said: str) -> float:
        return count(found, said) / len(found) if found else float("nan")

    def of(auditor: str, *, kind: str | None = None, group: str | None = None) -> list[Answer]:
        return [a for a in by_auditor[auditor] if kind in (None, a.kind) and group in (None, a.group)]

    names = list(by_auditor)
    kinds = [kind for kind in LEAKS if any(of(name, kind=kind) for name in names)]
    shares = np.array([[rate(of(name, kind=kind), CAUGHT) for name in names] for kind in kinds])
    draw_caught(kinds, names, shares, out / "leaks_caught.svg")
    trade = {
        name: (rate(of(name, group="clean"), CAUGHT), rate(of(name, group="leak"), CAUGHT)) for name in names
    }
    draw_trade(trade, out / "leaks_trade.svg")
    draw_seconds(
        {name: [a.seconds for a in found] for name, found in by_auditor.items()}, out / "leaks_seconds.svg"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--raw", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    write_report(asked.raw, asked.out)


if __name__ == "__main__":
    main()
