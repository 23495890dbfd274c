"""The interval of a lift holds the truth as often as it says, and the answer is read off it."""

import numpy as np
import pytest

from privacy.result import Estimate, Interval
from privacy.utility.lift import answered, lifted
from privacy.utility.result import Answer

DRAWS, PEOPLE, ROWS, HALVINGS = 800, 120, 90, 6


def one_interval(rng):
    """A lift that is the mean of 90 training values and of 120 control values, true value 0.5."""
    train, control = rng.normal(0.2, 1, ROWS), rng.normal(0.3, 1, PEOPLE)
    weights = rng.multinomial(PEOPLE, np.full(PEOPLE, 1 / PEOPLE), size=200)
    held_back = np.concatenate([[control.mean()], weights @ control / PEOPLE])
    halves = np.empty((HALVINGS, 2))
    for row in halves:
        order = rng.permutation(ROWS)
        row[:] = train[order[:45]].mean(), train[order[45:]].mean()
    other = held_back + train.mean()
    return lifted(np.zeros_like(other), other, np.zeros_like(halves), halves + control.mean())


def test_the_interval_has_its_nominal_coverage_over_training_tables_and_control_people():
    rng = np.random.default_rng(8)
    intervals = [one_interval(rng).interval for _ in range(DRAWS)]
    held = np.mean([interval.low <= 0.5 <= interval.high for interval in intervals])
    assert held == pytest.approx(0.95, abs=0.025)


def test_control_alone_would_promise_too_much():
    """Without the halves, the same interval is too short: training tables vary, too."""
    rng = np.random.default_rng(8)
    missed = 0
    for _ in range(200):
        train, control = rng.normal(0.2, 1, ROWS), rng.normal(0.3, 1, PEOPLE)
        missed += abs(train.mean() + control.mean() - 0.5) > 1.96 * control.std() / np.sqrt(PEOPLE)
    assert missed / 200 > 0.12


@pytest.mark.parametrize(
    ("low", "high", "answer"),
    [
        (0.02, 0.05, Answer.HELPS),
        (-0.05, -0.02, Answer.HARMS),
        (-0.005, 0.009, Answer.NEUTRAL),
        (0.005, 0.05, Answer.UNKNOWN),
        (-0.05, 0.05, Answer.UNKNOWN),
    ],
)
def test_the_answer_is_where_the_whole_interval_lies(low, high, answer):
    lift = Estimate(value=(low + high) / 2, interval=Interval(low=low, high=high))
    assert answered(lift, 0.01) is answer


def test_without_an_interval_nobody_can_tell():
    assert answered(Estimate(value=0.5), 0.01) is Answer.UNKNOWN


def test_equal_scores_are_no_lift_at_all():
    same, halves = np.full(201, 0.7), np.full((6, 2), 0.6)
    found = lifted(same, same, halves, halves)
    assert found.value == 0 and found.interval.low == found.interval.high == 0
