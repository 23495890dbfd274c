"""Rarity-weighted success and precision among confident guesses, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from privacy.attacks.inference.scores import CONFIDENT, among_confident, rarity_weighted
from privacy.stats import Count, newcombe

YES, NO = True, False


def test_a_right_guess_counts_by_its_rarity() -> None:
    right = np.array([YES, NO, NO]), np.array([YES, YES, NO])
    rarity = np.array([8.0, 1.0, 1.0]), np.array([1.0, 1.0, 8.0])
    score = rarity_weighted(right, rarity, 0.95)
    assert score.value == pytest.approx(8 / 10 - 2 / 10) and score.trials == 6
    worth = 10**2 / (64 + 1 + 1)
    assert score.interval == newcombe(Count(0.8 * worth, worth), Count(0.2 * worth, worth), 0.95)


def test_equal_rarity_leaves_the_plain_rates() -> None:
    rng = np.random.default_rng(0)
    right = rng.random(200) < 0.6, rng.random(100) < 0.5
    score = rarity_weighted(right, (np.full(200, 3.0), np.full(100, 3.0)), 0.95)
    plain = newcombe(Count(right[0].sum(), 200), Count(right[1].sum(), 100))
    assert score.interval is not None
    assert (score.interval.low, score.interval.high) == pytest.approx((plain.low, plain.high))


def test_the_surest_tenth_of_all_is_looked_at() -> None:
    """Twenty targets: the two surest are one of train, guessed right, and one of control, guessed wrong."""
    confidence = np.linspace(0, 0.9, 12), np.linspace(0, 0.85, 8)
    right = np.arange(12) == 11, np.arange(8) == 0
    score = among_confident(right, confidence, 0.95, np.random.default_rng(0))
    assert round(CONFIDENT * 20) == 2 and score.trials == 2
    assert score.value == 1 and score.interval == newcombe(Count(1, 1), Count(0, 1), 0.95)


def test_who_is_sure_of_all_alike_is_looked_at_by_lot() -> None:
    """Equal confidence must not be ordered by the label: train stands first in every array."""
    right = np.ones(500, bool), np.zeros(500, bool)
    same = np.zeros(500), np.zeros(500)
    shares = [among_confident(right, same, 0.95, np.random.default_rng(seed)).interval for seed in range(20)]
    widths = [interval.high - interval.low for interval in shares if interval]
    balanced = newcombe(Count(50, 50), Count(0, 50), 0.95)
    assert widths == pytest.approx([balanced.high - balanced.low] * 20, rel=0.3)


def test_without_targets_nothing_is_known() -> None:
    nobody = np.zeros(0, bool), np.zeros(0, bool)
    weights = np.zeros(0), np.zeros(0)
    for score in (
        rarity_weighted(nobody, weights, 0.95),
        among_confident(nobody, weights, 0.95, np.random.default_rng(0)),
    ):
        assert score.trials == 0 and score.interval is not None
        assert score.interval.low == -1 and score.interval.high == 1
