"""Small static drawings in SVG: no script, no ids, no fixed width, each with a title and a description.

Horizontal places are per cent and heights are pixels, so a drawing stretches with its column while marks and
strokes keep their size. Colours come from the style sheet by class; shape and stroke tell marks apart too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, isfinite, log10

from markupsafe import Markup, escape

from privacy.report.text import visible
from privacy.result import Picture

STRIP = 20
BAR = 9
PLOT = 180
MARGIN = 8
WIDE = 30
"""Largest over smallest x from which a plot is logarithmic."""
APART = 22
"""Per cent of the width between two tick labels."""


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to per cent of the width. ticks: round values inside. even: where nothing is gained."""

    low: float
    high: float
    ticks: tuple[float, ...]
    logarithmic: bool = False
    even: float = 0.0

    def at(self, value: float) -> float:
        """Per cent of the width, values outside moved to the edge."""
        low, high, value = (
            log10(max(v, 1e-12)) if self.logarithmic else v for v in (self.low, self.high, value)
        )
        return round(min(max((value - low) / (high - low), 0), 1) * 100, 2)


def linear(values: Iterable[float], *, zero: bool = True) -> Scale:
    """A scale with round ends around the values, and around zero if asked."""
    known = [value for value in values if isfinite(value)] + ([0.0] if zero else [])
    low, high = min(known, default=0.0), max(known, default=1.0)
    if high - low < 1e-12:
        low, high = min(low, 0.0), max(high, low + 1e-3, high * 1.2)
    step = _round_step((high - low) / 4)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return Scale(first * step, last * step, tuple(round(at * step, 12) for at in range(first, last + 1)))


def decades(values: Iterable[float], *, even: float = 0.0) -> Scale:
    """A logarithmic scale with ticks at 1, 2 and 5 times powers of ten around the positive values."""
    known = [value for value in values if value > 0] or [0.01]
    marks = [m * 10.0**e for e in range(-6, 5) for m in (1, 2, 5)]
    low = max((mark for mark in marks if mark <= min(known) * 0.99), default=marks[0])
    high = min((mark for mark in marks if mark >= max(known) * 1.01), default=marks[-1])
    return Scale(low, high, tuple(m for m in marks if low <= m <= high), logarithmic=True, even=even)


def _round_step(step: float) -> float:
    power = 10.0 ** floor(log10(step))
    return next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= step * 0.999)


def strip(
    scale: Scale,
    mark: str,
    value: float | None,
    low: float | None = None,
    high: float | None = None,
    *,
    limit: float | None = None,
    second: float | None = None,
    label: str = "",
) -> Markup:
    """One row of an interval drawing: the interval as a line, the value as a mark, the limit dashed.

    mark: class and shape: "train" a disc, "control" a square, "baseline" a diamond. second: a hollow disc.
    """
    middle = STRIP / 2
    parts = [_line(scale.at(t), 0, scale.at(t), STRIP, "grid") for t in scale.ticks]
    if scale.low < scale.even < scale.high:
        parts.append(_line(scale.at(scale.even), 0, scale.at(scale.even), STRIP, "zero"))
    if low is not None and high is not None:
        left, right = scale.at(low), scale.at(high)
        parts += [
            _line(left, middle, right, middle, f"whisker {mark}"),
            _line(left, middle - 4, left, middle + 4, f"whisker {mark}"),
            _line(right, middle - 4, right, middle + 4, f"whisker {mark}"),
        ]
    if second is not None:
        parts.append(f'<circle cx="{scale.at(second)}%" cy="{middle}" r="4.5" class="mark hollow {mark}"/>')
    if value is not None:
        parts.append(_mark(mark, scale.at(value), middle))
    if limit is not None:
        parts.append(_line(scale.at(limit), 0, scale.at(limit), STRIP, "limit"))
    return _svg("strip", STRIP, label, parts)


def _mark(mark: str, x: float, y: float) -> str:
    paths = {"control": "M-4.5-4.5h9v9h-9Z", "baseline": "M0-6 6 0 0 6-6 0Z"}
    if mark in paths:
        return f'<svg x="{x}%" y="{y}" class="at"><path d="{paths[mark]}" class="mark {mark}"/></svg>'
    return f'<circle cx="{x}%" cy="{y}" r="5" class="mark {escape(mark)}"/>'


def axis(scale: Scale, written: Callable[[float], str]) -> Markup:
    """Tick labels under strips of this scale, leaving out those that would touch the one before."""
    parts: list[str] = []
    last = float(-APART)
    for tick in scale.ticks:
        x = scale.at(tick)
        if x - last >= APART:
            parts.append(_label(x, 12, written(tick)))
            last = x
    return _svg("axis", 16, "", parts)


def bars(scale: Scale, values: Sequence[float], label: str) -> Markup:
    """One bar a series from the scale's start (or zero): the first solid, the second outlined, the third pale."""
    start = scale.at(max(scale.low, 0) if scale.high > 0 else scale.high)
    height = len(values) * (BAR + 2) + 4
    parts = [_line(scale.at(t), 0, scale.at(t), height, "grid") for t in scale.ticks]
    for series, value in enumerate(values):
        end = scale.at(value)
        left, width = min(start, end), round(abs(end - start), 2)
        parts.append(
            f'<rect x="{left}%" y="{3 + series * (BAR + 2)}" width="{width}%" height="{BAR}"'
            f' class="bar s{series % 3}"/>'
        )
    return _svg("bars", height, label, parts)


def gauge(
    scale: Scale, value: float, floor: float | None, low: float | None = None, high: float | None = None
) -> Markup:
    """A bar from the scale's start to the value, its interval as a whisker, the floor as an upright stroke."""
    start, end = sorted((scale.at(0), scale.at(value)))
    parts = [_line(scale.at(t), 0, scale.at(t), STRIP, "grid") for t in scale.ticks]
    parts.append(
        f'<rect x="{start}%" y="6" width="{round(end - start, 2)}%" height="{STRIP - 12}" class="bar s0"/>'
    )
    if low is not None and high is not None:
        parts.append(_line(scale.at(low), STRIP / 2, scale.at(high), STRIP / 2, "whisker excess"))
    if floor is not None:
        parts.append(_line(scale.at(floor), 1, scale.at(floor), STRIP - 1, "floor"))
    return _svg("gauge", STRIP, "", parts)


def lines(picture: Picture) -> Markup:
    """A line a series over numeric x: solid, dashed, dotted. Wide-ranging x stand on a logarithmic axis."""
    wide = min(picture.x, default=0) > 0 and max(picture.x) / min(picture.x) > WIDE
    across = decades(picture.x) if wide else linear(picture.x, zero=False)
    up = linear([value for series in picture.series.values() for value in series])
    parts = [_described(picture)]
    for tick in up.ticks:
        parts += [
            _line(0, _up(up, tick), 100, _up(up, tick), "grid"),
            _label(0, _up(up, tick) - 3, f"{tick:g}"),
        ]
    for number, values in enumerate(picture.series.values()):
        points = [(_right(across, x), _up(up, y)) for x, y in zip(picture.x, values, strict=False)]
        parts += [_line(x1, y1, x2, y2, f"line s{number % 3}") for (x1, y1), (x2, y2) in pairwise(points)]
        parts += [f'<circle cx="{x}%" cy="{y}" r="2.5" class="mark s{number % 3}"/>' for x, y in points]
    parts += [_label(_right(across, t), PLOT - 4, f"{t:g}") for t in across.ticks]
    return _svg("plot", PLOT, picture.title, parts)


def _right(scale: Scale, value: float) -> float:
    """Per cent of a plot's width, leaving room at the left for the labels."""
    return round(MARGIN + scale.at(value) * (1 - MARGIN / 100), 2)


def _described(picture: Picture) -> str:
    """The numbers of a plot in words, for who cannot see it; at most 12 points a line."""
    every = max(ceil(len(picture.x) / 12), 1)
    said = [
        f"{visible(name)}: "
        + ", ".join(f"{y:.3g} at {x:g}" for x, y in zip(picture.x[::every], values[::every], strict=False))
        for name, values in picture.series.items()
    ]
    return f"<desc>{escape('; '.join(said))}</desc>"


def _up(scale: Scale, value: float) -> float:
    """Pixels from the top of a plot."""
    return round(16 + (1 - scale.at(value) / 100) * (PLOT - 40), 1)


def _label(x: float, y: float, written: str) -> str:
    """A tick label that stays inside the drawing."""
    anchor = "start" if x < 4 else "end" if x > 96 else "middle"
    return f'<text x="{x}%" y="{y:g}" text-anchor="{anchor}" class="tick">{escape(written)}</text>'


def sign(outcome: str) -> Markup:
    """The verdict's sign: a tick, a cross or a question mark in a ring."""
    shapes = {
        "pass": '<path d="M19 33 28 42 46 22" class="stroke"/>',
        "fail": '<path d="M21 21 43 43M43 21 21 43" class="stroke"/>',
        "inconclusive": '<path d="M24 25c0-11 17-11 17 0 0 7-9 7-9 14" class="stroke"/>'
        '<circle cx="32" cy="47" r="2.6" class="dot"/>',
    }
    return Markup(  # noqa: S704
        f'<svg class="sign" viewBox="0 0 64 64" role="img"><title>{escape(outcome)}</title>'
        f'<circle cx="32" cy="32" r="29" class="ring"/>{shapes[outcome]}</svg>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    return f'<line x1="{x1}%" y1="{y1:g}" x2="{x2}%" y2="{y2:g}" class="{style}"/>'


def _svg(style: str, height: int, label: str, parts: Sequence[str]) -> Markup:
    """The parts as one drawing; `label` is what a screen reader says, nothing when the text stands beside."""
    about = f'role="img"><title>{escape(visible(label, 300))}</title>' if label else 'aria-hidden="true">'
    # Every part is numbers and class names of this file; foreign text went through escape().
    return Markup(f'<svg class="{style}" width="100%" height="{height}" {about}{"".join(parts)}</svg>')  # noqa: S704
