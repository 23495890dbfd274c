"""People, not rows: a person is found when one of the rows is."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from privacy.attacks.fingerprints import Subset
from privacy.attacks.targets import people
from privacy.attacks.trials import Attacker, Trials, compared
from privacy.evidence import Evidence
from privacy.result import Finding
from privacy.stats import Count, two_exact

Mask = NDArray[np.bool_]
Hit = tuple[Mask, Mask, Mask | None]
"""Per pool row: could be tried, found in the synthetic table, found in its shuffled twin if that was looked at."""


class Search:
    """Turns flags on the pool's rows into a finding about the people behind them.

    people: (pool rows,) whose row it is, train's rows first.
    """

    def __init__(self, evidence: Evidence, attacker: Attacker) -> None:
        self._train, self._control = people(evidence)
        self.people = np.concatenate([self._train, self._control])
        self._attacker = attacker

    def counts(self, tried: Mask, found: Mask) -> tuple[Count, Count]:
        """Distinct people of train and of control: found, of those tried."""
        start = len(self._train)
        return (
            _count(self._train, tried[:start], found[:start]),
            _count(self._control, tried[start:], found[start:]),
        )

    def finding(
        self,
        name: str,
        success: str,
        hit: Hit,
        *,
        columns: tuple[str, ...] = (),
        note: str = "",
        obstacle: str = "no record is rare enough",
        excess_level: float | None = None,
    ) -> Finding:
        tried, found, chance = hit
        train, control = self.counts(tried, found)
        return compared(
            Trials(
                name=name,
                success=success,
                asked=_distinct(self._train),
                train=train,
                control=control,
                baseline=None if chance is None else self.counts(tried, chance)[0],
                columns=columns,
                note=note,
                obstacle=obstacle,
            ),
            self._attacker,
            two_exact,
            excess_level,
        )

    def not_tried(self, name: str, why: str) -> Finding:
        nobody = np.zeros(len(self.people), dtype=bool)
        return self.finding(name, "", (nobody, nobody, nobody), obstacle=why)

    def rare_in_any(self, subsets: Iterator[Subset]) -> Hit:
        """Records that are the only ones of their kind on some subset, and those found on such a subset."""
        tried, found, chance = (np.zeros(len(self.people), dtype=bool) for _ in range(3))
        for subset in subsets:
            alone = subset.held_by_one(self.people)
            tried |= alone
            found |= alone & subset.found()
            chance |= alone & subset.found_by_chance()
        return tried, found, chance


def _distinct(owners: NDArray[np.int64]) -> int:
    return int(np.unique(owners).size)


def _count(owners: NDArray[np.int64], tried: Mask, found: Mask) -> Count:
    return Count(_distinct(owners[tried & found]), _distinct(owners[tried]))
