"""The curves: a panel for each measure, a line and the band of the seeds for each regime, the floor dashed."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from tabsynth.collapse.curves import FLOOR, Point
from tabsynth.collapse.losses import CURVES, Curve, values

_COLOURS = {"replace": "#b3261e", "accumulate": "#0b6e4f"}
_ANCHORED = ("#5a9bd4", "#2b6cb0", "#163e73", "#7c5cbf")
_INK, _FLOOR = "#1f2933", "#8a97a6"
_ACROSS = 4


def curves_picture(points: Sequence[Point], title: str, form: str = "svg") -> bytes:
    """The picture in this form, svg or png; the same bytes for the same points."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shown = [curve for curve in CURVES if any(curve.measure in point.values for point in points)]
    down = -(-len(shown) // _ACROSS)
    with rc_context(
        {"svg.hashsalt": "collapse", "font.size": 9, "text.color": _INK, "axes.edgecolor": _FLOOR}
    ):
        figure = Figure(figsize=(3.1 * _ACROSS, 2.5 * down + 0.7), layout="constrained")
        FigureCanvasAgg(figure)
        panels = np.atleast_1d(figure.subplots(down, _ACROSS)).ravel()
        for panel, curve in zip(panels, shown, strict=False):
            _draw(panel, points, curve)
        for panel in panels[len(shown) :]:
            panel.set_axis_off()
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
        figure.suptitle(title)
        content = io.BytesIO()
        figure.savefig(content, format=form, dpi=110, metadata={"Date": None} if form == "svg" else None)
    return content.getvalue()


def _draw(panel: Any, points: Sequence[Point], curve: Curve) -> None:
    tried = dict.fromkeys(point.regime for point in points if point.regime != FLOOR)
    anchored = [regime for regime in tried if regime not in _COLOURS]
    for regime in tried:
        found = values(curve, points, regime)
        if found is None:
            continue
        colour = _COLOURS.get(regime) or _ANCHORED[anchored.index(regime) % len(_ANCHORED)]
        generations = np.arange(1, found.shape[1] + 1)
        panel.plot(generations, found.mean(axis=0), "-", color=colour, label=regime, linewidth=1.6)
        panel.fill_between(generations, found.min(axis=0), found.max(axis=0), color=colour, alpha=0.15, lw=0)
        panel.set_xticks(generations)
    floors = [point.values[curve.measure] for point in points if point.regime == FLOOR]
    panel.axhline(float(np.mean(floors)), color=_FLOOR, linestyle="--", linewidth=1, label="floor: real rows")
    better = {"low": "low is good", "high": "high is good", "share of floor": "the floor is good"}
    panel.set_title(f"{curve.label} ({better[curve.best]})", fontsize=9)
    panel.set_xlabel("generation", fontsize=8)
    panel.spines[["top", "right"]].set_visible(False)
