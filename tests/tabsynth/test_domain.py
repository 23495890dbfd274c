"""The coded table: what its axes promise."""

from __future__ import annotations

import numpy as np
import pytest

from tabsynth.domain import Axis, Domain, Encoded, from_real

SPIKE_AND_BINS = Axis(plain=2, edges=np.array([0.0, 10.0, 100.0, 1000.0]), ordered=True, missing=True)
WORDS = Axis(plain=4, edges=np.empty(0))


def test_sizes_count_plain_codes_and_bins():
    assert (SPIKE_AND_BINS.bins, SPIKE_AND_BINS.size, SPIKE_AND_BINS.discrete) == (3, 5, False)
    assert (WORDS.bins, WORDS.size, WORDS.discrete) == (0, 4, True)
    domain = Domain((SPIKE_AND_BINS, WORDS))
    assert len(domain) == 2
    assert domain.sizes == (5, 4)


def test_numbers_find_their_bin_and_place():
    codes, residuals = from_real(SPIKE_AND_BINS, np.array([0.0, 5.0, 10.0, 55.0, 1000.0]))
    assert codes.tolist() == [2, 2, 3, 3, 4]
    assert residuals[:4] == pytest.approx([0.0, 0.5, 0.0, 0.5])
    assert 0.999 < residuals[4] < 1


def test_numbers_beyond_the_edges_move_to_the_nearest():
    codes, residuals = from_real(SPIKE_AND_BINS, np.array([-5.0, 5000.0]))
    assert codes.tolist() == [2, 4]
    assert residuals[0] == 0 and 0.999 < residuals[1] < 1


def test_real_is_the_inverse_of_from_real():
    values = np.random.default_rng(1).uniform(0, 999.9, 500)
    codes, residuals = from_real(SPIKE_AND_BINS, values)
    table = Encoded(Domain((SPIKE_AND_BINS,)), codes[:, None], residuals[:, None])
    assert table.real(0) == pytest.approx(values, abs=1e-3)


def test_real_says_nothing_about_plain_codes():
    codes = np.array([[0], [1], [2]], np.int32)
    table = Encoded(Domain((SPIKE_AND_BINS,)), codes, np.zeros((3, 1), np.float32))
    assert np.isnan(table.real(0)).tolist() == [True, True, False]


def test_take_keeps_codes_and_residuals_together():
    codes = np.array([[0], [2], [3]], np.int32)
    residuals = np.array([[0.0], [0.25], [0.75]], np.float32)
    taken = Encoded(Domain((SPIKE_AND_BINS,)), codes, residuals).take(np.array([2, 1, 2]))
    assert len(taken) == 3
    assert taken.codes[:, 0].tolist() == [3, 2, 3]
    assert taken.residuals[:, 0].tolist() == [0.75, 0.25, 0.75]


def test_the_line_puts_spikes_among_the_bins():
    edges = np.array([0.0, 10.0, 100.0, 1000.0])
    placed = Axis(plain=4, edges=edges, ordered=True, missing=True, bins_below=np.array([0, 2, 3]))
    assert placed.line.tolist() == [0, 1, 4, 5, 2, 6, 3]
    assert SPIKE_AND_BINS.line.tolist() == [0, 1, 2, 3, 4]
    assert WORDS.line.tolist() == [0, 1, 2, 3]
