"""Alpha over attempts: one alpha for all of them, and every attempt has to show more than the one before."""

import pytest

import privacy
from privacy.spending import alpha_at, draws_at, strictness


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


def test_a_lone_audit_is_judged_by_the_policys_own_limits():
    assert strictness(alpha_at(0.05, None)) == 1


def test_leaks_of_the_limits_size_are_missed_by_all_attempts_together_with_alpha_at_most():
    """Of a leak as large as the smallest that is seen with 95 % power, .05 are missed; of m such, .05 ** m."""
    missed = [0.05 ** strictness(alpha_at(0.05, attempt)) for attempt in range(1, 12)]
    assert missed == pytest.approx([alpha_at(0.05, attempt) for attempt in range(1, 12)])
    assert sum(missed) <= 0.05


def test_a_later_attempt_is_as_sharp_and_has_to_show_more(people, people_schema):
    """On one table and with one seed: what would be seen stays, and the limits it is held against fall."""
    rows = people(3000, 7)
    sides = rows[:1000], rows[1000:2000], rows[2000:].drop(columns="person")
    told = []
    for attempt in (1, 4):
        done = privacy.audit(*sides, people_schema, random_state=1, attacks=[], attempt=attempt)
        (closest,) = [finding for finding in done.findings if finding.name == "closest records"]
        told.append(next(leak for leak in closest.detectable if leak.leak == "verbatim"))
    first, fourth = told
    assert first.dose_95 == fourth.dose_95
    assert first.tolerance == pytest.approx(0.0125 / 1.0745, rel=1e-3)
    assert fourth.tolerance == pytest.approx(0.0125 / 2.6862, rel=1e-3)
