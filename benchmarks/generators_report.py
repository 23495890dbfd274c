"""The record of benchmarks/generators.py as a page with a picture.

python benchmarks/generators_report.py --raw reports/benchmarks/generators.jsonl --out reports/benchmarks
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from leaks import read_record
from leaks_pictures import INK, OURS, PEER, new_figure, save_figure

COLUMNS = {
    "two-sample AUC": "two-sample AUC, floor",
    "shape error, train": None,
    "shape error, held out": "shape error, floor",
    "trend error, train": None,
    "trend error, held out": "trend error, floor",
    "downstream, boosting": "downstream, boosting, floor",
    "downstream, linear": "downstream, linear, floor",
    "nearer to train": None,
    "exact copies": "exact copies, floor",
    "membership AUC": None,
    "membership TPR at 1 % FPR": None,
    "rare mass": "rare mass, floor",
    "tails covered": "tails covered, floor",
}
"""Each number and its floor: what real held-out rows, or train, would score."""

PAGE = """# Generators: ours and its peers

Made by `python benchmarks/generators.py --data DIR --out reports/benchmarks`; every answer is in
`generators.jsonl`. Each generator learns a random half of a table and is judged against that half and against
the other, which it never saw. Of several random halvings, the mean and in brackets the range. Errors and shares
in percent. The floor is what the real half scores in the synthetic one's place; *two-sample AUC*:
boosting told to separate held-out from synthetic rows, .5 is best; *downstream*: learnt on synthetic rows, asked
on held-out ones, AUC or R squared; *nearer to train*: share of synthetic rows whose nearest real one is train's,
50 is best; *membership*: ensemble of eight attacks. Seconds are the processor's, of all cores together, one
generator at a time.

![two-sample AUC against seconds](generators.svg)

{tables}
"""

_SECONDS = (0.5, 3000.0)
_PICTURES_A_ROW = 4
_PEERS = ("SDV", "Tabular")
_ONLY_IN_TABLES = (
    *("tree, leaf 100, 5 candidates, noised", "tree, leaf 200, 5 candidates, noised"),
    *("tree, leaf 200, 5 candidates", "tree, leaf 400, 5 candidates"),
    "tree, leaf 100, a sixth of 5 candidates, noised",
)
"""Dials between those that are drawn, or beaten by them at the same closeness."""

_NEAR_SECONDS, _NEAR_AUC = 12.0, 0.035
"""Names of points no farther apart would overlap: times the seconds, and AUC."""

Answer = dict[str, Any]


def write_report(raw: Path, out: Path) -> None:
    """`generators.md` and its picture in `out`."""
    lines: list[Answer] = read_record(raw)
    tables = list(dict.fromkeys(line["table"] for line in lines))
    page = PAGE.format(
        tables="\n\n".join(
            _table(name, [line for line in lines if line["table"] == name]) for name in tables
        ),
    )
    (out / "generators.md").write_text(page)
    _draw([line for line in lines if "scores" in line], out / "generators.svg")


def _table(name: str, lines: Sequence[Answer]) -> str:
    generators = list(dict.fromkeys(line["generator"] for line in lines))
    heads = ["generator", "halvings", *COLUMNS, "fit s", "sample s", "peak GiB"]
    rows = [heads, ["---"] * len(heads)]
    done = [line for line in lines if "scores" in line]
    by_seed = {line["seed"]: line["scores"] for line in done}.values()
    floors = [
        _cell([each.get(floor, np.nan) for each in by_seed], key) if floor else ""
        for key, floor in COLUMNS.items()
    ]
    rows.append(["*floor*", str(len(by_seed)), *floors, "", "", ""])
    for generator in generators:
        own = [line for line in done if line["generator"] == generator]
        if not own:
            error = next(line["error"] for line in lines if line["generator"] == generator)
            rows.append([generator, f"stopped: {error.splitlines()[0][:60]}", *[""] * (len(heads) - 2)])
            continue
        cells = [_cell([line["scores"].get(key, np.nan) for line in own], key) for key in COLUMNS]
        costs = [
            _cell([line[key] for line in own], key) for key in ("fit seconds", "sample seconds", "peak GiB")
        ]
        rows.append([generator, str(len(own)), *cells, *costs])
    body = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    return f"## {name}, {lines[0].get('rows', 0):,} rows\n\n{body}"


def _cell(values: Sequence[float], key: str) -> str:
    percent = any(word in key for word in ("error", "copies", "nearer", "rare", "tails", "TPR"))
    numbers = np.array(values, float) * (100 if percent else 1)
    if np.isnan(numbers).all():
        return "-"
    digits = 3 if "AUC" in key or "downstream" in key else 2 if "error" in key or "copies" in key else 1
    mean = f"{np.nanmean(numbers):.{digits}f}"
    if len(numbers) == 1:
        return mean
    return f"{mean} ({np.nanmin(numbers):.{digits}f} to {np.nanmax(numbers):.{digits}f})"


def _draw(lines: Sequence[Answer], file: Path) -> None:
    """One small picture a table: how well boosting tells rows apart, against seconds to fit and sample."""
    lines = [line for line in lines if line["generator"] not in _ONLY_IN_TABLES] or lines
    tables = list(dict.fromkeys(line["table"] for line in lines))
    columns = min(len(tables), _PICTURES_A_ROW)
    rows = -(-len(tables) // columns)
    figure, axes = new_figure(3.1 * columns, 2.8 * rows, rows=rows, columns=columns)
    places = np.atleast_1d(axes).ravel()
    for place, table in zip(places, tables, strict=False):
        means = {
            name: _means([line for line in lines if (line["table"], line["generator"]) == (table, name)])
            for name in dict.fromkeys(line["generator"] for line in lines if line["table"] == table)
        }
        for is_peer in (False, True):
            side = {name: at for name, at in means.items() if name.startswith(_PEERS) == is_peer}
            _label(place, side, PEER if is_peer else OURS, (0, 5) if is_peer else (5, -3))
        place.set_xscale("log")
        place.set_xlim(_SECONDS)
        place.set_ylim(0.43, 1.14)
        place.set_title(table)
    for place in places[len(tables) :]:
        place.set_axis_off()
    figure.supxlabel("processor seconds to fit and sample")
    figure.supylabel("two-sample AUC, .5 is best")
    save_figure(figure, file)


def _means(own: Sequence[Answer]) -> tuple[float, float]:
    """Seconds and AUC of one generator on one table."""
    seconds = float(np.mean([line["fit seconds"] + line["sample seconds"] for line in own]))
    return seconds, float(np.mean([line["scores"]["two-sample AUC"] for line in own]))


def _label(place: Any, means: dict[str, tuple[float, float]], colour: str, offset: tuple[int, int]) -> None:
    """Points with their names at an offset; a name that would lie on another one stands a line higher."""
    before: list[tuple[float, float, int]] = []
    for name, (seconds, auc) in sorted(means.items(), key=lambda item: item[1][::-1]):
        beside = [
            line
            for s, a, line in before
            if max(seconds / s, s / seconds) < _NEAR_SECONDS and auc - a < _NEAR_AUC
        ]
        line = next(free for free in range(len(before) + 1) if free not in beside)
        before.append((seconds, auc, line))
        place.plot(seconds, auc, "o", color=colour)
        place.annotate(
            name.split(", 5 candidates")[0],
            (seconds, auc),
            fontsize=7,
            color=INK,
            xytext=(offset[0], offset[1] + 7 * line),
            textcoords="offset points",
            ha="left" if offset[0] else "center",
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    write_report(asked.raw, asked.out)
