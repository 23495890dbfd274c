"""Unordered symbols as boxes: the unit cube cut until every symbol has a box as large as its frequency.

A symbol without order has no place on one line; in a cube of a few sides it can be near several others at
once. The boxes fill the cube, so independent uniforms fall into each with exactly the symbol's frequency.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Boxes:
    """A tree of cuts through the unit cube (a k-d tree: Bentley 1975).

    frequencies: (symbols,) shares that sum to 1; a symbol of share 0 has no box.
    side: (cuts,) which side of the cube a cut divides; cut: (cuts,) where, in (0, 1).
    below, above: (cuts,) what lies on either hand: a later cut, or `-1 - symbol`.
    """

    frequencies: NDArray[np.float64]
    side: NDArray[np.int32]
    cut: NDArray[np.float64]
    below: NDArray[np.int32]
    above: NDArray[np.int32]

    def __post_init__(self) -> None:
        own = np.arange(len(self.side))
        for child in (self.below, self.above):
            is_symbol = (child < 0) & (child >= -len(self.frequencies))
            if not (is_symbol | ((child > own) & (child < len(own)))).all():
                raise ValueError("a cut leads back, or to nothing")

    @property
    def sides(self) -> int:
        """Sides of the cube in use; 0 when one symbol has it all."""
        return int(self.side.max()) + 1 if len(self.side) else 0

    @cached_property
    def bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(symbols, sides) lower and upper corners; an absent symbol gets the whole cube."""
        shape = (len(self.frequencies), self.sides)
        low, high = np.zeros(shape), np.ones(shape)
        node_low, node_high = np.zeros((len(self.side), self.sides)), np.ones((len(self.side), self.sides))
        for node, side in enumerate(self.side):
            for child, corner in ((self.below[node], 1), (self.above[node], 0)):
                box_low, box_high = (low, high) if child < 0 else (node_low, node_high)
                at = -1 - child if child < 0 else child
                box_low[at], box_high[at] = node_low[node], node_high[node]
                (box_high if corner else box_low)[at, side] = self.cut[node]
        return low, high

    def find(self, points: NDArray[np.float64]) -> NDArray[np.int32]:
        """(rows,) the symbol whose box holds each of the (rows, sides) points."""
        if not len(self.side):
            return np.full(len(points), int(self.frequencies.argmax()), np.int32)
        at = np.zeros(len(points), np.int32)
        rows = np.arange(len(points))
        while len(rows):
            node = at[rows]
            is_above = points[rows, self.side[node]] >= self.cut[node]
            at[rows] = np.where(is_above, self.above[node], self.below[node])
            rows = rows[at[rows] >= 0]
        return (-1 - at).astype(np.int32)


def cut_boxes(frequencies: NDArray[np.float64], scores: NDArray[np.float64]) -> Boxes:
    """Boxes such that symbols with like scores lie side by side.

    scores: (symbols, sides). A set of symbols is halved by weight, along the score in which it differs most.
    """
    side: list[int] = []
    cut: list[float] = []
    below: list[int] = []
    above: list[int] = []
    used: dict[int, int] = {}
    low, high = np.zeros(scores.shape[1]), np.ones(scores.shape[1])
    waiting = [(np.flatnonzero(frequencies > 0), low, high, below, -1)]
    while waiting:
        symbols, low, high, parent, slot = waiting.pop()
        if len(symbols) == 1:
            if slot >= 0:
                parent[slot] = -1 - int(symbols[0])
            continue
        if slot >= 0:
            parent[slot] = len(side)
        along, left, right, share = _halve(symbols, frequencies, scores)
        at = low[along] + (high[along] - low[along]) * share
        side.append(used.setdefault(along, len(used)))
        cut.append(at)
        below.append(0)
        above.append(0)
        left_high, right_low = high.copy(), low.copy()
        left_high[along] = right_low[along] = at
        waiting.append((right, right_low, high, above, len(side) - 1))
        waiting.append((left, low, left_high, below, len(side) - 1))
    return Boxes(
        frequencies,
        np.array(side, np.int32),
        np.array(cut, np.float64),
        np.array(below, np.int32),
        np.array(above, np.int32),
    )


def _halve(
    symbols: NDArray[np.int64], frequencies: NDArray[np.float64], scores: NDArray[np.float64]
) -> tuple[int, NDArray[np.int64], NDArray[np.int64], float]:
    """The side along which the symbols differ most, the two halves, and the share of the first."""
    weight = frequencies[symbols] / frequencies[symbols].sum()
    own = scores[symbols]
    along = int((weight @ (own - weight @ own) ** 2).argmax())
    order = np.argsort(own[:, along], kind="stable")
    reached = weight[order].cumsum()
    split = int(np.abs(reached[:-1] - 0.5).argmin()) + 1
    return along, symbols[order[:split]], symbols[order[split:]], float(reached[split - 1])
