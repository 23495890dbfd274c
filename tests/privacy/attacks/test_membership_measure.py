"""What a score is worth: hand-computed cases, exact guarantees, and coverage over draws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

from privacy.attacks.membership.measure import (
    Scored,
    auc,
    auc_p_value,
    epsilon,
    recognised,
    threshold_at,
    true_positive_rate,
)


def _scored(members: list[float], others: list[float]) -> Scored:
    return Scored(np.array(members, float), np.array(others, float))


def test_auc_counts_pairs_and_ties_half() -> None:
    found = auc(_scored([3, 2, 1], [2, 0]), 0.95)
    assert found.value == pytest.approx((1 + 1 + 0.5 + 1 + 0 + 1) / 6)
    assert auc(_scored([1, 1], [1, 1]), 0.95).value == 0.5
    assert auc_p_value(_scored([1, 1], [1, 1])) == 1


def test_the_auc_interval_ends_where_the_error_no_longer_excuses() -> None:
    rng = np.random.default_rng(0)
    scored = Scored(rng.normal(0.5, 1, 60), rng.normal(0, 1, 80))
    found = auc(scored, 0.95)
    assert found.interval is not None
    for end in (found.interval.low, found.interval.high):
        most = (60 + 80) / 2 - 1
        spread = 1 + most * ((1 - end) / (2 - end) + end / (1 + end))
        error = math.sqrt(end * (1 - end) * spread / (60 * 80))
        assert abs(found.value - end) == pytest.approx(1.959964 * error, abs=1e-6)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_flawless_auc_still_has_an_interval(value: float) -> None:
    scored = _scored([1] * 20, [0] * 20) if value else _scored([0] * 20, [1] * 20)
    found = auc(scored, 0.95)
    assert found.interval is not None and found.value == value
    assert 0.05 < found.interval.high - found.interval.low < 0.3


def test_the_auc_interval_covers() -> None:
    rng = np.random.default_rng(0)
    truth = float(norm.cdf(1 / math.sqrt(2)))
    covered = 0
    for _ in range(400):
        found = auc(Scored(rng.normal(1, 1, 40), rng.normal(0, 1, 40)), 0.95)
        assert found.interval is not None
        covered += found.interval.low <= truth <= found.interval.high
    assert covered / 400 == pytest.approx(0.95, abs=0.03)


def test_a_threshold_needs_enough_strangers() -> None:
    assert threshold_at(np.arange(98.0), 0.01) is None
    assert threshold_at(np.arange(99.0), 0.01) == 98, "the largest of 99"
    assert threshold_at(np.arange(199.0), 0.01) == 197, "the second largest of 199"
    few = _scored([5] * 50, [0] * 50)
    assert true_positive_rate(few, 0.01, 0.95) is None
    assert [count.successes for count in recognised(few, 0.01)] == [0, 0]


def test_a_fresh_stranger_reaches_the_threshold_as_rarely_as_promised() -> None:
    rng = np.random.default_rng(0)
    reached = [rng.random() >= (threshold_at(rng.random(149), 0.1) or 0) for _ in range(8000)]
    assert np.mean(reached) == pytest.approx(0.1, abs=0.01)


def test_ties_are_not_split() -> None:
    """Of 199 strangers three share the highest score: one in a hundred cannot be let through with them."""
    others = np.concatenate([np.zeros(196), np.ones(3)])
    members, strangers = recognised(Scored(np.ones(10), others), 0.01)
    assert (members.successes, strangers.successes) == (0, 0)
    members, strangers = recognised(Scored(np.full(10, 1.5), others), 0.01)
    assert (members.successes, strangers.successes) == (10, 0)


def test_flawless_scores_reach_the_ceiling_of_their_number() -> None:
    """Half of the people is spent on the threshold; 50, 100 and 500 a side refute 2.57, 3.28 and 4.91 at most."""
    for people, ceiling in ((100, 2.57), (200, 3.28), (1000, 4.91)):
        found = epsilon(_scored([1] * people, [0] * people), 0.95, np.random.default_rng(0))
        assert found.interval is not None
        assert found.value == pytest.approx(ceiling, abs=0.01) == found.interval.high


def test_epsilon_sees_members_that_are_never_low() -> None:
    """Half of the strangers lie below every member: who is no member can be told, who is one cannot."""
    rng = np.random.default_rng(0)
    found = epsilon(Scored(rng.uniform(0.5, 1, 1000), rng.uniform(0, 1, 1000)), 0.95, rng)
    assert found.value > 3


def test_epsilon_is_zero_on_noise() -> None:
    rng = np.random.default_rng(0)
    bounds = [
        epsilon(Scored(rng.normal(size=200), rng.normal(size=200)), 0.95, rng).value for _ in range(200)
    ]
    assert np.mean(np.array(bounds) > 0) <= 0.05


def test_both_tests_of_a_score_hold_their_level() -> None:
    rng = np.random.default_rng(1)
    small = [auc_p_value(Scored(rng.normal(size=300), rng.normal(size=300))) < 0.05 for _ in range(600)]
    assert np.mean(small) == pytest.approx(0.05, abs=0.025)
