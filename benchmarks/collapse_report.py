"""The page of the collapse benchmark, its figures and its picture, from the record of its cells alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from leaks import read_record
from leaks_pictures import INK, PEER, new_figure, save_figure

from privacy import Policy
from tabsynth.collapse.curves import Point
from tabsynth.collapse.losses import FAMILIES, Family, losses
from tabsynth.collapse.page import signed, table
from tabsynth.collapse.verdict import RegimeAnswer, answer_of

COLOURS = {
    "replace": "#b3261e",
    "accumulate": "#0b6e4f",
    "anchored 10 %": "#5a9bd4",
    "anchored 30 %": "#2b6cb0",
    "anchored 50 %": "#163e73",
}

PAGE = """# Which share of real rows holds which engine?

Made by `python benchmarks/collapse.py --data DIR --out reports/benchmarks`; every verdict with its slopes is in
`collapse.json`, every generation's measures in `collapse.jsonl`. Each engine learns at most 3,500 rows, draws as
many, and learns again, for five generations: the last one's rows alone (*replace*, 0 % real), all rows so far
(*accumulate*), or 10, 30 or 50 % real rows among the last one's (*anchored*). Every generation is measured against
as many rows of people whom none ever learnt.

{short}

*Holds* says that no more is lost, not that little was: the copula loses most in its first generation. Anchored
engines lose most in their first step, when real rows become few, and then level off; the slope over five
generations holds both. Cells of one seed rest on the scatter about one line each.

## Verdicts

Slope of what is lost a generation, with its interval ({level:.2%}, bootstrap of seeds and residuals), against
tolerances of {tolerances}.
*Collapses*: the whole interval of any family lies beyond its tolerance; *holds*: that of every family lies below.

{verdicts}

## Does the watch tell replace from anchored?

Seeds in which the fifth generation had lost more under *replace*, of those tried. Tails and rare classes are few
rows: they do not tell the regimes apart after five generations of this size.

{separated}

{summary}

![what is lost, generation by generation](collapse.svg)
"""

Cells = Mapping[tuple[str, str], list[Point]]
Answers = Mapping[tuple[str, str], list[RegimeAnswer]]


def write_report(raw: Path, out: Path) -> None:
    """`collapse.json`, `collapse.md` and `collapse.svg` in `out`."""
    cells = _cells(read_record(raw))
    answers = {cell: _answers(points) for cell, points in cells.items()}
    told = [
        {
            "table": name,
            "engine": engine,
            "seeds": _seeds(cells[name, engine]),
            "answers": [answer.model_dump(mode="json") for answer in answers[name, engine]],
        }
        for name, engine in cells
    ]
    (out / "collapse.json").write_text(json.dumps(told, indent=1) + "\n")
    level = next(iter(answers.values()))[0].families["fidelity"].trend.bootstrap.level
    page = PAGE.format(
        level=level,
        tolerances=", ".join(f"{family.tolerance:g} ({family.name})" for family in FAMILIES),
        short=_short(cells, answers),
        verdicts=_verdicts(cells, answers),
        separated=_separated(cells, answers),
        summary=_summary(cells, answers),
    )
    (out / "collapse.md").write_text(page)
    _draw(cells, out / "collapse.svg")


def _cells(lines: Sequence[dict[str, Any]]) -> Cells:
    found: dict[tuple[str, str], list[Point]] = {}
    once = {(line["table"], line["engine"], line["seed"]): line for line in lines}
    for _, line in sorted(once.items()):
        points = found.setdefault((line["table"], line["engine"]), [])
        points.extend(Point(seed=line["seed"], **point) for point in line["points"])
    return found


def _answers(points: Sequence[Point]) -> list[RegimeAnswer]:
    policy = Policy.load("controlled")
    return [answer_of(points, regime, policy, np.random.default_rng(0)) for regime in COLOURS]


def _seeds(points: Sequence[Point]) -> int:
    return len({point.seed for point in points})


def _short(cells: Cells, answers: Answers) -> str:
    """The verdicts alone, a row for each cell."""
    rows = [["table", "engine", "seeds", *COLOURS]]
    for cell, own in answers.items():
        rows.append([*cell, str(_seeds(cells[cell])), *(answer.answer for answer in own)])
    return table(rows)


def _verdicts(cells: Cells, answers: Answers) -> str:
    rows = [["table", "engine", "seeds", "regime", "verdict", *(family.name for family in FAMILIES)]]
    for cell, own in answers.items():
        for answer in own:
            slopes = [answer.families.get(family.name) for family in FAMILIES]
            told = ["–" if one is None else signed(one.trend.slope, one.trend.bootstrap) for one in slopes]
            rows.append([*cell, str(_seeds(cells[cell])), answer.regime, f"**{answer.answer}**", *told])
    return table(rows)


def _separated(cells: Cells, answers: Answers) -> str:
    rows = [["table", "engine", "regime", *(family.name for family in FAMILIES)]]
    for cell, own in answers.items():
        for answer in own[1:]:
            told = [answer.less_lost.get(family.name) for family in FAMILIES]
            seeds = _seeds(cells[cell])
            rows.append(
                [*cell, answer.regime, *("–" if one is None else f"{one} of {seeds}" for one in told)]
            )
    return table(rows)


def _summary(cells: Cells, answers: Answers) -> str:
    """One line a regime: in how many courses of chance the fidelity and the diversity tell it from replace."""
    lines = []
    courses = sum(_seeds(points) for points in cells.values())
    for at, regime in enumerate(COLOURS):
        if regime == "replace":
            continue
        told = ", ".join(
            f"{family.name} in {sum(own[at].less_lost.get(family.name, 0) for own in answers.values())}"
            for family in FAMILIES[:2]
        )
        lines.append(f"- *{regime}* had lost less than *replace*: {told} of {courses} courses.")
    return "\n".join(lines)


def _draw(cells: Cells, file: Path) -> None:
    """A row for each table; for each engine, fidelity and diversity lost: a line and the seeds' band a regime."""
    names, engines = (list(dict.fromkeys(cell[at] for cell in cells)) for at in (0, 1))
    shown = FAMILIES[:2]
    figure, axes = new_figure(
        2.2 * len(engines) * len(shown),
        1.9 * len(names) + 0.6,
        rows=len(names),
        columns=len(engines) * len(shown),
    )
    panels = np.asarray(axes).reshape(len(names), len(engines) * len(shown))
    for row, name in enumerate(names):
        for column, (engine, family) in enumerate(product(engines, shown)):
            panel = panels[row, column]
            if (name, engine) not in cells:
                panel.set_axis_off()
                continue
            _draw_panel(panel, cells[name, engine], family)
            panel.set_title(f"{name}, {engine}\n{family.name} lost", fontsize=8, color=INK)
    handles, labels = next(panel for panel in panels.ravel() if panel.axison).get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
    save_figure(figure, file)


def _draw_panel(panel: Any, points: Sequence[Point], family: Family) -> None:
    for regime, colour in COLOURS.items():
        found = losses(family, points, regime)
        if found is None:
            continue
        across = np.arange(1, found.shape[1] + 1)
        panel.plot(across, found.mean(axis=0), color=colour, label=regime, linewidth=1.5)
        panel.fill_between(across, found.min(axis=0), found.max(axis=0), color=colour, alpha=0.15, lw=0)
        panel.set_xticks(across)
    panel.axhline(0, color=PEER, linestyle="--", linewidth=1)
    panel.tick_params(labelsize=7)
    panel.spines[["top", "right"]].set_visible(False)
