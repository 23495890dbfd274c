"""The main scores against slow references, weighted as a bootstrap weighs: a row of weight two is two rows."""

import numpy as np
import pytest
from sklearn.metrics import r2_score, roc_auc_score

from privacy.utility.further import calibration_error
from privacy.utility.scores import Pairs, area, explained

ROWS = 60


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def repeated(weights, *columns):
    """The rows as often as they weigh."""
    return [np.repeat(column, weights) for column in columns]


def test_area_is_scikit_learns_on_repeated_rows_ties_included(rng):
    positive, scores = rng.random(ROWS) < 0.3, rng.integers(0, 8, ROWS).astype(float)
    weights = np.vstack([np.ones(ROWS, int), rng.integers(0, 4, (5, ROWS))])
    expected = [roc_auc_score(*repeated(w, positive, scores)) for w in weights]
    assert area(positive, scores, weights.astype(float)) == pytest.approx(expected)


def test_area_worked_out_by_hand():
    # Positives score 3 and 1, negatives 2 and 1: of four pairs two are won, one is tied and one lost.
    found = area(np.array([True, True, False, False]), np.array([3.0, 1, 2, 1]), np.ones((1, 4)))
    assert found == pytest.approx([2.5 / 4])


def test_there_is_no_area_without_both_classes():
    assert np.isnan(area(np.array([True, True]), np.array([1.0, 2]), np.ones((1, 2)))).all()


def test_explained_share_is_scikit_learns_on_repeated_rows(rng):
    truth = rng.normal(5, 2, ROWS)
    found = truth + rng.normal(0, 1, ROWS)
    weights = rng.integers(0, 4, (5, ROWS))
    expected = [r2_score(*repeated(w, truth, found)) for w in weights]
    assert explained(truth, found, weights.astype(float)) == pytest.approx(expected)


def slow_concordance(time, event, risk):
    """Every pair by itself."""
    right = known = 0.0
    for i in range(len(time)):
        for j in range(len(time)):
            before = time[i] < time[j] or (time[i] == time[j] and event[j] == 0)
            if event[i] == 1 and i != j and before:
                known += 1
                right += 1.0 if risk[i] > risk[j] else 0.5 if risk[i] == risk[j] else 0.0
    return right / known


def test_concordance_is_that_of_all_pairs_of_repeated_rows(rng):
    time = rng.integers(1, 15, ROWS).astype(float)
    event = (rng.random(ROWS) < 0.6).astype(float)
    risk = np.round(rng.normal(size=ROWS), 1)
    weights = np.vstack([np.ones(ROWS, int), rng.integers(0, 4, (4, ROWS))])
    expected = [slow_concordance(*repeated(w, time, event, risk)) for w in weights]
    assert Pairs.of(time, event).concordance(risk, weights.astype(float)) == pytest.approx(expected, abs=1e-6)


def test_calibration_error_of_true_chances_is_small_and_of_wrong_ones_their_distance(rng):
    chance = rng.random(20_000)
    truth = rng.random(20_000) < chance
    assert calibration_error(chance, truth) < 0.02
    assert calibration_error(chance * 0 + 0.8, truth) == pytest.approx(0.3, abs=0.02)
