"""An audit of fresh rows, up to the point where leaks are planted."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from privacy.evidence import Evidence, gather
from privacy.gate.copies import Audited
from privacy.gate.exposure import Exposure, Pointer, Pointing, Sides
from privacy.gate.kinds import Pool
from privacy.gate.tails import TailTest, depths_for
from privacy.schema import Schema


@dataclass(frozen=True)
class Prepared:
    evidence: Evidence
    pointer: Pointer
    pointing: Pointing
    sides: Sides
    exposure: Exposure
    test: TailTest
    pool: Pool

    def audited(self, draws: int, seed: int = 0, synthetic_rows: int | None = None) -> Audited:
        labels = np.random.default_rng(seed).random((draws, len(self.sides.mixed))) < 0.5
        rows = len(self.evidence.synthetic) if synthetic_rows is None else synthetic_rows
        return Audited(
            *(
                self.pool,
                self.evidence.ruler,
                self.pointer,
                self.sides,
                self.exposure,
                self.test,
                labels,
                rows,
            )
        )


@pytest.fixture
def prepared(
    people: Callable[[int, int], pd.DataFrame], people_schema: Schema
) -> Callable[[int, int], Prepared]:
    """`prepared(rows, seed)`: train, control and fresh rows, `rows` each."""

    def prepare(rows: int, seed: int) -> Prepared:
        rng = np.random.default_rng(seed)
        every = people(3 * rows, seed)
        evidence = gather(every[:rows], every[rows : 2 * rows], every[2 * rows :], people_schema, rng)
        sides = Sides.of(evidence)
        pointer, found = Pointer.fit(evidence, rng)
        pointing = pointer.of_neighbours(found)
        exposure = Exposure.of(pointing, sides, int(depths_for(len(sides.labelled))[-1]), rng)
        test = TailTest.calibrate(exposure.head, pointer.burdens, sides, 1.5, 0.04, 1000, rng)
        frame = pd.concat([evidence.train, evidence.control], ignore_index=True)
        pool = Pool(frame, pointer.pool, evidence.units)
        return Prepared(evidence, pointer, pointing, sides, exposure, test, pool)

    return prepare
