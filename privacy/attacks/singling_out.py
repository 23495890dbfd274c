"""Singling out: does a description read off the synthetic table fit exactly one real person?

Cohen & Nissim (PNAS 2020) call a predicate that selects exactly one row an isolation. Many isolate by chance,
so the same predicates are put to equally many control people, and chance isolations cancel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from privacy.attacks import ThreatModel
from privacy.attacks.descriptions import Descriptions, blind_guesses
from privacy.attacks.predicates import Levels, Predicate
from privacy.attacks.targets import draw_targets
from privacy.attacks.trials import Trials, compared
from privacy.evidence import Evidence
from privacy.result import Estimate, Finding
from privacy.schema import Schema
from privacy.stats import Count, design_effect, newcombe

MOST_TARGETS = 50_000
MOST_COLUMNS = 6

NOBODY = -1


class SinglingOut:
    """Predicates on one column, and on 2 to 6; the denominator is the predicates made, not those asked for.

    guesses: predicates asked of each kind.
    """

    name: ClassVar[str] = "singling_out"
    threat: ClassVar[ThreatModel] = ThreatModel(
        holds="the synthetic table",
        guesses="a combination of values that exactly one person of the source has",
    )

    def __init__(self, level: float = 0.95, guesses: int = 2_000) -> None:
        self.level = level
        self._guesses = guesses

    def requires(self, schema: Schema) -> str | None:
        return None if schema.compared else "the schema has no column to compare"

    def run(self, evidence: Evidence, rng: np.random.Generator) -> list[Finding]:
        rows = draw_targets(evidence, MOST_TARGETS, rng)
        train, control = (
            Levels.of(table.take(some))
            for table, some in zip((evidence.train_at, evidence.control_at), rows, strict=True)
        )
        descriptions = Descriptions(Levels.of(evidence.synthetic_at), rng)
        # The code book, which a guesser without the synthetic table has too: labels and "missing"; 0 for numbers.
        labels = (len(levels) + 1 for levels in evidence.ruler.levels)
        sizes = [*(0 for _ in evidence.ruler.ranked), *labels]

        made = descriptions.of_one_column(self._guesses)
        blind = blind_guesses(sizes, [1], self._guesses, rng)
        findings = [self._finding("univariate predicates", _Tried.on(made, train, control), blind, train)]
        widths = range(2, min(MOST_COLUMNS, len(sizes)) + 1)
        if widths:
            made = descriptions.of_columns(widths, self._guesses)
            blind = blind_guesses(sizes, widths, self._guesses, rng)
            tried = _Tried.on(made, train, control)
            finding = self._finding("multivariate predicates", tried, blind, train)
            also = {f"{w} columns, train minus control": tried.of_width(w).excess(self.level) for w in widths}
            findings.append(finding.model_copy(update={"also": also}))
        return findings

    def _finding(self, name: str, tried: _Tried, blind: list[Predicate], train: Levels) -> Finding:
        made = len(tried.widths)
        note = ""
        if made < self._guesses:
            note = f"Only {made:,} of the {self._guesses:,} predicates asked could be made"
        by_luck = sum(train.isolated_by(predicate) is not None for predicate in blind)
        return compared(
            Trials(
                name=name,
                subject="predicates",
                success=f"fit exactly one of {train.rows:,} train records",
                asked=self._guesses,
                train=tried.counts[0],
                control=tried.counts[1],
                baseline=Count(by_luck, len(blind)),
                note=note,
                obstacle="no predicate is unique in the synthetic table",
                design_effect=tried.same_people,
            ),
            self,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Tried:
    """Whom each predicate isolates, NOBODY where none or several fit; (predicates,) each.

    widths: the number of columns of each predicate.
    """

    widths: NDArray[np.int64]
    train: NDArray[np.int64]
    control: NDArray[np.int64]

    @classmethod
    def on(cls, predicates: list[Predicate], train: Levels, control: Levels) -> _Tried:
        widths = np.array([len(predicate.columns) for predicate in predicates], np.int64)
        return cls(widths, _isolations(predicates, train), _isolations(predicates, control))

    def of_width(self, width: int) -> _Tried:
        some = self.widths == width
        return _Tried(self.widths[some], self.train[some], self.control[some])

    @property
    def counts(self) -> tuple[Count, Count]:
        made = len(self.widths)
        return Count(int((self.train != NOBODY).sum()), made), Count(
            int((self.control != NOBODY).sum()), made
        )

    @property
    def same_people(self) -> float:
        """Several predicates that isolate one person are less evidence than as many on different people."""
        isolated = (rows[rows != NOBODY] for rows in (self.train, self.control))
        return design_effect(np.concatenate([np.unique(rows, return_counts=True)[1] for rows in isolated]))

    def excess(self, level: float) -> Estimate:
        """Share isolating in train less the share isolating in control."""
        train, control = self.counts
        worth = self.same_people
        return Estimate(
            value=train.rate - control.rate,
            interval=newcombe(train.effective(worth), control.effective(worth), level),
            trials=len(self.widths),
        )


def _isolations(predicates: list[Predicate], levels: Levels) -> NDArray[np.int64]:
    rows = (levels.isolated_by(predicate) for predicate in predicates)
    return np.array([NOBODY if row is None else row for row in rows], np.int64)
