"""The record of benchmarks/leaks.py in tables: what each auditor caught, missed and could not tell."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from planting import CLEAN, CONTROL_KIND, LEAKS, UNDECIDABLE

OURS = "ours"
CAUGHT, MISSED, UNTOLD = "leak", "no leak", "cannot tell"

REQUIRED = (
    *("verbatim", "one column swapped", "noise .02", "noise .05", "isolated", "subgroup", "text changed"),
    *("dates shifted", "dates shifted, all rows", "rounded", "three columns swapped, all rows"),
    *("noise .2, all rows", "trees, leaf 1", "trees, leaf 5", "SMOTE", "id column copied"),
    "50 rows, all copies",
)
"""Kinds that must be caught in at least 95 % of draws; the others show where seeing ends."""


@dataclass(frozen=True)
class Answer:
    """What one auditor said of one release."""

    auditor: str
    table: str
    seed: int
    kind: str
    group: str
    said: str
    seconds: float
    score: float | None = None

    @property
    def place(self) -> str:
        return f"{self.table}, seed {self.seed}"


def answers(lines: Iterable[dict[str, Any]]) -> list[Answer]:
    """One for each reading of each line; releases that could not be made are left out."""
    found = []
    for line in lines:
        told: dict[str, tuple[str, float | None]] = {}
        if "ours" in line:
            told[OURS] = ({"fail": CAUGHT, "pass": MISSED}.get(line["ours"]["outcome"], UNTOLD), None)
        for name, said in line.get("peers", {}).items():
            word = {True: CAUGHT, False: MISSED, None: UNTOLD}[said["flagged"]]
            told[name] = (word, said["score"])
        where = (line["table"], line["seed"], line["kind"], line["group"])
        found += [
            Answer(auditor, *where, word, line["cpu_seconds"], score)
            for auditor, (word, score) in told.items()
        ]
    return found


def count(found: Iterable[Answer], said: str) -> int:
    return sum(answer.said == said for answer in found)


def share_with_interval(hits: int, of: int) -> str:
    """`hits / of`, percent, and the Clopper-Pearson interval at 95 %."""
    from scipy.stats import binomtest

    if of == 0:
        return "-"
    low, high = binomtest(hits, of).proportion_ci(method="exact")
    return f"{hits} / {of} = {hits / of:.0%} ({low:.0%} to {high:.0%})"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows])


def summary(by_auditor: dict[str, list[Answer]]) -> str:
    """One line an auditor."""
    rows = []
    for auditor, found in by_auditor.items():
        leaks, clean, open_ = (
            [answer for answer in found if answer.group == group]
            for group in ("leak", "clean", "undecidable")
        )
        seconds = np.array([answer.seconds for answer in found])
        rows.append(
            (
                auditor,
                share_with_interval(count(leaks, CAUGHT), len(leaks)),
                count(leaks, MISSED),
                count(leaks, UNTOLD),
                share_with_interval(count(clean, CAUGHT), len(clean)),
                share_with_interval(count(clean, MISSED), len(clean)),
                f"{count(open_, UNTOLD)} / {len(open_)}",
                f"{np.median(seconds):.1f} (at most {seconds.max():.0f})",
            )
        )
    head = ("auditor", "leaks caught", "missed", "cannot tell", "false alarms", "clean passed")
    return table((*head, "too little data, and said so", "CPU seconds"), rows)


def by_kind(by_auditor: dict[str, list[Answer]], kinds: Iterable[str], said: str) -> str:
    """`said` of all draws, a kind a row; in brackets how often an auditor could not tell."""

    def cell(found: list[Answer], kind: str) -> str:
        own = [answer for answer in found if answer.kind == kind]
        untold = count(own, UNTOLD)
        return f"{count(own, said)} / {len(own)}" + (f" ({untold})" if untold else "") if own else "-"

    rows = [
        (kind, *(cell(found, kind) for found in by_auditor.values()))
        for kind in kinds
        if any(answer.kind == kind for found in by_auditor.values() for answer in found)
    ]
    return table(("kind", *by_auditor), rows)


def hindsight(by_auditor: dict[str, list[Answer]]) -> str:
    """What a peer would catch had its limit been set afterwards, to 5 % false alarms on these clean tables."""
    rows = []
    for auditor, found in by_auditor.items():
        leaks, clean = (
            [answer.score for answer in found if answer.group == group and answer.score is not None]
            for group in ("leak", "clean")
        )
        if leaks and clean:
            limit = np.quantile(clean, 0.95, method="higher")
            rows.append((auditor, share_with_interval(int(np.sum(np.array(leaks) > limit)), len(leaks))))
    return table(("auditor", "leaks caught"), rows)


def goals(ours: list[Answer]) -> str:
    """What was asked of our audit, and what came."""

    def line(goal: str, asked: str, which: Callable[[Answer], bool], good: Sequence[str]) -> tuple[str, ...]:
        found = [answer for answer in ours if which(answer)]
        return goal, asked, share_with_interval(sum(answer.said in good for answer in found), len(found))

    rows = [
        line("required leaks caught", "at least 95 %", lambda a: a.kind in REQUIRED, [CAUGHT]),
        line("a hole not passed", "always", lambda a: a.kind == "hole", [CAUGHT, UNTOLD]),
        line("false alarms on clean tables", "at most 5 %", lambda a: a.group == "clean", [CAUGHT]),
        line("clean tables passed", "at least 80 %", lambda a: a.group == "clean", [MISSED]),
        line("too little data: inconclusive", "always", lambda a: a.group == "undecidable", [UNTOLD]),
    ]
    return table(("goal", "asked", "measured"), rows)


def above_detectable(lines: Iterable[dict[str, Any]]) -> tuple[int, list[str]]:
    """Leaks with a dose at or above the minimum detectable leak (95 %) of their kind as the audit printed it:
    how many there were, and which of them passed."""
    checked, passed = 0, []
    for line in lines:
        printed = line.get("ours", {}).get("detectable", {}).get(CONTROL_KIND.get(line["kind"], ""))
        if line["group"] == "leak" and printed and printed["dose_95"] and line["dose"] >= printed["dose_95"]:
            checked += 1
            if line["ours"]["outcome"] == "pass":
                passed.append(f"{line['kind']} ({line['table']}, seed {line['seed']})")
    return checked, passed


def detectable(lines: Iterable[dict[str, Any]]) -> str:
    """Median minimum detectable leak (95 %) that our audit printed beside fresh rows, by table and kind."""
    doses: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        if line["kind"] == "fresh rows":
            for kind, dose in line.get("ours", {}).get("detectable", {}).items():
                doses[kind][line["table"]].append(np.inf if dose["dose_95"] is None else dose["dose_95"])
    names = sorted({name for by_table in doses.values() for name in by_table})
    if not names:
        return "Not measured."

    def cell(found: list[float]) -> str:
        middle = float(np.median(found)) if found else np.nan
        return f"{middle:.2%}" if np.isfinite(middle) else "not seen" if found else "-"

    return table(("kind", *names), [(kind, *(cell(doses[kind][name]) for name in names)) for kind in doses])


def decided(lines: Iterable[dict[str, Any]]) -> str:
    """Which findings made our audit fail, by kind of leak."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for line in lines:
        found[line["kind"]].update(line.get("ours", {}).get("leaks", []))
    order = [kind for kind in (*LEAKS, *CLEAN, *UNDECIDABLE) if found.get(kind)]
    rows = [
        (kind, ", ".join(f"{name} ({times})" for name, times in found[kind].most_common())) for kind in order
    ]
    return table(("kind", "findings that called it a leak (releases)"), rows)


def not_as_asked(lines: Iterable[dict[str, Any]]) -> str:
    """Every release on which our audit did not say what it should, with what it said."""
    rows = []
    for line in lines:
        ours = line.get("ours")
        right = {"leak": ["fail"], "clean": ["pass"], "undecidable": ["inconclusive"]}[line["group"]]
        if ours and ours["outcome"] not in right:
            why = [*ours.get("failed_checks", []), *ours.get("not_run", []), *ours.get("unresolved", [])]
            why = ours.get("leaks", []) if ours["outcome"] == "fail" else why or [ours.get("reason", "")]
            rows.append(
                (line["kind"], f"{line['table']}, seed {line['seed']}", ours["outcome"], ", ".join(why))
            )
    return table(("kind", "table", "verdict", "because of"), sorted(rows)) if rows else "None."


def settings(lines: list[dict[str, Any]]) -> str:
    """What was run, in one sentence or two."""
    sizes = {
        line["table"]: line["train"] for line in lines if line["kind"] == "fresh rows" and "train" in line
    }
    first = lines[0]
    seeds = len({line["seed"] for line in lines})
    schema = "no schema (guessed)" if first["guess"] else "a declared schema"
    extent = "only the attacks that can decide" if first["fast"] else "all attacks"
    rows = ", ".join(f"{name} {count_:,}" for name, count_ in sizes.items())
    return (
        f"Rows a side: {rows}. Random splits of each table: {seeds}. Our audit: policy"
        f" `{first['policy']}`, {schema}, {extent}."
        " Every auditor had one thread; seconds are of processor time, as the machine ran several at once."
    )
