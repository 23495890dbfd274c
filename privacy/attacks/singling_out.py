"""Singling out: does a description read off the synthetic table fit exactly one real person?

Cohen & Nissim (PNAS 2020) call a predicate that selects exactly one row an isolation. Many isolate by chance,
so the same predicates are put to equally many control people, and chance isolations cancel.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice, zip_longest
from typing import ClassVar

import numpy as np
import pandas as pd

from privacy.attacks import ThreatModel
from privacy.attacks.predicates import Levels, Predicate
from privacy.attacks.targets import draw_targets
from privacy.attacks.trials import Trials, compared
from privacy.evidence import Evidence
from privacy.result import Finding
from privacy.schema import Schema
from privacy.stats import Count, design_effect

MOST_TARGETS = 10_000
TRIES_PER_GUESS = 4
MOST_COLUMNS = 6


class SinglingOut:
    """Univariate and multivariate predicates; the denominator is the predicates made, not those asked for.

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
        train_rows, control_rows = draw_targets(evidence, MOST_TARGETS, rng)
        targets = (
            Levels.of(evidence.train_at.take(train_rows)),
            Levels.of(evidence.control_at.take(control_rows)),
        )
        synthetic = Levels.of(evidence.synthetic_at)
        # The code book, which a guesser without the synthetic table has too; 0 for numbers.
        sizes = [*(0 for _ in evidence.ruler.ranked), *(len(levels) for levels in evidence.ruler.levels)]
        names = [*evidence.ruler.ranked, *evidence.ruler.coded]

        made = list(islice(_univariate(evidence.synthetic[names], synthetic, rng), self._guesses))
        blind = _blind(sizes, (1, 1), self._guesses, rng)
        findings = [self._finding("univariate predicates", targets, made, blind)]
        if len(names) > 1:
            widths = (2, min(MOST_COLUMNS, len(names)))
            tries = _multivariate(synthetic, widths, self._guesses * TRIES_PER_GUESS, rng)
            made = list(islice(tries, self._guesses))
            blind = _blind(sizes, widths, self._guesses, rng)
            findings.append(self._finding("multivariate predicates", targets, made, blind))
        return findings

    def _finding(
        self, name: str, targets: tuple[Levels, Levels], made: list[Predicate], blind: list[Predicate]
    ) -> Finding:
        train, control = (_isolated(made, levels) for levels in targets)
        note = ""
        if len(made) < self._guesses:
            note = f"Only {len(made):,} of the {self._guesses:,} predicates asked could be made"
        return compared(
            Trials(
                name=name,
                subject="predicates",
                success=f"fit exactly one of {targets[0].rows:,} train records",
                asked=self._guesses,
                train=Count(len(train), len(made)),
                control=Count(len(control), len(made)),
                baseline=Count(len(_isolated(blind, targets[0])), len(blind)),
                note=note,
                obstacle="no predicate is unique in the synthetic table",
                design_effect=_same_people(train, control),
            ),
            self,
        )


def _isolated(predicates: list[Predicate], levels: Levels) -> list[int]:
    """The row that each isolating predicate isolates."""
    rows = (levels.isolated_by(predicate) for predicate in predicates)
    return [row for row in rows if row is not None]


def _same_people(train: list[int], control: list[int]) -> float:
    """Several predicates that isolate one person are less evidence than as many on different people."""
    times = [np.unique(rows, return_counts=True)[1] for rows in (train, control)]
    return design_effect(np.concatenate(times))


def _univariate(synthetic: pd.DataFrame, levels: Levels, rng: np.random.Generator) -> Iterator[Predicate]:
    """Values that occur once, and the open ends of numbers; columns take turns, so none dominates."""
    columns = [
        _of_one_column(synthetic, levels, column, rng) for column in rng.permutation(synthetic.shape[1])
    ]
    turns = chain.from_iterable(zip_longest(*columns))
    return (predicate for predicate in turns if predicate is not None)


def _of_one_column(
    synthetic: pd.DataFrame, levels: Levels, column: int, rng: np.random.Generator
) -> Iterator[Predicate]:
    grid = levels.grid[column]
    if column < levels.ranked and (present := grid[grid <= 1]).size:
        yield Predicate.between(column, -1.0, float(present.min()))
        yield Predicate.between(column, float(present.max()), 1.0)
    once = np.flatnonzero(~synthetic.iloc[:, column].duplicated(keep=False))
    for row in rng.permutation(once):
        yield Predicate.between(column, float(grid[row]), float(grid[row]))


def _multivariate(
    levels: Levels, widths: tuple[int, int], tries: int, rng: np.random.Generator
) -> Iterator[Predicate]:
    """Descriptions of synthetic rows by a random number of columns, more when another synthetic row fits too.

    Beyond the columns needed to be unique, more make a chance isolation rarer and leave a copy isolated.
    """
    most = widths[1]
    for row in np.resize(rng.permutation(levels.rows), tries):
        order = rng.choice(len(levels.grid), most, replace=False)
        for width in range(int(rng.integers(widths[0], most + 1)), most + 1):
            columns = tuple(int(column) for column in order[:width])
            centre = tuple(float(levels.grid[column, row]) for column in columns)
            predicate = Predicate.around(centre, columns, levels.ranked)
            if levels.isolated_by(predicate) is not None:
                yield predicate
                break


def _blind(
    sizes: list[int], widths: tuple[int, int], count: int, rng: np.random.Generator
) -> list[Predicate]:
    """Predicates of a guesser who has the code book and no synthetic table."""
    ranked = sizes.count(0)
    made = []
    for _ in range(count):
        width = int(rng.integers(widths[0], widths[1] + 1))
        columns = tuple(int(c) for c in rng.choice(len(sizes), width, replace=False))
        centre = tuple(float(rng.integers(sizes[c]) if sizes[c] else rng.random()) for c in columns)
        made.append(Predicate.around(centre, columns, ranked))
    return made
