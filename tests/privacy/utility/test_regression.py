"""Coefficients of real and synthetic rows: intervals, overlap, rank, against references and cases by hand."""

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression

from privacy.utility.regression import (
    Fitted,
    agreement,
    independent,
    least_squares,
    logistic,
    overlap,
    regress,
)
from privacy.utility.result import Task


@pytest.fixture
def rng():
    return np.random.default_rng(6)


def test_least_squares_is_the_textbooks(rng):
    x = rng.normal(size=400)
    y = 2 * x + rng.normal(size=400)
    book = stats.linregress(x, y)
    fitted = least_squares(np.column_stack([np.ones(400), x]), y)
    assert fitted.value == pytest.approx([book.slope], rel=0.01)
    assert fitted.error == pytest.approx([book.stderr], rel=0.01)


def test_logistic_is_scikit_learns(rng):
    x = rng.normal(size=(500, 3))
    y = (rng.random(500) < 1 / (1 + np.exp(-x @ [1.0, -0.5, 0.0]))).astype(float)
    theirs = LogisticRegression(C=1.0, tol=1e-9, max_iter=1000).fit(x, y)
    fitted = logistic(np.column_stack([np.ones(500), x]), y)
    assert fitted.value == pytest.approx(theirs.coef_[0], abs=1e-4)


def test_logistic_intervals_hold_the_truth_as_often_as_they_say():
    held = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=400)
        y = (rng.random(400) < 1 / (1 + np.exp(-0.5 * x))).astype(float)
        fitted = logistic(np.column_stack([np.ones(400), x]), y)
        held += fitted.low[0] <= 0.5 <= fitted.high[0]
    assert 0.91 <= held / 200 <= 0.99


def test_a_separating_term_stays_finite(rng):
    x = rng.normal(size=100)
    fitted = logistic(np.column_stack([np.ones(100), x]), (x > 0).astype(float))
    assert np.isfinite(fitted.value).all() and np.isfinite(fitted.error).all()


def with_intervals(*pairs):
    """Fitted terms with these 95 % intervals."""
    low, high = np.array(pairs).T
    return Fitted((low + high) / 2, (high - low) / 2 / stats.norm.ppf(0.975))


def test_overlap_by_hand():
    """Equal, half of each shared, inside, and apart by half a length."""
    ours = with_intervals((-1, 1), (-1, 1), (-1, 3), (-1, 1))
    theirs = with_intervals((-1, 1), (0, 2), (0, 2), (2, 4))
    assert overlap(ours, theirs) == pytest.approx([1, 0.5, 0.75, -0.5])
    found = agreement(ours, theirs)
    assert found.overlap == pytest.approx((1 + 0.5 + 0.75 - 0.5) / 4) and found.apart == 0.25
    assert found.signs is None  # no real interval excludes zero


def test_signs_count_only_terms_that_the_real_table_is_sure_of():
    found = agreement(with_intervals((1, 2), (1, 2), (-1, 1)), with_intervals((1, 2), (-2, -1), (-2, -1)))
    assert found.signs == 0.5


def test_terms_that_depend_on_others_in_any_table_are_left_out(rng):
    full = rng.normal(size=(50, 4))
    summed, constant = full.copy(), full.copy()
    summed[:, 3] = summed[:, 0] + summed[:, 1]
    constant[:, 2] = 7.0
    assert independent([full]).tolist() == [0, 1, 2, 3]
    kept = independent([full, summed, constant])
    assert len(kept) == 2 and 2 not in kept


@pytest.mark.parametrize("task", [Task.BINARY, Task.NUMBER, Task.SURVIVAL])
def test_fresh_people_agree_as_well_as_the_floor_and_turned_ones_do_not(people, case, task, rng):
    real, control = people(task, 600, rng), people(task, 600, rng)
    fresh = regress(case(task, real, people(task, 600, rng), control), rng)
    turned = regress(case(task, real, people(task, 600, rng, flipped=True), control), rng)
    assert fresh.synthetic.overlap == pytest.approx(fresh.floor.overlap, abs=0.2)
    assert fresh.synthetic.signs > 0.9 and turned.synthetic.signs < 0.2
    assert turned.synthetic.overlap < fresh.synthetic.overlap - 0.5
    assert fresh.rows == 600 and len(fresh.terms) == 40
