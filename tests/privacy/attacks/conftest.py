"""Evidence for the attacks: independent people, with a chosen share of train copied into the synthetic table."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from privacy.evidence import Evidence, gather
from privacy.schema import Schema

MakeEvidence = Callable[..., Evidence]


@pytest.fixture
def evidence(people: Callable[[int, int], pd.DataFrame], people_schema: Schema) -> MakeEvidence:
    """`evidence(train, control, synthetic, seed, copied)`: fresh rows, the first ones replaced by train rows.

    copied: share of the synthetic rows that are verbatim train rows.
    """

    def make(
        train: int = 1200, control: int = 600, synthetic: int = 1200, *, seed: int = 0, copied: float = 0.0
    ) -> Evidence:
        rows = people(train + control + synthetic, seed)
        first, held, made = rows[:train], rows[train : train + control], rows[train + control :].copy()
        planted = int(copied * synthetic)
        made.iloc[:planted] = first.iloc[:planted]
        return gather(first, held, made, people_schema, np.random.default_rng(0))

    return make
