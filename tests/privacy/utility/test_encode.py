"""What models see comes from their training rows: unknown levels, gaps and distant numbers do no harm."""

import numpy as np
import pytest

from privacy.utility.encode import Encoder

NOMINAL = np.array([False, True])


def cells(numbers, codes):
    return np.column_stack([np.array(numbers, float), np.array(codes, float)])


@pytest.fixture
def train():
    """Level 5 forty times, level 2 twenty times, level 7 three times; one number is missing."""
    numbers = np.arange(63.0)
    numbers[0] = np.nan
    return cells(numbers, [5] * 40 + [2] * 20 + [7] * 3)


def test_levels_are_ranked_and_rare_unknown_and_missing_ones_apart(train):
    encoder = Encoder.fit(train, NOMINAL)
    asked = cells([1, 1, 1, 1, 1], [5, 2, 7, 99, np.nan])
    assert encoder.codes(asked)[:, 1] == pytest.approx([0, 1, 2, 2, np.nan], nan_ok=True)
    assert encoder.design(asked)[:, 2:].argmax(axis=1).tolist() == [0, 1, 2, 2, 3]


def test_numbers_are_standardised_gaps_told_and_distant_ones_kept_within_training(train):
    encoder = Encoder.fit(train, NOMINAL)
    design = encoder.design(train)
    assert design[:, 0].mean() == pytest.approx(0) and design[:, 0].std() == pytest.approx(1)
    assert design[:, 1].tolist() == [1.0] + [0.0] * 62
    far = encoder.design(cells([1e9, 62], [5, 5]))
    assert far[0, 0] == far[1, 0]


def test_terms_name_the_columns_of_the_design_without_reference(train):
    encoder = Encoder.fit(train, NOMINAL)
    terms = encoder.terms(("age", "area"))
    assert len(terms) == encoder.design(train, reference=True).shape[1]
    assert terms == [
        ("age", ""),
        ("age", "missing"),
        ("area", "level 2"),
        ("area", "rarer levels"),
        ("area", "missing"),
    ]


def test_columns_without_any_value_are_left_out(train):
    train[:, 0] = np.nan
    encoder = Encoder.fit(train, NOMINAL)
    assert encoder.codes(train).shape == (63, 1)
    assert np.isfinite(encoder.design(train)).all()
