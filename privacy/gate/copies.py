"""Copies of records as a leak would leave them, and whose copies each relabelled audit may hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from privacy.gate.exposure import Exposure, Pointer, Sides
from privacy.gate.kinds import LeakKind, Pool
from privacy.gate.tails import TailTest
from privacy.ruler import Coordinates, Ruler

DOSES = (
    *(0.0005, 0.001, 0.0015, 0.002, 0.0025, 0.003, 0.0035, 0.004, 0.0045, 0.005, 0.006, 0.007, 0.008, 0.009),
    *(0.01, 0.0115, 0.013, 0.0145, 0.016, 0.018, 0.02, 0.0225, 0.025, 0.0275, 0.03, 0.035, 0.04, 0.045, 0.05),
    *(0.06, 0.07, 0.08, 0.09, 0.1, 0.12, 0.14, 0.16, 0.18, 0.2),
)
"""Shares of the train units that are copied, or of the synthetic rows, if they are fewer."""

_LARGEST_DOSE = 0.05
_FEWEST_PLANTED = 200
"""In small tables larger doses are tried, up to this many planted records: a few dozen are the floor."""

_SPARE = 1.2

Flags = NDArray[np.bool_]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Audited:
    """The audit into which leaks are planted, and the relabellings that all of them share.

    labels: (draws, units) which units each relabelling calls train's, at odds 1. synthetic_rows: of the table.
    """

    pool: Pool
    ruler: Ruler
    pointer: Pointer
    sides: Sides
    exposure: Exposure
    test: TailTest
    labels: Flags
    synthetic_rows: int

    @property
    def base(self) -> int:
        """What doses are shares of: the train units, mixed ones, too, since a leak would hit them and leave no
        trace; or the synthetic rows, if they are fewer, since a copy takes a row."""
        return min(int((self.sides.in_train | self.sides.mixed).sum()), self.synthetic_rows)

    @property
    def doses(self) -> tuple[float, ...]:
        """Up to 5 %, in small tables up to 20 %."""
        largest = min(max(_LARGEST_DOSE, _FEWEST_PLANTED / self.base), DOSES[-1])
        return tuple(dose for dose in DOSES if dose <= largest)


@dataclass(frozen=True, slots=True, eq=False)
class Copies:
    """Copies of one kind, ready to be dealt into the draws.

    doses: those that the records allow. rows: the copies on the ruler. turn: (draws, copies) random ranks that
    say which come first, so that a larger dose holds the smaller one; inf for copies of nobody in the draw's
    train, or of another group than the draw's.
    """

    doses: tuple[float, ...]
    rows: Coordinates
    turn: NDArray[np.float32]

    @classmethod
    def of(cls, audited: Audited, kind: LeakKind, rng: np.random.Generator) -> Copies | None:
        """Enough copies for the largest dose that the records allow; None if they allow none."""
        chosen, group = _sources(audited, kind, rng)
        if not len(chosen):
            return None
        units = audited.pool.units[chosen]
        members = audited.labels[:, units] | audited.sides.mixed[units]
        of_draw = rng.integers(0, group.max() + 1, len(members))
        members &= group == of_draw[:, None]
        # The draw with the fewest decides how large a leak of this kind can be.
        most = int(members.sum(axis=1).min())
        doses = tuple(dose for dose in audited.doses if round(dose * audited.base) <= most)
        if not doses:
            return None
        turn = np.where(members, rng.random(members.shape, dtype=np.float32), np.float32(np.inf))
        return cls(doses, audited.ruler.measure(kind.altered(audited.pool, chosen, rng)), turn)


def _sources(audited: Audited, kind: LeakKind, rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Pool rows to copy, one random row a unit and group, and the group of each."""
    pool = audited.pool
    wanted = audited.doses[-1] * audited.base
    eligible = float((audited.labels | audited.sides.mixed).mean())
    enough = int(_SPARE * wanted / eligible) + 1
    rows, groups = [], []
    for group, members in enumerate(kind.whose(pool, audited.doses[-1], rng)):
        shuffled = rng.permutation(members)
        _, first = np.unique(pool.units[shuffled], return_index=True)
        chosen = shuffled[rng.permutation(first)[:enough]]
        rows.append(chosen)
        groups.append(np.full(len(chosen), group))
    if not rows:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return np.concatenate(rows), np.concatenate(groups)
