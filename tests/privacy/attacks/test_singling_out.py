"""Isolations of real people by what is read off the synthetic table."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from privacy.attacks.singling_out import SinglingOut
from privacy.evidence import Evidence, gather
from privacy.result import Finding
from privacy.schema import Column, Kind, Schema


def _run(evidence: Evidence, guesses: int = 800, seed: int = 0) -> dict[str, Finding]:
    return {f.name: f for f in SinglingOut(guesses=guesses).run(evidence, np.random.default_rng(seed))}


def test_copies_are_singled_out_and_fresh_rows_are_not(evidence: Callable[..., Evidence]) -> None:
    for finding in _run(evidence(copied=1.0)).values():
        assert finding.excess is not None and finding.excess.interval is not None
        assert finding.excess.interval.low > 0
    for finding in _run(evidence(copied=0.0)).values():
        assert finding.excess is not None and finding.excess.interval is not None
        assert finding.excess.interval.low <= 0 <= finding.excess.interval.high


def test_the_denominator_is_the_predicates_made() -> None:
    # Two labels in turn and nothing else: no univariate predicate is unique.
    schema = Schema(columns=(Column(name="x", kind=Kind.CATEGORICAL),))
    frames = [pd.DataFrame({"x": ["a", "b"] * 50}) for _ in range(3)]
    frames[2].loc[0, "x"] = "c"
    finding = _run(gather(*frames, schema, np.random.default_rng(0)))["univariate predicates"]
    assert (finding.trials_asked, finding.trials_made) == (800, 1)
    assert "Only 1 of the 800" in finding.sentence


def test_every_number_of_columns_is_counted_for_itself(evidence: Callable[..., Evidence]) -> None:
    found = _run(evidence(copied=1.0))["multivariate predicates"]
    assert list(found.also) == [f"{width} columns, train minus control" for width in range(2, 7)]
    assert sum(stratum.trials or 0 for stratum in found.also.values()) == found.trials_made
    for stratum in found.also.values():
        assert stratum.interval is not None and stratum.trials
        assert stratum.interval.low <= stratum.value <= stratum.interval.high
    widest = found.also["6 columns, train minus control"]
    assert widest.interval is not None and widest.interval.low > 0.3, "six columns rarely fit by chance"


def test_a_smaller_control_is_no_excuse(evidence: Callable[..., Evidence]) -> None:
    """Chance isolations depend on the table's size; both sides must have the same."""
    excesses = []
    for seed in range(8):
        findings = _run(evidence(1200, 200, 600, seed=seed), 300, seed)
        excesses.append([f.excess.value for f in findings.values() if f.excess])
    mean, error = np.mean(excesses, axis=0), np.std(excesses, axis=0) / np.sqrt(len(excesses))
    assert (np.abs(mean) <= 3 * error + 1e-9).all()


KINDS: dict[str, tuple[Kind, Callable[[np.random.Generator, int], object]]] = {
    "date": (
        Kind.DATETIME,
        lambda rng, n: pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 90_000, n), unit="h"),
    ),
    "text": (
        Kind.TEXT,
        lambda rng, n: [f"seen again after {word:x} weeks" for word in rng.integers(2**40, size=n)],
    ),
    "apostrophe": (
        Kind.CATEGORICAL,
        lambda rng, n: [f'O\'Brien "{i}"\\' for i in rng.integers(5000, size=n)],
    ),
    "gaps": (Kind.NUMERIC, lambda rng, n: np.where(rng.random(n) < 0.4, np.nan, rng.normal(size=n))),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_column_singles_out(kind: str) -> None:
    """One telling column of the kind beside a constant one: copies are found by it, fresh rows are not."""
    declared, values = KINDS[kind]
    schema = Schema(columns=(Column(name="v", kind=declared), Column(name="same", kind=Kind.CATEGORICAL)))
    rng = np.random.default_rng(3)
    train, control, fresh = (pd.DataFrame({"v": values(rng, 400), "same": "k"}) for _ in range(3))
    for made, leaks in ((train, True), (fresh, False)):
        evidence = gather(train, control, made.sample(frac=1, random_state=1), schema, rng)
        found = _run(evidence)
        by_value = found["univariate predicates"]
        assert by_value.excess is not None and by_value.excess.interval is not None
        assert by_value.trials_made >= 20
        assert by_value.excess.interval.low > 0.3 if leaks else by_value.excess.interval.low <= 0
        assert found["multivariate predicates"].also.keys() == {"2 columns, train minus control"}


@pytest.mark.slow
def test_false_alarms_are_as_rare_as_the_interval_says(evidence: Callable[..., Evidence]) -> None:
    """Clean draws: in 2.5 % of them the lower end of a 95 % interval may be above zero."""
    alarms = []
    for seed in range(60):
        for finding in _run(evidence(600, 600, 600, seed=seed), 2000, seed).values():
            for estimate in (finding.excess, *finding.also.values()):
                assert estimate is not None and estimate.interval is not None
                alarms.append(estimate.interval.low > 0)
    assert len(alarms) == 60 * 7
    assert np.mean(alarms) <= 0.04
