"""One column between its codes and uniforms: a gate for the codes that stand apart, a line for the rest.

A missing value or a spike says nothing about where on the scale the person would lie, so it does not lie on
the scale: a first draw says which symbol (a code apart, or "on the line"), another where on the line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from tabsynth.domain import Axis
from tabsynth.generators.copula.boxes import Boxes
from tabsynth.generators.copula.latent import mean_normal, to_normal

Floats = NDArray[np.float64]

_FARTHEST = 5.0
"""Standard deviations from the mean at which a value counts no more: a few extremes would decide alone."""


def codes_apart(axis: Axis) -> int:
    """How many of the axis' codes, from 0, are not on its line."""
    return int(axis.missing) if axis.discrete and axis.ordered else axis.plain


def line_counts(axis: Axis, codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """(codes on the line,) how often each occurs."""
    return np.bincount(codes, minlength=axis.size)[codes_apart(axis) :]


def gate_symbols(axis: Axis, codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """(rows,) the code where it stands apart, and the next number for all that are on the line."""
    return np.minimum(codes, codes_apart(axis))


@dataclass(frozen=True, eq=False)
class Margin:
    """The map between one axis and `sides` uniforms that are independent of each other.

    gate: boxes of the symbols. reached: (line codes + 1,) cumulated shares of the codes on the line, from 0
    to 1; empty when no row is on the line.
    """

    axis: Axis
    gate: Boxes
    reached: Floats

    @property
    def has_line(self) -> bool:
        return len(self.reached) > 0

    @property
    def sides(self) -> int:
        return self.gate.sides + self.has_line

    @cached_property
    def frequencies(self) -> Floats:
        """(codes,) the share of every code."""
        apart = codes_apart(self.axis)
        shares = np.zeros(self.axis.size)
        shares[:apart] = self.gate.frequencies[:apart]
        if self.has_line:
            shares[apart:] = self.gate.frequencies[apart] * np.diff(self.reached)
        return shares

    @cached_property
    def _gate_scores(self) -> Floats:
        return mean_normal(*self.gate.bounds)

    @cached_property
    def _line_scores(self) -> Floats:
        return mean_normal(self.reached[:-1], self.reached[1:])

    @cached_property
    def _standard_edges(self) -> Floats:
        """The bins' edges, in standard deviations from the mean of those on the line."""
        shares, middle = np.diff(self.reached), (self.axis.edges[:-1] + self.axis.edges[1:]) / 2
        mean = float(shares @ middle)
        spread = float(np.sqrt(shares @ (middle - mean) ** 2))
        width = float(np.diff(self.axis.edges).max())
        return np.clip((self.axis.edges - mean) / (spread or width), -_FARTHEST, _FARTHEST)

    def scores(self, codes: NDArray[np.int64], residuals: Floats) -> Floats:
        """(rows, sides) what the codes say of each normal, NaN where they say nothing.

        The mean of the normal given the code; in a bin the mean of the normal and of the value itself,
        standardised. Where columns depend on each other otherwise than a copula can say, the correlation of ranks
        and that of values cannot both be met: so neither is far off.
        """
        gate = self._gate_scores[gate_symbols(self.axis, codes)]
        if not self.has_line:
            return gate
        place = codes - codes_apart(self.axis)
        on_line, at = place >= 0, np.maximum(place, 0)
        line = self._line_scores[at] if self.axis.discrete else self._in_bin(at, residuals)
        return np.column_stack([gate, np.where(on_line, line, np.nan)])

    def _in_bin(self, place: NDArray[np.int64], residuals: Floats) -> Floats:
        low, high = self._standard_edges[place], self._standard_edges[place + 1]
        scores: Floats = (to_normal(self._position(place, residuals)) + low + residuals * (high - low)) / 2
        return scores

    def _position(self, place: NDArray[np.int64], residuals: Floats) -> Floats:
        """(rows,) where in [0, 1] on the line a place and the residual inside it are."""
        left, right = self.reached[place], self.reached[place + 1]
        position: Floats = left + residuals * (right - left)
        return position

    def read(self, uniforms: Floats) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Codes and residuals of (rows, sides) uniforms."""
        symbols = self.gate.find(uniforms[:, : self.gate.sides])
        residuals = np.zeros(len(uniforms), np.float32)
        if not self.has_line:
            return symbols, residuals
        apart = codes_apart(self.axis)
        position = uniforms[:, -1]
        place = np.searchsorted(self.reached, position, side="right") - 1
        place = np.minimum(place, int(np.flatnonzero(np.diff(self.reached))[-1]))
        on_line = symbols == apart
        if not self.axis.discrete:
            left, right = self.reached[place], self.reached[place + 1]
            inside = ((position - left) / (right - left)).astype(np.float32)
            residuals = np.where(on_line, np.clip(inside, 0, np.nextafter(np.float32(1), np.float32(0))), 0)
        return np.where(on_line, apart + place, symbols).astype(np.int32), residuals.astype(np.float32)

    def draw(self, allowed: NDArray[np.int32], rows: int, rng: np.random.Generator) -> Floats:
        """(rows, sides) uniforms of rows whose code is one of `allowed`, codes by their true frequencies."""
        shares = self.frequencies[allowed]
        codes = rng.choice(allowed, rows, p=shares / shares.sum()).astype(np.int64)
        low, high = (corner[gate_symbols(self.axis, codes)] for corner in self.gate.bounds)
        gate: Floats = low + rng.random(low.shape) * (high - low)
        if not self.has_line:
            return gate
        place = codes - codes_apart(self.axis)
        inside = self._position(np.maximum(place, 0), rng.random(rows))
        return np.column_stack([gate, np.where(place >= 0, inside, rng.random(rows))])


def fit_margin(axis: Axis, codes: NDArray[np.int64], gate: Boxes) -> Margin:
    """The margin of observed codes, whose gate has been cut."""
    counts = line_counts(axis, codes)
    total = counts.sum()
    reached = np.concatenate([[0], counts.cumsum()]) / total if total else np.empty(0)
    return Margin(axis, gate, reached)


def blocks_of(margins: Sequence[Margin]) -> list[slice]:
    """Per column, where its normals stand."""
    ends = np.cumsum([0, *(margin.sides for margin in margins)]).tolist()
    return [slice(start, stop) for start, stop in pairwise(ends)]


def read_rows(margins: Sequence[Margin], normals: Floats) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """(rows, columns) codes and residuals of (rows, normals)."""
    codes = np.empty((len(normals), len(margins)), np.int32)
    residuals = np.empty((len(normals), len(margins)), np.float32)
    for column, (margin, block) in enumerate(zip(margins, blocks_of(margins), strict=True)):
        codes[:, column], residuals[:, column] = margin.read(ndtr(normals[:, block]))
    return codes, residuals
