"""A distribution as a line through round points: the bins of a numeric column and the way inside each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tabsynth.encode.persons import Persons
from tabsynth.encode.rounding import Floats, round_step

PIECES = 16
"""How many straight pieces a bin may have."""

BELOW_ONE = np.nextafter(np.float32(1), np.float32(0))


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A piecewise linear distribution function, cut into bins.

    knots: (pieces + 1,) strictly increasing values. reached: (pieces + 1,) share of the rows below each knot,
    from 0 to 1; level over a piece that holds nobody, never over two in a row. cuts: (bins + 1,) which knots
    are the edges of bins.

    A residual is the share of its bin that lies below the value, so residuals are close to uniform whatever
    the shape inside the bin: a generator that draws them uniformly still gets a heavy tail right.
    """

    knots: Floats
    reached: Floats
    cuts: NDArray[np.int64]

    def __post_init__(self) -> None:
        rising = (self.knots, self.cuts, self.reached[self.cuts])
        if any(len(line) < 2 or not (np.diff(line) > 0).all() for line in rising):
            raise ValueError("a curve must rise from bin to bin")
        if len(self.knots) != len(self.reached) or (np.diff(self.reached) < 0).any():
            raise ValueError("a curve must not fall")

    @property
    def edges(self) -> Floats:
        """(bins + 1,) the edges of the bins."""
        return self.knots[self.cuts]

    @property
    def finest(self) -> float:
        """The width of the narrowest piece."""
        return float(np.diff(self.knots).min())

    def pieces(self, values: Floats, unit: float) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """The piece of every value, the end ones for those beyond; and whether it is wider than one `unit`."""
        piece = np.clip(np.searchsorted(self.knots, values, side="right") - 1, 0, len(self.knots) - 2)
        return piece, np.diff(self.knots)[piece] > 1.5 * unit

    def place(self, values: Floats) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The bin and the residual of every value.

        A value beyond the ends is moved to the nearer end, one on an empty piece to the nearer piece beside.
        """
        values = self._off_empty(values)
        last = len(self.cuts) - 2
        bins = np.clip(np.searchsorted(self.edges, values, side="right") - 1, 0, last)
        low, high = self._ends(bins)
        share = (np.interp(values, self.knots, self.reached) - low) / (high - low)
        return bins, np.clip(share, 0, BELOW_ONE).astype(np.float32)

    def value(self, bins: NDArray[np.int64], residuals: NDArray[np.float32]) -> Floats:
        """The inverse of `place`, but for values it had to move."""
        low, high = self._ends(bins)
        return np.interp(low + residuals.astype(np.float64) * (high - low), self.reached, self.knots)

    def _off_empty(self, values: Floats) -> Floats:
        """The values, those on an empty piece moved to the middle of the nearer piece beside it."""
        empty = np.diff(self.reached) == 0
        if not empty.any():
            return values
        last = len(empty) - 1
        piece = np.clip(np.searchsorted(self.knots, values, side="right") - 1, 0, last)
        middles = (self.knots[:-1] + self.knots[1:]) / 2
        beside = np.where(values < middles[piece], np.maximum(piece - 1, 0), np.minimum(piece + 1, last))
        return np.asarray(np.where(empty[piece], middles[beside], values))

    def to_json(self) -> dict[str, Any]:
        """The curve as plain JSON."""
        return {
            "knots": self.knots.tolist(),
            "reached": self.reached.tolist(),
            "cuts": self.cuts.tolist(),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Curve:
        """The curve that `to_json` wrote; ValueError when it is none."""
        knots, reached = np.array(data["knots"], np.float64), np.array(data["reached"], np.float64)
        return cls(knots, reached, np.array(data["cuts"], np.int64))

    def _ends(self, bins: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """The shares reached at both ends of each bin."""
        reached = self.reached[self.cuts]
        return reached[bins], reached[bins + 1]


def flat_curve(low: float, high: float) -> Curve:
    """One bin, evenly filled: all that may be said of few persons between declared bounds."""
    return Curve(np.array([low, high]), np.array([0.0, 1.0]), np.array([0, 1]))


def fit_curve(
    ascending: Floats, persons: Persons, ends: tuple[float, float], unit: float, bins: int, least: int
) -> Curve:
    """The curve of a sample, every piece of which rests on at least `least` persons or on none.

    ascending: (rows,) values in rising order, all within `ends`; persons: of those rows, at least `least`.
    unit: distance of neighbouring values, or a width too small to matter. Knots between the ends lie half a unit
    off the round multiples of it, so none is a value that somebody has.
    """
    pieces = max(min(bins * PIECES, persons.count() // least), 1)
    inner = _round_cuts(_wanted_cuts(ascending, persons, pieces, least, unit), ends, unit) - unit / 2
    inner = inner[(inner > ends[0]) & (inner < ends[1])]
    knots = np.concatenate([[ends[0]], inner, [ends[1]]])
    knots, thin = _merge_thin(knots, ascending, persons, unit, least)
    rows = np.bincount(_pieces(knots, ascending), minlength=len(knots) - 1)
    rows[1:] += np.where(thin[:-1], rows[:-1], 0)
    rows[thin] = 0
    reached = np.round(np.concatenate([[0.0], np.cumsum(rows) / rows.sum()]), 9)
    targets = np.searchsorted(reached, np.arange(1, bins) / bins - 0.5 / (bins * PIECES))
    cuts = np.unique(np.concatenate([[0], targets, [len(knots) - 1]]))
    return Curve(knots, reached, cuts)


def _wanted_cuts(ascending: Floats, persons: Persons, pieces: int, least: int, unit: float) -> Floats:
    """Sorted values below which to cut: evenly many rows apart, finer and finer towards both ends.

    A value that fills a whole piece, and that enough persons have, is cut off on both sides.
    """
    rows = len(ascending)
    tail = least * 2 ** np.arange(max(int(np.log2(rows / pieces / least)) + 1, 0))
    even = np.linspace(0, rows, pieces + 1)[1:-1].astype(np.int64)
    ranks = np.concatenate([tail, even, rows - tail])
    at_ranks = ascending[ranks[(ranks > 0) & (ranks < rows)]]
    is_new = np.concatenate([[True], ascending[1:] != ascending[:-1]])
    number = np.cumsum(is_new) - 1
    full = np.bincount(number) >= rows / pieces
    frequent = ascending[is_new][full & (persons.per_group(number, len(full)) >= least)]
    wanted: Floats = np.unique(np.concatenate([at_ranks, frequent, frequent + unit]))
    # -0.03 + 0.01 is not -0.02 to the last digit: two cuts at one place would be a piece of no width.
    return wanted[np.diff(wanted, prepend=-np.inf) > unit / 2]


def _round_cuts(cuts: Floats, ends: tuple[float, float], unit: float) -> Floats:
    """The cuts, each rounded to a step of at most a tenth of the way to its nearer neighbour.

    Those around a single frequent value stand next to each other, at the smallest step, and stay.
    """
    ways = np.diff(np.concatenate([[ends[0]], cuts, [ends[1]]]))
    steps = round_step(np.minimum(ways[:-1], ways[1:]) / 10, unit)
    rounded: Floats = np.where(steps > unit, np.rint(cuts / steps) * steps, cuts)
    distinct: Floats = np.unique(rounded)
    return distinct


def _pieces(knots: Floats, values: Floats) -> NDArray[np.int64]:
    """(rows,) the number of the piece that each value lies in, or is nearest to."""
    return np.searchsorted(knots[1:-1], values, side="right")


def _merge_thin(
    knots: Floats, ascending: Floats, persons: Persons, unit: float, least: int
) -> tuple[Floats, NDArray[np.bool_]]:
    """The knots, less those beside pieces of fewer than `least` persons; and which pieces stay that thin.

    A piece of a single value that enough persons have stays as it is: to widen it would smear the value over
    its neighbourhood. A thin piece between two such has nothing to be merged with, and is to hold nobody.
    """
    while True:
        thin = persons.per_group(_pieces(knots, ascending), len(knots) - 1) < least
        single = ~thin & (np.diff(knots) < 1.5 * unit)
        dropped = _knots_to_drop(thin, single)
        if dropped:
            knots = np.delete(knots, dropped)
        elif thin[0] or thin[-1]:
            knots = knots[int(thin[0]) : len(knots) - int(thin[-1])]
        else:
            return knots, thin


def _knots_to_drop(thin: NDArray[np.bool_], single: NDArray[np.bool_]) -> list[int]:
    """One knot of each thin piece that has a neighbour to be merged with; no piece is merged twice."""
    dropped, piece, last = [], 0, len(thin) - 1
    while piece <= last:
        if thin[piece] and piece < last and not single[piece + 1]:
            dropped.append(piece + 1)
            piece += 1
        elif thin[piece] and piece > 0 and not single[piece - 1] and piece not in dropped:
            dropped.append(piece)
        piece += 1
    return dropped
