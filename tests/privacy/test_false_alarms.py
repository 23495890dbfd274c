"""The verdict as a whole under repeated sampling: every test together, on tables that leak nothing."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import privacy
from privacy.attacks import attack_names
from privacy.result import Outcome
from privacy.schema import Column, Kind, Role, Schema

People = Callable[[int, int], pd.DataFrame]
pytestmark = pytest.mark.slow

OURS = [name for name in attack_names() if name != "anonymeter"]
"""The package's numbers are a cross-check that no verdict rests on, and take most of the time."""

COARSE = ("age", "sex", "area", "diagnosis", "smoker", "band")
COARSE_SCHEMA = Schema(
    columns=tuple(
        Column(name=name, kind=Kind.CATEGORICAL, role=Role.QUASI_IDENTIFIER if i < 3 else Role.SENSITIVE)
        for i, name in enumerate(COARSE)
    )
)
CASES = {
    "three to one": (300, 100, 300),
    "fifty in control": (150, 50, 150),
    "thirty in control": (300, 30, 300),
    "six coarse columns": (1200, 400, 1200),
}
DRAWS = 25


def coarse(table: pd.DataFrame) -> pd.DataFrame:
    """Six columns of few values: nearly every row has equals."""
    return table.assign(
        age=(table["age"] // 25).astype(int).astype(str),
        area=table["area"].str[:2],
        diagnosis=table["diagnosis"].str[:2],
        band=pd.cut(table["cost"].fillna(0), [-1, 0, 500, 2000, np.inf], labels=list("abcd")).astype(str),
        smoker=table["smoker"].astype(str),
    )[list(COARSE)]


@pytest.mark.parametrize("case", CASES)
def test_a_clean_table_hardly_ever_fails(people: People, people_schema: Schema, case: str) -> None:
    """100 draws over the four cases; nominally 5 % of them may fail, so one of 25 is within chance."""
    train, control, synthetic = CASES[case]
    failed = []
    for seed in range(DRAWS):
        rows, schema = people(train + control + synthetic, 50_000 + seed), people_schema
        if case == "six coarse columns":
            rows, schema = coarse(rows), COARSE_SCHEMA
        parts = np.split(np.arange(len(rows)), [train, train + control])
        sides = (rows.iloc[part].reset_index(drop=True) for part in parts)
        done = privacy.audit(*sides, schema, random_state=seed, attacks=OURS)
        if done.verdict.outcome is Outcome.FAIL:
            failed.append(done.verdict.reasons)
        if case in ("fifty in control", "thirty in control"):
            assert done.verdict.outcome is not Outcome.PASS
    assert len(failed) <= 1, failed
