"""Alpha over attempts: one alpha for all of them, and every attempt is blinder than the one before."""

import numpy as np
import pytest

from privacy.evidence import gather
from privacy.gate.inspect import inspect
from privacy.spending import alpha_at, draws_at


def test_an_audit_that_nobody_counts_uses_all_of_alpha():
    assert alpha_at(0.05, None) == 0.05


def test_every_attempt_uses_four_fifths_of_what_is_left():
    left = 0.05
    for attempt in range(1, 8):
        spent = alpha_at(0.05, attempt)
        assert spent == pytest.approx(0.8 * left)
        left -= spent


@pytest.mark.parametrize("alpha", [1e-4, 0.05, 0.2])
def test_all_attempts_together_use_no_more_than_alpha(alpha):
    spent = [alpha_at(alpha, attempt) for attempt in range(1, 15)]
    assert sum(spent) <= alpha
    assert sum(spent) == pytest.approx(alpha)
    assert spent == sorted(spent, reverse=True)


def test_attempts_are_counted_from_one():
    with pytest.raises(ValueError, match="from 1"):
        alpha_at(0.05, 0)


def test_a_smaller_alpha_is_read_off_more_draws_within_reason():
    assert draws_at(0.05) == draws_at(0.04) == 2000
    assert draws_at(0.0016) == 3125
    assert draws_at(1e-9) == 20_000


def test_a_later_attempt_would_see_only_larger_leaks(people, people_schema):
    """On one table and with one seed: the smallest visible dose grows, until it is beyond all that are tried."""
    rows = people(3000, 7)
    sides = rows[:1000], rows[1000:2000], rows[2000:].drop(columns="person")
    evidence = gather(*sides, people_schema, np.random.default_rng(0))
    smallest = []
    for attempt in (1, 4):
        alpha = alpha_at(0.05, attempt)
        findings, _ = inspect(
            evidence, alpha=alpha, tolerances={}, rng=np.random.default_rng(1), draws=draws_at(alpha)
        )
        (verbatim,) = [leak for leak in findings[0].detectable if leak.leak == "verbatim"]
        smallest.append(np.inf if verbatim.dose_95 is None else verbatim.dose_95)
    assert smallest[0] < smallest[1]
