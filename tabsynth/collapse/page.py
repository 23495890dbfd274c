"""The watch on one page of Markdown."""

from __future__ import annotations

from privacy import Interval
from tabsynth.collapse.losses import CURVES, FAMILIES
from tabsynth.collapse.record import Watch
from tabsynth.collapse.verdict import RegimeAnswer

_HEAD = """# Collapse watch: {generator}

{generations} generations of {rows:,} rows, {seeds} seed(s). The first generation learns {rows:,} real rows; all
are measured against {held_out_rows:,} rows of people whom none ever learnt.{caution}

A regime *collapses* where a family's loss grows by more than is tolerated a generation, *holds* where it does
in none, and else nobody can tell: the whole interval of the slope (bootstrap of seeds and residuals, {level:.2%}
each, for one error in twenty over all families) has to lie on one side of the tolerance. What is lost is the
distance from the floor, which is what the real rows that are learnt would score.

![curves](collapse.svg)
"""

_SYNTHETIC = """

**The source is synthetic itself, of generation {generation}**: the held-out rows are no people's, and what was
lost before this watch began is not seen."""


def page(watch: Watch) -> str:
    """Verdicts, slopes of what is lost, and slopes of the measures as they stand."""
    setting = watch.setting
    caution = _SYNTHETIC.format(generation=setting.source_generation) if setting.source_generation else ""
    told = setting.model_dump(include={"generations", "rows", "seeds", "held_out_rows"})
    level = next(one.trend.bootstrap.level for answer in watch.answers for one in answer.families.values())
    parts = [
        _HEAD.format(generator=setting.generator, caution=caution, level=level, **told),
        "## Verdicts",
        table([["regime", "verdict", "why", "policy's bounds missed"], *map(_verdict, watch.answers)]),
        "## What is lost, per generation",
        table([["regime", *_families_head()], *map(_families, watch.answers)]),
        "## The measures, per generation",
        table([["regime", *(curve.label for curve in CURVES)], *map(_curves, watch.answers)]),
    ]
    return "\n\n".join(parts) + "\n"


def table(rows: list[list[str]]) -> str:
    """Markdown; the first row is the headings."""
    lined = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
    return "\n".join("| " + " | ".join(row) + " |" for row in lined)


def _verdict(answer: RegimeAnswer) -> list[str]:
    missed = [f"{key.split('/')[-1]} from generation {first}" for key, first in answer.below_policy.items()]
    return [answer.regime, f"**{answer.answer}**", answer.sentence, ", ".join(missed) or "none"]


def _families_head() -> list[str]:
    return [f"{family.name} (tolerance {family.tolerance:g})" for family in FAMILIES]


def _families(answer: RegimeAnswer) -> list[str]:
    cells = []
    for family in FAMILIES:
        one = answer.families.get(family.name)
        cells.append("–" if one is None else f"{signed(one.trend.slope, one.trend.bootstrap)}, {one.answer}")
    return [answer.regime, *cells]


def _curves(answer: RegimeAnswer) -> list[str]:
    found = [answer.curves.get(curve.measure) for curve in CURVES]
    return [answer.regime, *("–" if one is None else signed(one.slope, one.bootstrap) for one in found)]


def signed(slope: float, interval: Interval) -> str:
    """A slope with its interval."""
    return f"{slope:+.4f} ({interval.low:+.4f} to {interval.high:+.4f})"
