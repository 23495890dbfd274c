"""Guessing secrets of train people and of control people."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from privacy.attacks.inference import Inference
from privacy.attacks.inference.attack import GUESSERS
from privacy.evidence import Evidence, gather
from privacy.result import Finding
from privacy.schema import Column, Kind, Role, Schema


def _run(evidence: Evidence, seed: int = 0) -> dict[str, Finding]:
    attack = Inference(level=0.999, targets=600)
    return {f.name: f for f in attack.run(evidence, np.random.default_rng(seed))}


def test_copies_give_secrets_away_and_fresh_rows_do_not(evidence: Callable[..., Evidence]) -> None:
    leaky, fresh = _run(evidence(600, 600, 600, copied=1.0)), _run(evidence(600, 600, 600))
    assert list(leaky) == [f"{secret} by {how}" for secret in ("diagnosis", "cost") for how in GUESSERS]
    for name in leaky:
        caught, quiet = leaky[name].excess, fresh[name].excess
        assert caught is not None and caught.interval is not None
        # Averages of many records forget single ones; who looks records up, or remembers them, does not.
        if not name.endswith(("gradient boosting", "naive Bayes")):
            assert caught.interval.low > 0
        assert quiet is not None and quiet.interval is not None
        assert quiet.interval.low <= 0 <= quiet.interval.high


RARE = "rarity-weighted success, train minus control"
SURE = "precision among confident guesses, train minus control"


def test_the_surest_guesses_are_those_of_copied_people(people: Callable[[int, int], pd.DataFrame]) -> None:
    """A twentieth of train is copied: little on average, and plain among the guesses that seem sure."""
    columns = ("age", "sex", "area", "admitted", "cost")
    kinds = (Kind.NUMERIC, Kind.CATEGORICAL, Kind.CATEGORICAL, Kind.DATETIME, Kind.NUMERIC)
    schema = Schema(
        columns=tuple(
            Column(name=name, kind=kind, role=Role.SENSITIVE if name == "cost" else Role.OTHER)
            for name, kind in zip(columns, kinds, strict=True)
        )
    )
    rows = people(2400, 0)[list(columns)]
    train, control, fresh = rows[:800], rows[800:1600], rows[1600:]
    for made, leaks in ((pd.concat([train[:40], fresh[40:]]), True), (fresh, False)):
        found = _run(gather(train, control, made, schema, np.random.default_rng(0)))
        finding = found["cost by nearest record"]
        assert list(finding.also) == [RARE, SURE]
        assert finding.excess is not None and finding.also[SURE].interval is not None
        assert (finding.also[SURE].interval.low > 0) == leaks
        assert finding.also[SURE].value > 4 * finding.excess.value or not leaks


def test_of_many_secrets_some_are_tried_and_the_finding_says_so() -> None:
    rng = np.random.default_rng(4)
    names = [f"s{i}" for i in range(7)]
    schema = Schema(columns=tuple(Column(name=n, kind=Kind.NUMERIC, role=Role.SENSITIVE) for n in names))
    frames = [pd.DataFrame(rng.normal(size=(80, 7)), columns=names) for _ in range(3)]
    findings = _run(gather(*frames, schema, rng))
    assert len(findings) == 5 * len(GUESSERS)
    for finding in findings.values():
        assert finding.sentence.endswith("5 of the 7 sensitive columns were tried, drawn by lot.")


def test_what_everybody_knows_is_no_leak() -> None:
    """A secret that follows from the quasi-identifier is guessed for train and control alike."""
    rng = np.random.default_rng(1)
    schema = Schema(
        columns=(
            Column(name="job", kind=Kind.CATEGORICAL, role=Role.QUASI_IDENTIFIER),
            Column(name="union", kind=Kind.CATEGORICAL, role=Role.SENSITIVE),
        )
    )

    def table(rows: int) -> pd.DataFrame:
        job = rng.integers(0, 5, rows)
        return pd.DataFrame({"job": [f"j{j}" for j in job], "union": [f"u{j}" for j in job]})

    findings = _run(gather(table(400), table(300), table(400), schema, rng))
    for finding in findings.values():
        assert finding.control is not None and finding.baseline is not None and finding.excess is not None
        assert finding.value.value == finding.control.value == 1
        assert finding.excess.value == 0 and finding.baseline.value < 0.5


def test_missing_numbers_are_not_targets_and_the_denominator_says_so() -> None:
    rng = np.random.default_rng(2)
    schema = Schema(
        columns=(
            Column(name="a", kind=Kind.NUMERIC),
            Column(name="s", kind=Kind.NUMERIC, role=Role.SENSITIVE),
        )
    )

    def table(rows: int) -> pd.DataFrame:
        s = np.where(np.arange(rows) % 4 == 0, np.nan, rng.normal(size=rows))
        return pd.DataFrame({"a": rng.normal(size=rows), "s": s})

    for finding in _run(gather(table(200), table(200), table(200), schema, rng)).values():
        assert finding.trials_made == 150 and finding.trials_asked == 600


@pytest.mark.parametrize("side", ["real", "synthetic"])
def test_a_secret_that_is_never_there(side: str) -> None:
    rng = np.random.default_rng(3)
    schema = Schema(
        columns=(
            Column(name="a", kind=Kind.NUMERIC),
            Column(name="s", kind=Kind.NUMERIC, role=Role.SENSITIVE),
        )
    )
    frames = [pd.DataFrame({"a": rng.normal(size=100), "s": rng.normal(size=100)}) for _ in range(3)]
    for frame in frames[2:] if side == "synthetic" else frames[:2]:
        frame["s"] = np.nan
    for finding in _run(gather(*frames, schema, rng)).values():
        assert finding.value.value == 0
        assert finding.excess is not None and finding.excess.interval is not None
        assert finding.excess.interval.low <= 0 <= finding.excess.interval.high


@pytest.mark.slow
def test_false_alarms_are_as_rare_as_the_interval_says(evidence: Callable[..., Evidence]) -> None:
    """Clean draws: in 2.5 % of them the lower end of a 95 % interval may be above zero.

    The guessers of one draw agree much of the time, so 60 draws know the share to about one per cent.
    """
    plain, closer = [], []
    for seed in range(60):
        found = evidence(600, 600, 600, seed=seed)
        for finding in Inference().run(found, np.random.default_rng(seed)):
            assert finding.excess is not None and finding.excess.interval is not None
            plain.append(finding.excess.interval.low > 0)
            closer.extend(e.interval.low > 0 for e in finding.also.values() if e.interval)
    assert (len(plain), len(closer)) == (60 * 10, 60 * 20)
    assert np.mean(plain) <= 0.05 and np.mean(closer) <= 0.035
