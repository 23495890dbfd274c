"""Tries in boxes: how rows that may meet a condition are drawn from any generator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tabsynth.domain import Domain, Encoded
from tabsynth.generators import Generator, Given
from tabsynth.generators.conditional import Conditional, Tries


def tries_within(generator: Generator, boxes: Sequence[Given]) -> Tries:
    """Tries for rows that lie in one of the boxes, distributed as free rows there, in a way that seldom fails.

    Of a generator that only leans towards conditions they are free rows: leaning bends what it learnt.
    """
    if not isinstance(generator, Conditional):
        return AsTheyCome(generator, {})
    around = _around(boxes)
    whole = generator.under(around)
    if len(boxes) == 1:
        return whole
    parts = [(box, generator.under(box)) for box in boxes]
    apart = OneOfBoxes([(box, tries) for box, tries in parts if tries.reach > 0])
    return apart if apart.reach < whole.reach else whole


def leaning_within(generator: Generator, boxes: Sequence[Given], domain: Domain) -> Tries | None:
    """Tries for rows so rare that bent ones are better than none; None where there is no such way.

    They lean towards the codes that discrete columns have in any box: to lean towards bins would bend them more.
    """
    if isinstance(generator, Conditional):
        return None
    levels = {column: codes for column, codes in _around(boxes).items() if domain.axes[column].discrete}
    return AsTheyCome(generator, levels) if levels else None


@dataclass(frozen=True, slots=True, eq=False)
class AsTheyCome:
    """Rows of a generator that leans towards `given`; some may break it."""

    generator: Generator
    given: Given

    @property
    def reach(self) -> float:
        """1: nothing is known."""
        return 1.0

    def attempt(self, tries: int, rng: np.random.Generator) -> Encoded:
        """As many rows as tries."""
        return self.generator.sample(tries, rng, self.given)


@dataclass(frozen=True, slots=True, eq=False)
class OneOfBoxes:
    """Tries shared out over boxes by how far each can reach; a row in several counts in the first alone.

    A try for box i comes with chance reach_i / reach and succeeds with P(box i) / reach_i: so each row of a box
    comes as often as among free rows, up to the common factor (Karp, Luby, Madras, J. Algorithms 10, 1989, draw
    from a union in the same way).
    """

    parts: Sequence[tuple[Given, Tries]]

    @property
    def reach(self) -> float:
        """What all reach together; over 1 where one box without limits would do better."""
        return float(sum(tries.reach for _, tries in self.parts))

    def attempt(self, tries: int, rng: np.random.Generator) -> Encoded:
        """The rows of the tries that succeeded, in an order that tells nothing."""
        reach = np.array([part.reach for _, part in self.parts])
        shared = rng.multinomial(tries, reach / reach.sum())
        found = []
        for number, (part, count) in enumerate(zip(self.parts, shared.tolist(), strict=True)):
            rows = part[1].attempt(count, rng)
            before = [inside(rows, box) for box, _ in self.parts[:number]]
            found.append(rows.take(~np.any([np.zeros(len(rows), bool), *before], axis=0)))
        together = Encoded.joined(found)
        return together.take(rng.permutation(len(together)))


def inside(rows: Encoded, box: Given) -> NDArray[np.bool_]:
    """(rows,) whether every column of the box has an allowed code."""
    holds = np.ones(len(rows), bool)
    for column, codes in box.items():
        holds &= np.isin(rows.codes[:, column], codes)
    return holds


def _around(boxes: Sequence[Given]) -> Given:
    """The smallest box around boxes."""
    common = set(boxes[0]).intersection(*boxes[1:])
    return {column: np.unique(np.concatenate([box[column] for box in boxes])) for column in common}
