"""A table that holds train: a leak where rows tell people apart, chance where there are few kinds of rows."""

import numpy as np
import pandas as pd
import pytest

from privacy.evidence import gather
from privacy.gate.containment import containment
from privacy.result import Finding, Status
from privacy.schema import Column, Kind, Schema


def found(train: pd.DataFrame, control: pd.DataFrame, synthetic: pd.DataFrame) -> Finding:
    schema = Schema(columns=tuple(Column(name=name, kind=Kind.CATEGORICAL) for name in train))
    return containment(gather(train, control, synthetic, schema, np.random.default_rng(0)))


def labels(rows: int, levels: tuple[int, ...], seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    drawn = {f"c{i}": (rng.geometric(0.5, rows) % count).astype(str) for i, count in enumerate(levels)}
    return pd.DataFrame(drawn)


def test_train_and_more_is_a_leak() -> None:
    train, control = labels(300, (40, 40, 40), 0), labels(300, (40, 40, 40), 1)
    more = pd.concat([train, labels(50, (40, 40, 40), 2)]).sample(frac=1, random_state=0)
    finding = found(train, control, more)
    assert finding.status is Status.LEAK
    assert finding.value.value == 1


@pytest.mark.parametrize(("levels", "rows", "synthetic"), [((2, 3), 1000, 1100), ((3, 4, 5), 1000, 3000)])
def test_few_kinds_of_rows_are_all_met_by_chance(levels: tuple[int, ...], rows: int, synthetic: int) -> None:
    for seed in range(40):
        tables = (labels(size, levels, 3 * seed + i) for i, size in enumerate((rows, rows, synthetic)))
        assert found(*tables).status is None
