"""Values: single columns of train in the synthetic table, as they were, whatever the rows look like.

Closeness of records does not see them: a column copied whole beside made-up others, a column left in train's
row order, dates all moved by the same days, the one largest income, the one rare diagnosis. Columns drawn with
replacement from train's own values are found too, and rightly: in an id-like column they hand out real
people's values. Drawn from other people's values they are no leak, and control shows it.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from privacy.attacks import ThreatModel
from privacy.attacks.values.columns import column_values
from privacy.attacks.values.copied import copied_columns, moved_columns
from privacy.attacks.values.domain import domain_values
from privacy.attacks.values.order import row_order
from privacy.evidence import Evidence
from privacy.result import Finding
from privacy.schema import Schema


class Values:
    """Copied and moved columns, row order, and values at the edge of the domain.

    level: of every interval. Each finding gates only when it is beyond chance, and then says so itself.
    """

    name: ClassVar[str] = "values"
    gating: ClassVar[bool] = True
    threat: ClassVar[ThreatModel] = ThreatModel(
        holds="the synthetic table",
        guesses="that a value which only one person has was taken over from that person's record",
    )

    def __init__(self, level: float = 0.95) -> None:
        self.level = level

    def requires(self, schema: Schema) -> str | None:
        return None if schema.compared else "the schema has no column to compare"

    def run(self, evidence: Evidence, rng: np.random.Generator) -> list[Finding]:
        columns = column_values(evidence)
        return [
            copied_columns(columns, self),
            moved_columns(columns, self, rng),
            row_order(evidence, self),
            domain_values(columns, self),
        ]
