"""Planted leaks on the user's own table: what would this audit have seen?

Because a row's score depends on the pool alone, a planted copy changes no score but that of the record it
points at. So copies of records from the whole pool are scored once; then, many times, the pool is relabelled
at random, copies of records that this labelling calls train's are merged into the orders, and the test is
asked again with the same critical value. Relabelling takes any real leak out of the calibration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce

import numpy as np
import pandas as pd

from privacy.events import Event, OnEvent, silent
from privacy.evidence import Evidence
from privacy.gate.copies import Audited, Copies
from privacy.gate.exposure import Exposure, Pointer, Pointing, Sides
from privacy.gate.kinds import KINDS, LeakKind, Pool
from privacy.gate.merging import merged_counts
from privacy.gate.tails import TailTest
from privacy.result import Detectable
from privacy.ruler import Coordinates
from privacy.stats import Count, clopper_pearson

_CONFIDENCE = 0.95
"""With which a printed power is at least what it says."""


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
    leaks = plant(audited, kinds, rng, on_event)
    found = []
    for done, (name, planted) in enumerate(leaks.items()):
        on_event(Event("planted leaks", done, len(leaks), name))
        found.append(
            Detectable(
                leak=name,
                dose_80=planted.smallest_dose(0.8),
                dose_95=planted.smallest_dose(0.95),
                largest_tried=planted.copies.doses[-1],
                draws=draws,
            )
        )
    on_event(Event("planted leaks", len(leaks), len(leaks)))
    return tuple(found)


def plant(
    audited: Audited, kinds: Mapping[str, LeakKind], rng: np.random.Generator, on_event: OnEvent = silent
) -> dict[str, Planted]:
    """Each kind of which the table holds an example; the copies of all are looked at in one search."""
    made = {name: Copies.of(audited, kind, rng) for name, kind in kinds.items()}
    copies = {name: each for name, each in made.items() if each is not None}
    if not copies:
        return {}
    together = reduce(Coordinates.followed_by, (each.rows for each in copies.values()))
    pointing = audited.pointer.of_rows(together, rng, on_event)
    ends = np.cumsum([len(each.rows) for each in copies.values()])
    return {
        name: Planted(audited, each, pointing.part(slice(end - len(each.rows), end)))
        for (name, each), end in zip(copies.items(), ends, strict=True)
    }


@dataclass(frozen=True, slots=True, eq=False)
class Planted:
    """One kind of leak and how often it is seen. powers: what has been measured so far, by dose."""

    audited: Audited
    copies: Copies
    pointing: Pointing
    powers: dict[float, float] = field(default_factory=dict)

    def smallest_dose(self, power: float) -> float | None:
        """By bisection; None when even the largest dose may be seen less often."""
        if self.sure_power(self.copies.doses[-1]) < power:
            return None
        low, high = -1, len(self.copies.doses) - 1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (
                (low, middle) if self.sure_power(self.copies.doses[middle]) >= power else (middle, high)
            )
        return self.copies.doses[high]

    def sure_power(self, dose: float) -> float:
        """Lower end of the one-sided 95 % interval of the power, so that chance in the draws flatters no dose."""
        draws = len(self.audited.labels)
        return clopper_pearson(Count(round(self.power(dose) * draws), draws), 2 * _CONFIDENCE - 1).low

    def power(self, dose: float) -> float:
        """Share of the draws in which the test sees this dose."""
        if dose not in self.powers:
            audited, turn = self.audited, self.copies.turn
            count = max(1, round(dose * audited.base))
            last = np.partition(turn, count - 1, axis=1)[:, count - 1, None]
            counts, chances = merged_counts(
                audited.exposure.head,
                audited.exposure.score,
                audited.exposure.tie,
                self.pointing.target,
                np.where(audited.sides.mixed[self.pointing.target], np.inf, self.pointing.score),
                turn <= last,
                audited.labels,
                audited.test.chance,
                audited.test.depths,
            )
            smallest = audited.test.of_counts(counts, chances).min(axis=(1, 2))
            self.powers[dose] = float((smallest < audited.test.critical).mean())
        return self.powers[dose]
