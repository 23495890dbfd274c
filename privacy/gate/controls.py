"""Planted leaks on the user's own table: what would this audit have seen?

Because a row's score depends on the pool alone, a planted copy changes no score but that of the record it
points at. So copies of records from the whole pool are scored once; then, many times, the pool is relabelled
at random, copies of records that this labelling calls train's are merged into the orders, and the test is
asked again with the same critical value. Relabelling takes any real leak out of the calibration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from privacy.events import Event, OnEvent, silent
from privacy.gate.exposure import Exposure, Pointer, Pointing, Sides
from privacy.gate.tails import TailTest
from privacy.result import Detectable
from privacy.ruler import Coordinates

DOSES = (
    *(0.0005, 0.001, 0.0015, 0.002, 0.0025, 0.003, 0.004, 0.005, 0.006, 0.008),
    *(0.01, 0.0125, 0.016, 0.02, 0.025, 0.03, 0.04, 0.05, 0.065, 0.08, 0.1, 0.13, 0.16, 0.2),
)
"""Shares of the train units that are copied."""

_LARGEST_DOSE = 0.05
_FEWEST_PLANTED = 200
"""In small tables larger doses are tried, up to this many planted records: a few dozen are the floor."""

_SPARE = 1.2

Flags = NDArray[np.bool_]
LeakKind = Callable[[Coordinates, Coordinates, np.random.Generator], Coordinates]
"""(records, pool, rng) -> altered copies of the records, one each."""


def verbatim(records: Coordinates, pool: Coordinates, rng: np.random.Generator) -> Coordinates:
    """The records themselves."""
    return records


def one_column_swapped(records: Coordinates, pool: Coordinates, rng: np.random.Generator) -> Coordinates:
    """One value of each record, in a random column, replaced by that of a random stranger.

    The stranger may have the same value, as in swapping for disclosure control; a release in which every
    swapped value differs is harder to see (adult, 10,000 rows: 1.25 to 1.6 % instead of .6 to .8 %).
    """
    ranks, codes = records.ranks.copy(), records.codes.copy()
    ranked = ranks.shape[1]
    column = rng.integers(0, ranked + codes.shape[1], len(records))
    donor = rng.integers(0, len(pool), len(records))
    number, other = np.flatnonzero(column < ranked), np.flatnonzero(column >= ranked)
    ranks[number, column[number]] = pool.ranks[donor[number], column[number]]
    codes[other, column[other] - ranked] = pool.codes[donor[other], column[other] - ranked]
    return Coordinates(ranks, codes)


KINDS: Mapping[str, LeakKind] = {"verbatim": verbatim, "one column swapped": one_column_swapped}


@dataclass(frozen=True, slots=True, eq=False)
class Audited:
    """The audit into which leaks are planted, and the relabellings that all of them share.

    labels: (draws, units) which units each relabelling calls train's, at odds 1.
    """

    pointer: Pointer
    sides: Sides
    exposure: Exposure
    test: TailTest
    labels: Flags

    @property
    def train_units(self) -> int:
        """Those that have rows in train; mixed ones, too: a leak would hit them and leave no trace."""
        return int((self.sides.in_train | self.sides.mixed).sum())

    @property
    def doses(self) -> tuple[float, ...]:
        """Up to 5 %, in small tables up to 20 %."""
        largest = min(max(_LARGEST_DOSE, _FEWEST_PLANTED / self.train_units), DOSES[-1])
        return tuple(dose for dose in DOSES if dose <= largest)


def detectable_leaks(
    pointer: Pointer,
    sides: Sides,
    exposure: Exposure,
    test: TailTest,
    *,
    rng: np.random.Generator,
    draws: int = 40,
    kinds: Mapping[str, LeakKind] = KINDS,
    on_event: OnEvent = silent,
) -> tuple[Detectable, ...]:
    """For each kind, the smallest dose that `draws` relabelled and planted audits see in 80 % and in 95 %.

    A dose is a share of the train units, each copied once.
    """
    labels = rng.random((draws, len(sides.mixed)), dtype=np.float32) < sides.chance(1.0)
    audited = Audited(pointer, sides, exposure, test, labels)
    found = []
    for done, (name, kind) in enumerate(kinds.items()):
        on_event(Event("planted leaks", done, len(kinds), name))
        planted = Planted.of(audited, kind, rng)
        found.append(
            Detectable(
                leak=name,
                dose_80=planted.smallest_dose(0.8),
                dose_95=planted.smallest_dose(0.95),
                largest_tried=audited.doses[-1],
                draws=draws,
            )
        )
    on_event(Event("planted leaks", len(kinds), len(kinds)))
    return tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class Planted:
    """Copies of one kind, ready to be dealt into the draws.

    source: (copies,) the unit each was made from. turn: (draws, copies) random ranks that say which come
    first, so that a larger dose holds the smaller one. powers: what has been measured so far, by dose.
    """

    audited: Audited
    source: NDArray[np.int64]
    pointing: Pointing
    turn: NDArray[np.float32]
    powers: dict[float, float] = field(default_factory=dict)

    @classmethod
    def of(cls, audited: Audited, kind: LeakKind, rng: np.random.Generator) -> Planted:
        """Enough copies for the largest dose, of random units of the whole pool, a random row of each."""
        pool, units = audited.pointer.pool, audited.pointer.units
        shuffled = rng.permutation(len(pool))
        source, first = np.unique(units[shuffled], return_index=True)
        wanted = audited.doses[-1] * audited.train_units
        eligible = float((audited.labels | audited.sides.mixed).mean())
        chosen = rng.permutation(len(source))[: int(_SPARE * wanted / eligible) + 1]
        copies = kind(pool.take(shuffled[first[chosen]]), pool, rng)
        turn = rng.random((len(audited.labels), len(chosen)), dtype=np.float32)
        return cls(audited, source[chosen], audited.pointer.of_rows(copies, rng), turn)

    def smallest_dose(self, power: float) -> float | None:
        """By bisection; None when the largest dose is seen less often."""
        doses = self.audited.doses
        if self.power(doses[-1]) < power:
            return None
        low, high = -1, len(doses) - 1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.power(doses[middle]) >= power else (middle, high)
        return doses[high]

    def power(self, dose: float) -> float:
        """Share of the draws in which the test sees this dose."""
        if dose not in self.powers:
            copies = max(1, round(dose * self.audited.train_units))
            seen = [self._is_seen(draw, copies) for draw in range(len(self.turn))]
            self.powers[dose] = float(np.mean(seen))
        return self.powers[dose]

    def _is_seen(self, draw: int, copies: int) -> bool:
        audited = self.audited
        labels, mixed = audited.labels[draw], audited.sides.mixed
        eligible = np.flatnonzero(labels[self.source] | mixed[self.source])
        dealt = eligible[np.argsort(self.turn[draw, eligible])[:copies]]
        head = audited.exposure.with_rows(
            self.pointing.target[:, dealt], self.pointing.score[:, dealt], mixed
        )
        return bool(audited.test.p_values(labels, head).min() < audited.test.critical)
