"""The verdict on planted cases: synthetic rows that help, that harm, and that make no difference.

Helps: few real rows with a rare class, many synthetic ones from the true process. Harms: outcomes turned round. No
difference: enough real rows, and a few fresh ones or copies of them besides.
"""

from collections import Counter

import numpy as np
import pytest

from privacy.events import silent
from privacy.utility.arms import Plan, plan
from privacy.utility.case import Table
from privacy.utility.result import Answer, Task
from privacy.utility.scores import SCORE_NAMES
from privacy.utility.trial import run
from privacy.utility.verdict import decided, lifts

SMALLEST = 0.01
ALL = ("linear", "boosting", "forest")


def without_grid(whole):
    """The blends that the verdict rests on, without those around them."""
    blends = (whole.same, whole.instead, whole.alone, whole.added)
    return Plan(blends, whole.alone, whole.added, whole.same, whole.instead)


def answer(case, families, seed):
    asked = without_grid(plan(case))
    scored = np.array([0, 1] if case.classes else [])
    trials = run(case, asked, scored, families, np.random.default_rng(seed), silent)
    found = lifts(asked, trials, SMALLEST)
    return decided(found, SCORE_NAMES[case.task], SMALLEST, case.control.people).answer


def helping(people, case, rng):
    real, synthetic = people(Task.BINARY, 120, rng, 0.1), people(Task.BINARY, 2000, rng, 0.1)
    return case(Task.BINARY, real, synthetic, people(Task.BINARY, 1500, rng, 0.1))


def harming(people, case, rng):
    real, synthetic = people(Task.BINARY, 500, rng), people(Task.BINARY, 500, rng, flipped=True)
    return case(Task.BINARY, real, synthetic, people(Task.BINARY, 1000, rng))


def fresh(people, case, rng):
    real, synthetic = people(Task.NUMBER, 800, rng), people(Task.NUMBER, 80, rng)
    return case(Task.NUMBER, real, synthetic, people(Task.NUMBER, 1000, rng))


def copied(people, case, rng):
    real = people(Task.BINARY, 400, rng)
    copies = real.take(rng.integers(0, 400, 400))
    synthetic = Table(copies.cells, copies.outcome, copies.time, np.arange(400))
    return case(Task.BINARY, real, synthetic, people(Task.BINARY, 1000, rng))


@pytest.mark.parametrize(
    ("planted", "expected"), [(helping, Answer.HELPS), (harming, Answer.HARMS), (fresh, Answer.NEUTRAL)]
)
def test_one_seed_of_each_with_linear_models(people, case, planted, expected):
    assert answer(planted(people, case, np.random.default_rng(5)), ("linear",), 5) is expected


@pytest.mark.slow
@pytest.mark.parametrize(("planted", "expected"), [(helping, Answer.HELPS), (harming, Answer.HARMS)])
def test_the_verdict_is_right_in_19_of_20_seeds(people, case, planted, expected):
    found = Counter(answer(planted(people, case, np.random.default_rng(s)), ALL, s) for s in range(20))
    assert found[expected] >= 19, found


@pytest.mark.slow
@pytest.mark.parametrize("planted", [fresh, copied])
def test_where_nothing_is_gained_at_most_one_of_20_says_otherwise(people, case, planted):
    found = Counter(answer(planted(people, case, np.random.default_rng(s)), ALL, s) for s in range(20))
    assert found[Answer.HELPS] + found[Answer.HARMS] <= 1, found


@pytest.mark.slow
def test_the_interval_of_models_holds_the_mean_lift_at_least_as_often_as_it_says(people, case):
    """Of 60 draws of all three tables; the mean of all lifts stands for the truth."""
    found = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        real, synthetic = people(Task.NUMBER, 200, rng), people(Task.NUMBER, 200, rng)
        asked = case(Task.NUMBER, real, synthetic, people(Task.NUMBER, 400, rng))
        small = without_grid(plan(asked))
        trials = run(asked, small, np.array([]), ("linear",), rng, silent)
        found.append(lifts(small, trials, SMALLEST)[0].lift)
    truth = np.mean([lift.value for lift in found])
    held = np.mean([lift.interval.low <= truth <= lift.interval.high for lift in found])
    assert held >= 0.9


def test_the_same_seed_gives_the_same_trials_whatever_the_order_of_work(people, case):
    asked = harming(people, case, np.random.default_rng(1))
    first, second = (
        run(asked, plan(asked), np.array([0, 1]), ("linear",), np.random.default_rng(4), silent)
        for _ in range(2)
    )
    assert all((first.seen[key].scores == second.seen[key].scores).all() for key in first.seen)
    assert all((first.halved[key] == second.halved[key]).all() for key in first.halved)
