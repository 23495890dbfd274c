"""Conditions on a generator that can only lean towards them: as free rows as long as these can be waited for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from privacy import Column, Kind, Schema
from tabsynth import Synthesizer
from tabsynth.asked import patience

ROWS, RARE = 20_000, 12
SCHEMA = Schema(
    columns=(
        Column(name="sex", kind=Kind.CATEGORICAL),
        Column(name="job", kind=Kind.CATEGORICAL),
        Column(name="illness", kind=Kind.CATEGORICAL),
    )
)


def people() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    sex = rng.choice(np.array(["f", "m"], object), ROWS, p=[0.35, 0.65])
    usual = rng.choice(np.array(["nurse", "smith", "cook"], object), ROWS)
    job = np.where((sex == "f") & (rng.random(ROWS) < 0.5), "nurse", usual)
    illness = rng.choice(np.array(["gout", "flu"], object), ROWS)
    illness[:RARE] = "plague"
    return pd.DataFrame({"sex": sex, "job": job, "illness": illness})


@pytest.fixture(scope="module")
def fitted() -> Synthesizer:
    settings = {"generator_dim": (32,), "critic_dim": (32,), "embedding_dim": 16}
    return Synthesizer("ctgan", SCHEMA, epochs=2, device="cpu", random_state=0, **settings).fit(people())


@pytest.mark.parametrize("how", ["where", "shares"])
def test_rows_under_a_condition_are_as_free_ones_that_meet_it(fitted: Synthesizer, how: str) -> None:
    free = fitted.sample(60_000, random_state=1)
    free = free[free["sex"] == "f"]
    if how == "where":
        asked = fitted.sample(15_000, where="sex = 'f'", random_state=2)
    else:
        asked = fitted.sample(20_000, shares={"sex = 'f'": 0.75}, random_state=2)
        asked = asked[asked["sex"] == "f"]
    assert len(asked) == 15_000
    for column in ("job", "illness"):
        counts = pd.DataFrame(
            {side: rows[column].value_counts() for side, rows in (("a", free), ("b", asked))}
        )
        assert stats.chi2_contingency(counts.fillna(0)[counts.min(axis=1) > 20].to_numpy().T).pvalue > 0.001


def test_rows_too_rare_to_wait_for_are_leant_towards_and_it_is_said(
    fitted: Synthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "_MOST_LOOKS", 10_000)
    monkeypatch.setattr(patience, "_LOOKS_A_ROW", 2)
    notes: list[str] = []
    rare = fitted.sample(
        20_000, where="illness = 'plague'", random_state=1, on_event=lambda event: notes.append(event.note)
    )
    assert (rare["illness"] == "plague").all() and len(rare) == 20_000
    bent = ["bends them" in note for note in notes[:-1]]
    assert not bent[0] and bent[-1] and bent == sorted(bent), "free rows first"
