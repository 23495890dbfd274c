"""Small static drawings in SVG, in the manner of the audit's report: scores with bands, intervals, two by two.

Horizontal places are per cent and heights pixels; colours come from the style sheet by class.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup, escape

from privacy.report.drawings import Scale
from privacy.report.text import tick, visible
from privacy.result import Estimate

PANEL = 150
LEFT, TOP, BOTTOM = 13, 12, 22
ROW = 20
PAIR = 26


@dataclass(frozen=True, slots=True)
class Curve:
    """Scores over x, both ends of x labelled. even: the score of real rows only."""

    title: str
    x: tuple[float, ...]
    labels: tuple[str, ...]
    scores: tuple[Estimate, ...]
    even: float


def ends(estimates: Iterable[Estimate]) -> list[float]:
    """Values and ends of intervals, for a scale around them."""
    return [
        end
        for e in estimates
        for end in (e.value, *((e.interval.low, e.interval.high) if e.interval else ()))
    ]


def panel(curve: Curve, scale: Scale) -> Markup:
    """A line with its band; the score of real rows only is dashed. scale: of the scores, bottom to top."""
    across = Scale(min(curve.x), max(curve.x) + 1e-9, ())
    inside = [_right(across.at(x)) for x in curve.x]
    up = [_up(scale, score.value) for score in curve.scores]
    parts = [f"<desc>{escape(_described(curve))}</desc>"]
    for mark in scale.ticks:
        parts += [
            _line(LEFT, _up(scale, mark), 100, _up(scale, mark), "grid"),
            _text(LEFT - 1.5, _up(scale, mark) + 4, tick(mark), "end"),
        ]
    parts.append(_band(curve, scale, inside))
    parts.append(_line(LEFT, _up(scale, curve.even), 100, _up(scale, curve.even), "even"))
    points = list(zip(inside, up, strict=True))
    parts += [_line(x1, y1, x2, y2, "line s0") for (x1, y1), (x2, y2) in pairwise(points)]
    parts += [f'<circle cx="{x}%" cy="{y}" r="3" class="mark s0"/>' for x, y in points]
    for x, label, anchor in _labels(inside, curve.labels):
        parts.append(_text(x, PANEL - 5, label, anchor))
    return _svg("panel", PANEL, curve.title, parts)


def interval(scale: Scale, estimate: Estimate, smallest: float) -> Markup:
    """A difference with its interval; the shaded middle is smaller than what is of interest."""
    left, right = scale.at(-smallest), scale.at(smallest)
    parts = [
        f'<rect x="{left}%" y="0" width="{round(right - left, 2)}%" height="{ROW}" class="band"/>',
        *(_line(scale.at(mark), 0, scale.at(mark), ROW, "grid") for mark in scale.ticks),
        _line(scale.at(0), 0, scale.at(0), ROW, "zero"),
        *_whisker(scale, estimate, ROW / 2, "train"),
    ]
    return _svg("strip", ROW, "", parts)


def pair(scale: Scale, real: Estimate, synthetic: Estimate) -> Markup:
    """Two intervals one below the other: real rows a disc, synthetic rows a square."""
    parts = [
        *(_line(scale.at(mark), 0, scale.at(mark), PAIR, "grid") for mark in scale.ticks),
        _line(scale.at(0), 0, scale.at(0), PAIR, "zero"),
        *_whisker(scale, real, PAIR / 2 - 5, "train"),
        *_whisker(scale, synthetic, PAIR / 2 + 5, "control"),
    ]
    return _svg("strip", PAIR, "", parts)


def sign(answer: str) -> Markup:
    """The answer's sign in a ring: a tick, an equals sign, a cross or a question mark."""
    shapes = {
        "helps": '<path d="M19 33 28 42 46 22" class="stroke"/>',
        "neutral": '<path d="M20 26H44M20 38H44" class="stroke"/>',
        "harms": '<path d="M21 21 43 43M43 21 21 43" class="stroke"/>',
        "cannot tell": '<path d="M24 25c0-11 17-11 17 0 0 7-9 7-9 14" class="stroke"/>'
        '<circle cx="32" cy="47" r="2.6" class="dot"/>',
    }
    return Markup(  # noqa: S704
        f'<svg class="sign" viewBox="0 0 64 64" role="img"><title>{escape(answer)}</title>'
        f'<circle cx="32" cy="32" r="29" class="ring"/>{shapes[answer]}</svg>'
    )


def _band(curve: Curve, scale: Scale, inside: Sequence[float]) -> str:
    """The intervals as an area: a drawing of its own that stretches, since areas cannot be given in per cent."""
    known = [(x, score.interval) for x, score in zip(inside, curve.scores, strict=True) if score.interval]
    edge = [f"{x},{_up(scale, interval.low)}" for x, interval in known]
    edge += [f"{x},{_up(scale, interval.high)}" for x, interval in reversed(known)]
    return (
        f'<svg x="0" y="0" width="100%" height="{PANEL}" viewBox="0 0 100 {PANEL}" preserveAspectRatio="none">'
        f'<polygon points="{" ".join(edge)}" class="area"/></svg>'
    )


def _whisker(scale: Scale, estimate: Estimate, y: float, mark: str) -> list[str]:
    parts = []
    if estimate.interval:
        left, right = scale.at(estimate.interval.low), scale.at(estimate.interval.high)
        parts = [_line(left, y, right, y, f"whisker {mark}")]
        parts += [_line(x, y - 3, x, y + 3, f"whisker {mark}") for x in (left, right)]
    x = scale.at(estimate.value)
    if mark == "control":
        square = f'<path d="M-4-4h8v8h-8Z" class="mark {mark}"/>'
        return [*parts, f'<svg x="{x}%" y="{y:g}" class="at">{square}</svg>']
    return [*parts, f'<circle cx="{x}%" cy="{y:g}" r="4.5" class="mark {mark}"/>']


def _labels(inside: Sequence[float], labels: Sequence[str]) -> list[tuple[float, str, str]]:
    """First, last and, where there is room, those between; with what they are anchored by."""
    found: list[tuple[float, str, str]] = []
    for at, (x, label) in enumerate(zip(inside, labels, strict=True)):
        anchor = "end" if at == len(labels) - 1 else "start" if at == 0 else "middle"
        near_end = at < len(labels) - 1 and inside[-1] - x < 24
        if not near_end and (not found or x - found[-1][0] >= 20):
            found.append((x, label, anchor))
    return found


def _described(curve: Curve) -> str:
    """The numbers in words, for who cannot see them."""
    return ", ".join(
        f"{score.value:.3f} at {visible(label)}"
        for label, score in zip(curve.labels, curve.scores, strict=True)
    )


def _right(percent: float) -> float:
    return round(LEFT + 2 + percent * (100 - LEFT - 4) / 100, 2)


def _up(scale: Scale, value: float) -> float:
    return round(TOP + (1 - scale.at(value) / 100) * (PANEL - TOP - BOTTOM), 1)


def _line(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    return f'<line x1="{x1}%" y1="{y1:g}" x2="{x2}%" y2="{y2:g}" class="{style}"/>'


def _text(x: float, y: float, written: str, anchor: str) -> str:
    return f'<text x="{x}%" y="{y:g}" text-anchor="{anchor}" class="tick">{escape(written)}</text>'


def _svg(style: str, height: int, label: str, parts: Sequence[str]) -> Markup:
    about = f'role="img"><title>{escape(visible(label, 300))}</title>' if label else 'aria-hidden="true">'
    # Every part is numbers and class names of this file; foreign text went through escape().
    return Markup(f'<svg class="{style}" width="100%" height="{height}" {about}{"".join(parts)}</svg>')  # noqa: S704
