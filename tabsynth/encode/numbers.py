"""Numbers as codes: missing, values that many persons share, and bins along a curve for the rest."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tabsynth.domain import Axis
from tabsynth.encode.coder import Codes, Residuals, Value, share_of
from tabsynth.encode.curve import Curve, fit_curve, flat_curve
from tabsynth.encode.heaping import Heap, find_heap
from tabsynth.encode.persons import Persons
from tabsynth.encode.rounding import LARGEST, NUMBER_GRIDS, Floats, Scale, find_grid, lower_bound
from tabsynth.encode.spikes import find_spikes

EXACT = 2.0**53
"""Whole numbers beyond lose their last digits in float64."""


@dataclass(frozen=True, slots=True)
class NumberRules:
    """How a numeric column is to be coded.

    bins: how many at most. least: persons that any number in the encoder must rest on. minimum, maximum:
    declared bounds. grids: what to look for, fine to coarse. unit: the grid when the values lie on none of
    these; None for full precision. spikes: whether single values may be codes.
    """

    bins: int
    least: int
    minimum: float | None = None
    maximum: float | None = None
    grids: Sequence[float] = NUMBER_GRIDS
    unit: float | None = None
    spikes: bool = True

    def scale(self, grid: float | None) -> Scale:
        """The numbers the column may hold."""
        return Scale(
            grid,
            -LARGEST if self.minimum is None else self.minimum,
            LARGEST if self.maximum is None else self.maximum,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """The codes of a numeric column: missing if it is one, then `spikes`, then the bins of `curve`.

    scale: the numbers it may hold. spikes: rising values that are codes of their own. curve: None when every
    value is a spike. exact: rising values off any grid that have a piece of the curve to themselves, to be
    decoded to the last digit. heap: the coarser grid that most values on the curve lie on. fallback: the code of
    a gap when missing has none of its own.
    """

    scale: Scale
    missing: bool
    spikes: Floats
    curve: Curve | None
    exact: Floats
    heap: Heap | None
    fallback: int

    @classmethod
    def fit(cls, values: Floats, persons: Persons, rules: NumberRules) -> tuple[Numbers, dict[str, Any]]:
        """The codes of a column, and what was done to it, for the report. values: (rows,), NaN for missing.

        Missing is a code if at least `least` persons have a gap; fewer gaps get the most frequent code. Values
        outside the spikes that fewer than twice `least` persons carry are moved to the nearest spike; without
        a spike and declared bounds nothing may be said of such a column, and it decodes to missing.
        """
        gap = np.isnan(values)
        known = np.flatnonzero(~gap)
        order = known[np.argsort(values[known], kind="stable")]
        raw, persons_known = np.clip(values[order], -LARGEST, LARGEST), persons.take(order)
        grid = find_grid(raw, persons_known, rules.least, rules.grids)
        scale = rules.scale(grid or rules.unit)
        ascending = scale.settle(raw)
        spikes = find_spikes(ascending, persons_known, rules.least) if rules.spikes else np.empty(0)
        rest = ~np.isin(ascending, spikes)
        held = (ascending[rest], persons_known.take(rest))
        curve, unit = _curve(*held, rules, scale)
        withheld = curve is None and not len(spikes)
        missing = withheld or persons.take(gap).count() >= rules.least
        exact, heap = np.empty(0), None
        if curve is not None:
            exact = _exact(curve, *held, unit, rules.least) if scale.grid is None else exact
            heap = find_heap(*held, curve, scale, rules.grids, rules.least)
        coder = cls(scale, missing, spikes, curve, exact, heap, 0)
        rows = np.bincount(coder.encode(raw)[0][:, 0], minlength=coder.axes[0].size)
        inexact = persons_known.take(np.abs(raw) > EXACT).count() >= rules.least
        return replace(coder, fallback=int(rows.argmax())), _report(raw, coder, rules, inexact)

    @property
    def axes(self) -> tuple[Axis, ...]:
        plain = self.missing + len(self.spikes)
        if self.curve is None:
            return (Axis(plain, np.empty(0), ordered=True, missing=self.missing),)
        edges = self.curve.edges
        below = np.searchsorted(edges[:-1], self.spikes, side="right")
        return (Axis(plain, edges, ordered=True, missing=self.missing, bins_below=below),)

    def encode(self, values: NDArray[Any]) -> tuple[Codes, Residuals]:
        gap = np.isnan(values)
        settled = self.scale.settle(np.where(gap, 0.0, values))
        codes, residuals = np.zeros(len(values), np.int64), np.zeros(len(values), np.float32)
        on_spike = np.ones(len(values), bool)
        if len(self.spikes):
            nearest = _nearest(self.spikes, settled)
            codes = self.missing + nearest
            on_spike = self.spikes[nearest] == settled
        if self.curve is not None:
            bins, inside = self.curve.place(settled)
            on_spike &= len(self.spikes) > 0
            codes = np.where(on_spike, codes, self.missing + len(self.spikes) + bins)
            residuals = np.where(on_spike | gap, np.float32(0), inside)
        return np.where(gap, 0 if self.missing else self.fallback, codes)[:, None], residuals[:, None]

    def decode(self, codes: Codes, residuals: Residuals, rng: np.random.Generator) -> NDArray[Any]:
        plain = np.concatenate([np.full(int(self.missing), np.nan), self.spikes, [np.nan]])
        values: NDArray[Any] = plain[np.minimum(codes[:, 0], len(plain) - 1)]
        if self.curve is not None:
            bins = codes[:, 0] - (len(plain) - 1)
            binned = bins >= 0
            values[binned] = self._on_curve(self.curve, bins[binned], residuals[binned, 0], rng)
        return values

    def _on_curve(self, curve: Curve, bins: Codes, residuals: Residuals, rng: np.random.Generator) -> Floats:
        """The values of bins and residuals, on the grid and within the ends of the curve."""
        half = (self.scale.grid or 0.0) / 2
        lowest, highest = self.scale.settle(curve.knots[[0, -1]] + [half, -half])
        values = curve.value(bins, residuals)
        if self.heap is not None:
            values = self.heap.settle(values, curve, self.scale.grid or 0.0, rng)
        values = np.clip(self.scale.settle(values), lowest, highest)
        if len(self.exact):
            nearest = self.exact[_nearest(self.exact, values)]
            # The narrowest piece is one unit wide, or half a one where a bound is the value itself.
            values = np.where(np.abs(values - nearest) <= 1.5 * curve.finest, nearest, values)
        return values

    def plain_values(self, part: int) -> list[Value]:
        return [*([None] if self.missing else []), *(float(value) for value in self.spikes)]

    def to_json(self) -> dict[str, Any]:
        return {
            "scale": asdict(self.scale),
            "missing": self.missing,
            "spikes": self.spikes.tolist(),
            "curve": None if self.curve is None else self.curve.to_json(),
            "exact": self.exact.tolist(),
            "heap": None if self.heap is None else asdict(self.heap),
            "fallback": self.fallback,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Numbers:
        return cls(
            Scale(**data["scale"]),
            bool(data["missing"]),
            np.array(data["spikes"], np.float64),
            None if data["curve"] is None else Curve.from_json(data["curve"]),
            np.array(data["exact"], np.float64),
            None if data["heap"] is None else Heap(**data["heap"]),
            int(data["fallback"]),
        )


def _nearest(ascending: Floats, values: Floats) -> NDArray[np.int64]:
    """Which of the `ascending` numbers, at least one, is nearest to each value; the lower one of two."""
    middles = ascending[:-1] + np.diff(ascending) / 2
    return np.searchsorted(middles, values, side="left")


def _curve(
    ascending: Floats, persons: Persons, rules: NumberRules, scale: Scale
) -> tuple[Curve | None, float]:
    """The curve of the values that are no spikes, None when too few persons have one; and the unit of its knots.

    On a grid its ends lie half a unit beyond the outermost values. Off it they are these bounds themselves: a
    number that is never negative has no negative end.
    """
    carriers = persons.count()
    bounded = rules.minimum is not None and rules.maximum is not None
    if carriers < (rules.least if bounded else 2 * rules.least):
        return None, 0.0
    if carriers < 2 * rules.least:
        unit = scale.grid or _beside(scale.maximum - scale.minimum)
        return flat_curve(scale.minimum - unit / 2, scale.maximum + unit / 2), unit
    unit = _unit(ascending, persons, rules.least, scale.grid)
    flipped = None if rules.maximum is None else -rules.maximum
    backwards = persons.take(slice(None, None, -1))
    low = lower_bound(ascending, persons, rules.least, unit, rules.minimum)
    high = -lower_bound(-ascending[::-1], backwards, rules.least, unit, flipped)
    beyond = 0.0 if scale.grid is None and high - low > unit else unit / 2
    within = np.clip(ascending, low, high)
    return fit_curve(within, persons, (low - beyond, high + beyond), unit, rules.bins, rules.least), unit


def _unit(ascending: Floats, persons: Persons, least: int, grid: float | None) -> float:
    """The distance of neighbouring values, or a width too small to matter, of at least 2 x `least` persons.

    Off a grid it is a power of ten, by where the `least`-th lowest and highest person are: every knot is a
    multiple of it, so of the very lowest and highest number it would tell all digits, and a single one far out
    would make it wider than all others are apart.
    """
    lowest, highest = persons.row_of(least), persons.take(slice(None, None, -1)).row_of(least)
    ends = ascending[[lowest, len(ascending) - 1 - highest]]
    largest = float(np.abs(ends).max())
    return max(grid or _beside(float(np.ptp(ends)) or largest), 8 * float(np.spacing(largest)))


def _beside(width: float) -> float:
    """A power of ten that is nothing beside a width."""
    return float(10.0 ** math.floor(math.log10(max(1e-12 * width, sys.float_info.min))))


def _exact(curve: Curve, ascending: Floats, persons: Persons, unit: float, least: int) -> Floats:
    """The rising values in pieces of the curve one unit wide, each carried by at least `least` persons."""
    values, numbers = np.unique(ascending, return_inverse=True)
    enough = persons.per_group(numbers.astype(np.int64), len(values)) >= least
    widths = np.diff(curve.knots)
    piece = np.clip(np.searchsorted(curve.knots, values, side="right") - 1, 0, len(widths) - 1)
    return values[enough & (widths[piece] < 1.5 * unit)]


def _report(raw: Floats, coder: Numbers, rules: NumberRules, inexact: bool) -> dict[str, Any]:
    """What was done to the known values of a column, in counts and rounded shares."""
    return {
        "bins": coder.axes[0].bins,
        "spikes": len(coder.spikes),
        "bounds": _bounds_word(rules, coder.curve),
        "outside_declared_share": share_of(int((raw != rules.scale(None).settle(raw)).sum()), len(raw)),
        "inexact": inexact,
        "withheld": len(raw) > 0 and coder.curve is None and not len(coder.spikes),
    }


def _bounds_word(rules: NumberRules, curve: Curve | None) -> str:
    """Where the outer edges come from, for the report."""
    if curve is None:
        return "none"
    low, high = curve.knots[[0, -1]]
    declared = [
        rules.minimum is not None and low <= rules.minimum,
        rules.maximum is not None and high >= rules.maximum,
    ]
    return {0: "rounded", 1: "one declared, one rounded", 2: "declared"}[sum(declared)]
