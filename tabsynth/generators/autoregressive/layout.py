"""Where every column's vectors stand among those of all columns.

What a cell enters the network as is a point's vector: one point for every plain code, one for every edge of a bin,
one for `not known`. A number inside a bin lies between two edges and enters as the mean of their vectors, weighted
by how near it is to each (piecewise linear, Gorishniy et al. 2022, arXiv:2203.05556): so neighbours look alike,
and where in its bin a number lies is not lost. Spikes, numbers with a code of their own, stand among the bins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tabsynth.domain import Axis, Domain

LARGE = 512
"""A discrete column with more codes has vectors of low rank: its memory and time grow slowly with its codes."""


@dataclass(frozen=True, slots=True)
class Span:
    """Vectors from number `first` on that lie along one curve, at `places` in [0, 1].

    free: how many of them, the first ones, are free besides. Bins are not: what one bin's few people have in
    common would else be learnt by heart.
    """

    first: int
    places: NDArray[np.float64]
    free: int


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The places of a domain's columns. All sequences of columns ascend."""

    domain: Domain

    @property
    def binned(self) -> list[int]:
        """Columns that have residuals."""
        return [column for column, axis in enumerate(self.domain.axes) if not axis.discrete]

    @property
    def large(self) -> list[int]:
        """Columns whose vectors are of low rank, and have no place among those of the others."""
        return [c for c, axis in enumerate(self.domain.axes) if axis.discrete and axis.size > LARGE]

    @property
    def points(self) -> list[int]:
        """Points of each column: codes, one more edge than bins, and at last `not known`."""
        return [axis.size + (not axis.discrete) + 1 for axis in self.domain.axes]

    def starts(self, counts: Sequence[int]) -> NDArray[np.int64]:
        """(columns + 1,) where each column's vectors begin if it has `counts`, and large ones have none."""
        held = np.array(counts, np.int64)
        held[self.large] = 0
        return np.concatenate([[0], held.cumsum()])

    def point_spans(self) -> list[Span]:
        """The points that stand in order: spikes and edges, ordered levels."""
        return self._spans(self.starts(self.points), 0.0)

    def code_spans(self) -> list[Span]:
        """The codes that stand in order: spikes and bins by their middles, ordered levels."""
        return self._spans(self.starts(self.domain.sizes), 0.5)

    def _spans(self, starts: NDArray[np.int64], middle: float) -> list[Span]:
        spans = []
        for column, axis in enumerate(self.domain.axes):
            first = int(starts[column])
            if not axis.discrete:
                spikes, bins = _spike_places(axis), np.arange(axis.bins + (middle == 0)) + middle
                places = np.concatenate([spikes, bins]) / axis.bins
                spans.append(Span(first + axis.plain - len(spikes), places, len(spikes)))
            elif _is_long_order(axis) and column not in self.large:
                levels = axis.size - axis.missing
                places = (np.arange(levels) + 0.5) / levels
                spans.append(Span(first + axis.missing, places, levels))
        return spans


def _spike_places(axis: Axis) -> NDArray[np.float64]:
    """(spikes,) where each stands, in bins from the lowest edge: those in one bin at even distances."""
    if axis.bins_below is None:
        return np.empty(0)
    _, bin_of, together = np.unique(axis.bins_below, return_inverse=True, return_counts=True)
    nth = np.arange(len(bin_of)) - (together.cumsum() - together)[bin_of]
    return np.maximum(axis.bins_below - 1 + (nth + 0.5) / together[bin_of], 0)


def bin_spans(starts: NDArray[np.int64]) -> list[Span]:
    """Of bins alone, those of one column after those of another: (binned columns + 1,) where each begins."""
    return [
        Span(int(first), (np.arange(last - first) + 0.5) / (last - first), 0)
        for first, last in pairwise(starts)
    ]


def _is_long_order(axis: Axis) -> bool:
    return axis.ordered and axis.size - axis.missing > 2
