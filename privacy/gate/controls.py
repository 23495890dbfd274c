"""Planted leaks on the user's own table: what would this audit have seen?

Because a row's score depends on the pool alone, a planted copy changes no score but that of the record it
points at. So copies of records from the whole pool are scored once; then, many times, the pool is relabelled
at random, copies of records that this labelling calls train's are merged into the orders, and the test is
asked again with the same critical value. Relabelling takes any real leak out of the calibration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy.events import Event, OnEvent, silent
from privacy.evidence import Evidence
from privacy.gate.exposure import Exposure, Pointer, Pointing, Sides
from privacy.gate.kinds import KINDS, LeakKind, Pool
from privacy.gate.merging import merged_counts
from privacy.gate.tails import TailTest
from privacy.result import Detectable
from privacy.ruler import Ruler
from privacy.stats import Count, clopper_pearson

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

_CONFIDENCE = 0.95
"""With which a printed power is at least what it says."""

Flags = NDArray[np.bool_]


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


def detectable_leaks(
    evidence: Evidence,
    pointer: Pointer,
    sides: Sides,
    exposure: Exposure,
    test: TailTest,
    *,
    rng: np.random.Generator,
    draws: int = 100,
    kinds: Mapping[str, LeakKind] = KINDS,
    on_event: OnEvent = silent,
) -> tuple[Detectable, ...]:
    """For each kind, the smallest dose that is surely seen with 80 % and with 95 % power.

    Surely: `draws` relabelled and planted audits are a sample, so a power counts only as far as it stands with
    95 % confidence; of 100 draws, 99 must see the leak for 95 %. A kind of which the table holds no example, such
    as repeated units where none repeats, is left out.
    """
    frame = pd.concat([evidence.train, evidence.control], ignore_index=True)
    audited = Audited(
        Pool(frame, pointer.pool, pointer.units),
        evidence.ruler,
        pointer,
        sides,
        exposure,
        test,
        rng.random((draws, len(sides.mixed)), dtype=np.float32) < sides.chance(1.0),
        len(evidence.synthetic),
    )
    found = []
    for done, (name, kind) in enumerate(kinds.items()):
        on_event(Event("planted leaks", done, len(kinds), name))
        planted = Planted.of(audited, kind, rng)
        if planted is not None:
            found.append(
                Detectable(
                    leak=name,
                    dose_80=planted.smallest_dose(0.8),
                    dose_95=planted.smallest_dose(0.95),
                    largest_tried=planted.doses[-1],
                    draws=draws,
                )
            )
    on_event(Event("planted leaks", len(kinds), len(kinds)))
    return tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class Planted:
    """Copies of one kind, ready to be dealt into the draws.

    doses: those that the records allow. pointing: what the copies point at. turn: (draws, copies) random ranks
    that say which come first, so that a larger dose holds the smaller one; inf for copies of nobody in the
    draw's train, or of another group than the draw's.
    powers: what has been measured so far, by dose.
    """

    audited: Audited
    doses: tuple[float, ...]
    pointing: Pointing
    turn: NDArray[np.float32]
    powers: dict[float, float] = field(default_factory=dict)

    @classmethod
    def of(cls, audited: Audited, kind: LeakKind, rng: np.random.Generator) -> Planted | None:
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
        copies = audited.ruler.measure(kind.altered(audited.pool, chosen, rng))
        pointing = audited.pointer.of_rows(copies, rng)
        score = np.where(audited.sides.mixed[pointing.target], np.inf, pointing.score)
        turn = np.where(members, rng.random(members.shape, dtype=np.float32), np.float32(np.inf))
        return cls(audited, doses, Pointing(pointing.target, score), turn)

    def smallest_dose(self, power: float) -> float | None:
        """By bisection; None when even the largest dose may be seen less often."""
        if self.sure_power(self.doses[-1]) < power:
            return None
        low, high = -1, len(self.doses) - 1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.sure_power(self.doses[middle]) >= power else (middle, high)
        return self.doses[high]

    def sure_power(self, dose: float) -> float:
        """Lower end of the one-sided 95 % interval of the power, so that chance in the draws flatters no dose."""
        draws = len(self.audited.labels)
        return clopper_pearson(Count(round(self.power(dose) * draws), draws), 2 * _CONFIDENCE - 1).low

    def power(self, dose: float) -> float:
        """Share of the draws in which the test sees this dose."""
        if dose not in self.powers:
            audited, copies = self.audited, max(1, round(dose * self.audited.base))
            last = np.partition(self.turn, copies - 1, axis=1)[:, copies - 1, None]
            counts, chances = merged_counts(
                audited.exposure.head,
                audited.exposure.score,
                audited.exposure.tie,
                self.pointing.target,
                self.pointing.score,
                self.turn <= last,
                audited.labels,
                audited.test.chance,
                audited.test.depths,
            )
            smallest = audited.test.of_counts(counts, chances).min(axis=(1, 2))
            self.powers[dose] = float((smallest < audited.test.critical).mean())
        return self.powers[dose]


def _sources(
    audited: Audited, kind: LeakKind, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
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
