"""The pictures of the leak benchmark, drawn from shares and seconds alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

INK, OURS, PEER = "#1f2933", "#0b6e4f", "#8a97a6"


def new_figure(width: float, height: float, *, rows: int = 1, columns: int = 1) -> tuple[Any, Any]:
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update(
        {"svg.hashsalt": "leaks", "font.size": 9, "text.color": INK, "axes.edgecolor": PEER}
    )
    from matplotlib import pyplot

    return pyplot.subplots(rows, columns, figsize=(width, height), layout="constrained")


def save_figure(figure: Any, file: Path) -> None:
    from matplotlib import pyplot

    figure.savefig(file, metadata={"Date": None})
    pyplot.close(figure)


def _colour(name: str) -> str:
    return OURS if name == "ours" else PEER


def draw_caught(
    kinds: Sequence[str], auditors: Sequence[str], shares: NDArray[np.float64], file: Path
) -> None:
    """A square for each kind and auditor, the darker the more draws were caught. shares: (kinds, auditors)."""
    figure, axes = new_figure(2.8 + 1.05 * len(auditors), 1.6 + 0.27 * len(kinds))
    axes.imshow(np.ma.masked_invalid(shares), cmap="Greens", vmin=0, vmax=1.25, aspect="auto")
    for row, column in np.argwhere(np.isfinite(shares)):
        share = shares[row, column]
        axes.text(
            column,
            row,
            f"{share:.0%}",
            ha="center",
            va="center",
            color="white" if share > 0.75 else INK,
            fontsize=8,
        )
    axes.set_xticks(
        range(len(auditors)), [name.replace(", ", ",\n") for name in auditors], rotation=35, ha="left"
    )
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(kinds)), kinds)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    save_figure(figure, file)


def draw_trade(points: Mapping[str, tuple[float, float]], file: Path) -> None:
    """Leaks caught against false alarms, a dot an auditor; the best corner is up and left."""
    figure, axes = new_figure(6.4, 4.2)
    for name, (alarms, caught) in points.items():
        axes.plot(alarms, caught, "o", color=_colour(name), markersize=8)
        left = alarms > 0.6
        axes.annotate(
            name,
            (alarms, caught),
            xytext=(-9 if left else 9, 0),
            textcoords="offset points",
            ha="right" if left else "left",
            va="center",
        )
    axes.axvline(0.05, color=PEER, linewidth=0.8, linestyle=":")
    axes.set(
        xlim=(-0.03, 1.03), ylim=(-0.03, 1.05), xlabel="clean releases called a leak", ylabel="leaks caught"
    )
    axes.spines[["top", "right"]].set_visible(False)
    save_figure(figure, file)


def draw_seconds(seconds: Mapping[str, Sequence[float]], file: Path) -> None:
    """Median CPU seconds a release, with the range from the 5th to the 95th percentile."""
    figure, axes = new_figure(6.4, 0.9 + 0.36 * len(seconds))
    for row, (name, taken) in enumerate(seconds.items()):
        low, middle, high = np.quantile(taken, [0.05, 0.5, 0.95])
        axes.plot([low, high], [row, row], color=_colour(name), linewidth=2)
        axes.plot(middle, row, "o", color=_colour(name))
        axes.annotate(f"{middle:.1f}", (middle, row), xytext=(0, 6), textcoords="offset points", ha="center")
    axes.set_yticks(range(len(seconds)), list(seconds))
    axes.set_xscale("log")
    axes.set(xlabel="CPU seconds a release", ylim=(len(seconds) - 0.4, -0.7))
    axes.spines[["top", "right"]].set_visible(False)
    save_figure(figure, file)
