"""How a training went, told and drawn from the history that a model file keeps: losses and scores by epoch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from privacy import ConfigError, disk_errors, whole_file
from tabsynth.artifact import Model
from tabsynth.train import History

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = {".svg": "svg", ".png": "png"}

_INK, _GREY = "#1f2933", "#8a97a6"
_LINES = (("#0072B2", "-"), ("#D55E00", "--"), ("#009E73", "-."), ("#CC79A7", ":"))
"""Colours of Okabe and Ito 2008, which the colour-blind tell apart, and strokes, which need no colour."""


def history_of(model: Model) -> History:
    """The history that a model keeps of its training. ConfigError when its generator trains in no epochs."""
    history = _kept(model)
    if history is None:
        raise ConfigError(
            f"a {model.name} model has no curves, for it was not trained in epochs",
            todo="name a model of a generator that is, such as ctgan",
        )
    return history


def told(model: Model) -> str:
    """The outcome of a training in a line: device, epochs, the best one, why it ended; "" without epochs."""
    history = _kept(model)
    if history is None:
        return ""
    line = f"trained {history.epochs} epochs"
    if "device" in model.facts:
        line += f" on {model.facts['device']}"
    line += f"; kept epoch {history.best_epoch}"
    if history.scores:
        line += f", distance to development {history.scores[history.best_epoch - 1]:.4f}"
    return line + ("; stopped early" if history.stopped_early else "")


def _kept(model: Model) -> History | None:
    kept = model.facts.get("history")
    return History(**kept) if kept else None


def require_format(file: Path) -> None:
    """ConfigError unless the file is to be a picture we can draw."""
    if file.suffix.lower() not in FORMATS:
        raise ConfigError("curves are drawn as .svg or .png", where=str(file))


def draw_curves(history: History, title: str, file: Path) -> None:
    """Write the curves as .svg or .png: the same history gives the same bytes. SourceError when it cannot."""
    import matplotlib
    from matplotlib.figure import Figure

    require_format(file)
    with matplotlib.rc_context(
        {"svg.hashsalt": "curves", "font.size": 9, "text.color": _INK, "axes.labelcolor": _INK}
    ):
        figure = Figure(figsize=(7.2, 5.4 if history.scores else 3.2), layout="constrained", dpi=150)
        _fill(figure, history, title)
        kind = FORMATS[file.suffix.lower()]
        metadata = {"Title": title, **({"Date": None} if kind == "svg" else {})}
        with disk_errors(file), whole_file(file) as draft:
            figure.savefig(draft, format=kind, metadata=metadata)


def _fill(figure: Figure, history: History, title: str) -> None:
    figure.suptitle(title, x=0.01, ha="left", fontsize=10, fontweight="bold")
    rows = 2 if history.scores else 1
    panels = figure.subplots(rows, 1, sharex=True, squeeze=False)[:, 0]
    if history.scores:
        _draw_scores(panels[0], history)
    _draw_losses(panels[-1], history)
    for axes in panels:
        axes.axvline(history.best_epoch, color=_GREY, linewidth=0.9, linestyle=(0, (2, 2)), zorder=0)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(_GREY)
        axes.tick_params(colors=_INK, length=3)
        axes.grid(axis="y", color=_GREY, alpha=0.25, linewidth=0.6)
    panels[-1].xaxis.get_major_locator().set_params(integer=True)
    panels[-1].set_xlabel("epoch (one pass over the training rows)")


def _draw_scores(axes: Axes, history: History) -> None:
    axes.plot(_epochs(history.scores), history.scores, color=_INK, linewidth=1.4)
    best = history.scores[history.best_epoch - 1]
    axes.plot(history.best_epoch, best, "o", color=_LINES[1][0], markersize=6, label=_best_label(history))
    if history.stopped_early:
        waited = history.epochs - history.best_epoch
        label = f"stopped early: {waited} epochs without a better one"
        axes.plot(
            history.epochs, history.scores[-1], "s", color=_INK, fillstyle="none", markersize=6, label=label
        )
    axes.set_ylim(bottom=0)
    axes.set_ylabel("distance to development\n(0 to 2, lower is better)")
    _legend_above(axes)


def _best_label(history: History) -> str:
    return f"kept: epoch {history.best_epoch}, distance {history.scores[history.best_epoch - 1]:.4f}"


def _draw_losses(axes: Axes, history: History) -> None:
    for number, name in enumerate(history.losses[0]):
        colour, stroke = _LINES[number % len(_LINES)]
        losses = [losses[name] for losses in history.losses]
        axes.plot(_epochs(losses), losses, color=colour, linestyle=stroke, linewidth=1.4, label=name)
    axes.set_ylabel("mean loss of the epoch\n(no unit)")
    _legend_above(axes)


def _legend_above(axes: Axes) -> None:
    """Outside the panel, where it covers no line."""
    axes.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2, ncols=4)


def _epochs(values: Sequence[float]) -> range:
    return range(1, len(values) + 1)
