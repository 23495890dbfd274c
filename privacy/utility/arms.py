"""Which training tables are compared: real rows, synthetic rows, and blends of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from privacy.utility.case import Case, Ints, Table
from privacy.utility.result import Task

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
SIZES = {"100 %": 1.0, "10 %": 0.1}
DOSES = (0.5, 1.0, 2.0)
FEWEST_ROWS = 30
"""Nothing smaller is learnt from."""


@dataclass(frozen=True, slots=True)
class Blend:
    """A training table to be drawn: so many rows of either. size: of the table it is part of, see `SIZES`."""

    regime: Literal["replace", "augment"]
    size: str
    real: int
    synthetic: int

    @property
    def all_real(self) -> bool:
        return self.synthetic == 0

    def draw(self, case: Case, rng: np.random.Generator) -> Table:
        """Random rows of both tables; equal generators give the same order of rows whatever the counts."""
        real, synthetic = rng.permutation(len(case.real)), rng.permutation(len(case.synthetic))
        return _joined(case, np.sort(real[: self.real]), np.sort(synthetic[: self.synthetic]))


class Half(Enum):
    """A training table made of halves. Equal generators give the same halves, whatever is made of them."""

    ALONE = "real"
    ADDED = "real and synthetic"
    SAME = "real, no more than there are synthetic"
    INSTEAD = "synthetic, no more than there are real"

    def draw(self, case: Case, rng: np.random.Generator, side: int) -> Table:
        """One half of the real people, one of the synthetic rows, or both. side: 0, or 1 for the other halves."""
        chosen = half_of_people(case, rng)
        real = np.flatnonzero(chosen if side == 0 else ~chosen)
        rows = len(case.synthetic) // 2
        synthetic = np.sort(rng.permutation(len(case.synthetic))[side * rows : (side + 1) * rows])
        fewer = min(len(real), len(synthetic))
        if self is Half.SAME:
            return _joined(case, np.sort(rng.permutation(real)[:fewer]), synthetic[:0])
        if self is Half.INSTEAD:
            return _joined(case, real[:0], np.sort(rng.permutation(synthetic)[:fewer]))
        return _joined(case, real, synthetic[:0] if self is Half.ALONE else synthetic)


@dataclass(frozen=True, slots=True)
class Plan:
    """blends: all training tables of the grid. alone: all real rows. added: all real and all synthetic rows.
    instead: as many synthetic rows as `same`, its real counterpart, has real ones.
    """

    blends: tuple[Blend, ...]
    alone: Blend
    added: Blend
    same: Blend
    instead: Blend

    @property
    def asked(self) -> tuple[Blend, ...]:
        """The blends that the two questions compare, as they are drawn."""
        return tuple(self.drawn(blend) for blend in (self.alone, self.added, self.same, self.instead))

    @property
    def different(self) -> tuple[Blend, ...]:
        """One blend of each composition: all real rows stand in both regimes."""
        return tuple(dict.fromkeys(self.drawn(blend) for blend in self.blends))

    @property
    def halves(self) -> tuple[Half, ...]:
        return tuple(dict.fromkeys(self.halved(part) for part in Half))

    def drawn(self, blend: Blend) -> Blend:
        """The first blend that has as many rows of either table."""
        return next(b for b in self.blends if (b.real, b.synthetic) == (blend.real, blend.synthetic))

    def halved(self, part: Half) -> Half:
        """Where no real row is left aside, SAME is ALONE."""
        return Half.ALONE if part is Half.SAME and self.same.real == self.alone.real else part


def plan(case: Case) -> Plan:
    """Shares of synthetic rows at two sizes, then multiples of the real rows added to all of them."""
    real, synthetic = len(case.real), len(case.synthetic)
    sizes = {name: round(min(real, synthetic) * size) for name, size in SIZES.items()}
    replacing = [
        Blend("replace", name, rows - round(rows * share), round(rows * share))
        for name, rows in sizes.items()
        if rows >= FEWEST_ROWS
        for share in SHARES
    ]
    doses = [round(real * dose) for dose in DOSES if round(real * dose) < synthetic]
    adding = [Blend("augment", "100 %", real, rows) for rows in (0, *doses, synthetic)]
    return Plan(
        blends=(*replacing, *adding),
        alone=adding[0],
        added=adding[-1],
        same=replacing[0],
        instead=replacing[len(SHARES) - 1],
    )


def half_of_people(case: Case, rng: np.random.Generator) -> NDArray[np.bool_]:
    """(real rows,) the rows of half of the people, and of half of those of each class (the rarest they have)."""
    real = case.real
    people, whose = np.unique(real.person, return_inverse=True)
    rarest = np.full(people.size, -1.0)
    if case.task is not Task.NUMBER:
        np.maximum.at(rarest, whose, real.outcome)
    chosen = np.zeros(people.size, bool)
    for one in np.unique(rarest):
        alike = rng.permutation(np.flatnonzero(rarest == one))
        chosen[alike[: (alike.size + int(rng.integers(2))) // 2]] = True
    return chosen[whose]


def _joined(case: Case, real: Ints, synthetic: Ints) -> Table:
    return case.real.take(real).followed_by(case.synthetic.take(synthetic))
