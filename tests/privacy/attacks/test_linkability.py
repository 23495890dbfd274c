"""Two halves of a person meet in a synthetic record."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from privacy.attacks.linkability import Linkability, _by_chance, _first_meeting
from privacy.evidence import Evidence
from privacy.result import Finding


def _run(evidence: Evidence, seed: int = 0, level: float = 0.999) -> dict[str, Finding]:
    attack = Linkability(level, targets=600)
    return {f.name: f for f in attack.run(evidence, np.random.default_rng(seed))}


def test_first_meeting_by_hand() -> None:
    left = np.array([[1, 2, 3], [1, 2, 3], [1, 2, 3], [1, 2, 3]])
    right = np.array([[1, 8, 9], [3, 8, 9], [9, 2, 1], [7, 8, 9]])
    assert _first_meeting(left, right).tolist() == [1, 3, 2, 11]


@pytest.mark.parametrize(("synthetic", "neighbours"), [(50, 1), (50, 5), (4, 10)])
def test_chance_of_a_meeting_is_what_simulation_gives(synthetic: int, neighbours: int) -> None:
    rng = np.random.default_rng(0)
    drawn = min(neighbours, synthetic)
    met = [
        bool(set(rng.choice(synthetic, drawn, False)) & set(rng.choice(synthetic, drawn, False)))
        for _ in range(4000)
    ]
    assert _by_chance(synthetic, neighbours) == pytest.approx(np.mean(met), abs=0.025)


def test_copies_are_linked_and_fresh_rows_are_not(evidence: Callable[..., Evidence]) -> None:
    leaky, fresh = _run(evidence(copied=1.0)), _run(evidence(copied=0.0))
    assert list(leaky) == [
        f"{how}, {k} nearest"
        for how in ("quasi-identifiers against the rest", "noisy auxiliary", "random halves")
        for k in (1, 10)
    ]
    for name in leaky:
        caught, quiet = leaky[name].excess, fresh[name].excess
        assert caught is not None and caught.interval is not None and caught.interval.low > 0
        assert quiet is not None and quiet.interval is not None
        assert quiet.interval.low <= 0 <= quiet.interval.high


def test_errors_make_linking_harder_and_are_told(evidence: Callable[..., Evidence]) -> None:
    leaky = _run(evidence(copied=1.0))
    for k in (1, 10):
        exact, noisy = (
            leaky[f"{how}, {k} nearest"] for how in ("quasi-identifiers against the rest", "noisy auxiliary")
        )
        assert noisy.value.value < exact.value.value
        assert noisy.sentence.endswith(
            "Both files have errors: 10 % of the values are another person's,"
            " and numbers are off by 5 % of the ranks."
        )


@pytest.mark.slow
def test_fresh_rows_are_covered(evidence: Callable[..., Evidence]) -> None:
    outside = 0
    for seed in range(40):
        for finding in _run(evidence(600, 300, 600, seed=seed), seed, 0.95).values():
            assert finding.excess is not None and finding.excess.interval is not None
            outside += not finding.excess.interval.low <= 0 <= finding.excess.interval.high
    assert outside <= 22, "nominal 12 of 240"
