"""Guessing secrets, and what counts as a right guess."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from privacy.attacks.inference import Inference
from privacy.attacks.secret import Secret
from privacy.evidence import Evidence, gather
from privacy.result import Finding
from privacy.schema import Column, Kind, Role, Schema


def _run(evidence: Evidence, seed: int = 0) -> dict[str, Finding]:
    attack = Inference(level=0.999, targets=600)
    return {f.name: f for f in attack.run(evidence, np.random.default_rng(seed))}


def _secret(scale: np.ndarray, *, relative: bool = True) -> Secret:
    nothing = np.empty(0)
    return Secret("s", nothing, nothing, nothing, scale, relative)


def test_a_negative_number_is_not_right_by_its_sign() -> None:
    """Dividing by a signed guess calls every negative guess right; the sign must not matter here."""
    secret = _secret(np.linspace(-100, 100, 201))  # spread 180, so 1.8 is always near enough
    guess = np.array([-5.0, -1.0, 0.0, 100.0, -98.0, 1.0])
    truth = np.array([100.0, -1000.0, 0.0, 104.0, -100.0, 2.5])
    assert secret.right(guess, truth).tolist() == [False, False, True, True, True, True]


def test_dates_have_no_relative_error() -> None:
    day = 86_400.0
    start = 50 * 365 * day
    dates = start + day * np.arange(1001)  # spread 900 days, so 9 days are near enough
    truth = np.full(3, dates[500])
    guess = truth + day * np.array([8.0, 10.0, 800.0])
    assert _secret(dates, relative=False).right(guess, truth).tolist() == [True, False, False]
    assert _secret(dates, relative=True).right(guess, truth).tolist() == [True, True, True]


def test_ranks_and_values_are_inverse() -> None:
    scale = np.sort(np.random.default_rng(0).lognormal(size=500))
    secret = _secret(scale)
    assert secret.from_rank(secret.to_rank(scale)) == pytest.approx(scale)
    assert secret.from_rank(np.array([0.0, 1.0])).tolist() == [scale[0], scale[-1]]


def test_the_blind_guess_is_the_commonest_label_or_the_median() -> None:
    assert _secret(np.empty(0)).likeliest(np.array([3.0, 1.0, 3.0])) == 3
    assert _secret(np.arange(9.0)).likeliest(np.array([1.0, 2.0, 90.0])) == 2
    assert np.isnan(_secret(np.arange(9.0)).likeliest(np.empty(0)))


def test_copies_give_secrets_away_and_fresh_rows_do_not(evidence: Callable[..., Evidence]) -> None:
    leaky, fresh = _run(evidence(600, 600, 600, copied=1.0)), _run(evidence(600, 600, 600))
    assert set(leaky) == {
        f"{s} by {how}" for s in ("diagnosis", "cost") for how in ("nearest record", "forest")
    }
    for name in leaky:
        caught, quiet = leaky[name].excess, fresh[name].excess
        assert caught is not None and caught.interval is not None and caught.interval.low > 0
        assert quiet is not None and quiet.interval is not None
        assert quiet.interval.low <= 0 <= quiet.interval.high


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
