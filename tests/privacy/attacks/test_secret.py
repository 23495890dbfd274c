"""What counts as a right guess of a secret, and as a rare value."""

from __future__ import annotations

import numpy as np
import pytest

from privacy.attacks.secret import Secret


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


def test_rarity_of_a_label_is_one_over_its_share_of_the_pool() -> None:
    secret = Secret("s", np.array([1.0, 1.0, 2.0]), np.array([1.0]), np.empty(0), np.empty(0), True)
    assert secret.rarity(np.array([1.0, 2.0])) == pytest.approx([4 / 3, 4])


def test_rarity_of_a_number_counts_those_who_are_near() -> None:
    # Spread 90, so .9 is near; at 100 the 5 % of the value reach from 95 on.
    secret = _secret(np.arange(0.0, 101.0))
    assert secret.rarity(np.array([0.0, 100.0])) == pytest.approx([101, 101 / 6])
    crowded = _secret(np.sort(np.append(np.zeros(99), 1000.0)))
    assert crowded.rarity(np.array([0.0, 1000.0])) == pytest.approx([100 / 99, 100])
