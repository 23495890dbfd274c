"""Cox regression and the hazard gathered, against a slow likelihood and a case worked out by hand."""

import numpy as np
import pytest
from scipy.optimize import minimize

from privacy.utility.cox import Cox, gathered_hazard


def simulated(rows, coefficients, seed):
    rng = np.random.default_rng(seed)
    terms = rng.normal(size=(rows, len(coefficients)))
    time = np.ceil(20 * rng.exponential(size=rows) / np.exp(terms @ coefficients))
    last = rng.integers(5, 60, rows)
    return terms, np.minimum(time, last), (time <= last).astype(float)


def slow_loss(at, terms, time, event, penalty):
    """Event by event, with Breslow's ties."""
    total = -penalty / 2 * at @ at
    for i in np.flatnonzero(event):
        total += terms[i] @ at - np.log(np.exp(terms[time >= time[i]] @ at).sum())
    return -total


def test_the_maximum_is_that_of_the_slow_likelihood():
    terms, time, event = simulated(80, [0.8, -0.5], 1)
    slow = minimize(slow_loss, np.zeros(2), (terms, time, event, 1.0), tol=1e-10)
    fitted = Cox.fit(terms, time, event, penalty=1.0)
    assert fitted.coefficients == pytest.approx(slow.x, abs=1e-4)


def test_intervals_hold_the_true_coefficients_as_often_as_they_say():
    held = 0
    for seed in range(200):
        terms, time, event = simulated(300, [0.7], seed)
        fitted = Cox.fit(terms, time, event, penalty=1e-6)
        held += abs(fitted.coefficients[0] - 0.7) < 1.96 / np.sqrt(fitted.information[0, 0])
    assert 0.9 <= held / 200 <= 0.99


def test_a_term_that_separates_and_one_that_is_constant_do_no_harm():
    terms, time, event = simulated(100, [0.5], 2)
    wild = np.column_stack([terms, event * 10, np.ones(100)])
    fitted = Cox.fit(wild, time, event)
    assert np.isfinite(fitted.coefficients).all() and fitted.coefficients[2] == pytest.approx(0)


def test_gathered_hazard_by_hand():
    # Four at risk at 1, of whom one dies; two at risk at 3, one dies; the rest are censored.
    time, event = np.array([1.0, 2, 3, 3]), np.array([1.0, 0, 1, 0])
    found = gathered_hazard(time, event, np.array([0.5, 1, 2.5, 3, 9]))
    assert found == pytest.approx([0, 1 / 4, 1 / 4, 3 / 4, 3 / 4])
