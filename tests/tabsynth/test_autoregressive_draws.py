"""Draws of the any-order network: under conditions, from cells that are known, at a temperature."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch
from scipy import stats

from tabsynth.generators import State, make_generator
from tabsynth.generators.autoregressive import Autoregressive, bound, drawing
from tabsynth.generators.autoregressive.layout import Layout
from tabsynth.generators.autoregressive.likelihood import set_margins
from tabsynth.generators.autoregressive.openness import column_order
from tests.tabsynth.autoregressive_cases import (
    EDGES,
    QUICK,
    TABLE,
    coded,
    fitted,
    levels,
    likelihoods,
    make_table,
    restored,
    ring,
    shares,
    trained,
    wild,
)


class TestConditions:
    @pytest.mark.parametrize("most", [8192, 12, 0], ids=["all at once", "some at once", "one by one"])
    @pytest.mark.parametrize("allowed", [{1: [5]}, {0: [3], 1: [3, 5]}, {0: [0, 1], 1: [1, 2], 2: [1]}])
    def test_conditioned_rows_come_by_the_chance_of_each_among_free_ones(
        self, monkeypatch: pytest.MonkeyPatch, allowed: dict[int, list[int]], most: int
    ) -> None:
        """Against the product of an untrained network's own conditionals in the order of drawing, however many
        of the bound columns are summed over at once."""
        monkeypatch.setattr(bound, "_MOST_KINDS", most)
        monkeypatch.setattr(drawing, "_IN_CACHE", 7)
        every = coded(list(ring(1).domain.axes), list(product(range(5), range(6), range(2))))
        network = wild(Layout(every.domain))
        meets = np.all([np.isin(every.codes[:, column], codes) for column, codes in allowed.items()], axis=0)
        chances = np.where(meets, likelihoods(network, every), 0)
        tries = restored(network, every.domain).under(
            {column: np.array(codes, np.int32) for column, codes in allowed.items()}
        )
        drawn = tries.attempt(20_000, np.random.default_rng(0))
        rate = len(drawn) / 20_000 * tries.reach
        assert rate == pytest.approx(chances.sum(), abs=4 * (rate * tries.reach / 20_000) ** 0.5 + 1e-6)
        assert (tries.reach == 1) == (most == 0)
        counts = np.bincount(drawn.codes @ [12, 2, 1], minlength=60)
        assert not counts[~meets].any()
        expected = len(drawn) * chances[meets] / chances.sum()
        assert stats.chisquare(counts[meets], expected).pvalue > 1e-3

    def test_tries_may_all_fail_half_way(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bound, "_MOST_KINDS", 0)
        table = make_table(500, 3)
        network = wild(Layout(table.domain))
        set_margins(network, table)
        tries = restored(network, table.domain).under({1: np.array([1], np.int32)})
        found = [len(tries.attempt(2, np.random.default_rng(seed))) for seed in range(20)]
        assert min(found) == 0 < max(found)

    @pytest.mark.slow
    def test_conditions_that_hardly_ever_meet_end_all_the_same(self) -> None:
        level = np.arange(2_000) % 2
        generator = fitted(coded([levels(2), levels(2)], np.column_stack([level, level])), epochs=60)
        given = {0: np.array([0], np.int32), 1: np.array([1], np.int32)}
        drawn = generator.sample(50, np.random.default_rng(0), given).codes
        assert (drawn == [0, 1]).all()

    def test_a_bin_is_bound_like_any_code(self) -> None:
        high = np.flatnonzero(EDGES[:-1] >= 7).astype(np.int32) + 2
        drawn = trained().sample(2_000, np.random.default_rng(5), {2: high})
        assert np.isin(drawn.codes[:, 2], high).all()
        wanted = TABLE.codes[np.isin(TABLE.codes[:, 2], high)]
        assert (drawn.codes[:, 0] == 1).mean() == pytest.approx((wanted[:, 0] == 1).mean(), abs=0.03)

    def test_a_level_that_training_never_saw_is_obeyed_and_else_hardly_drawn(self) -> None:
        generator = fitted(
            coded([levels(4), levels(2)], np.column_stack([np.arange(900) % 3, np.arange(900) % 2]))
        )
        bound = generator.sample(50, np.random.default_rng(0), {0: np.array([3], np.int32)})
        assert (bound.codes[:, 0] == 3).all()
        assert (generator.sample(5_000, np.random.default_rng(0)).codes[:, 0] == 3).mean() < 0.01

    def test_a_condition_that_allows_nothing_binds_nothing(self) -> None:
        assert len(trained().sample(20, np.random.default_rng(0), {0: np.empty(0, np.int32)})) == 20


class TestFillingIn:
    @pytest.mark.slow
    def test_known_cells_stay_and_others_follow_them_by_bayes(self) -> None:
        """Each column in turn is asked for from the two others, beside the counts of a far larger table."""
        model, partial, large = fitted(ring(8_000)), ring(6_000, seed=5), ring(400_000, seed=6)
        for column in range(3):
            known = np.ones((6_000, 3), np.bool_)
            known[:, column] = False
            filled = model.impute(partial, known, np.random.default_rng(0))
            assert np.array_equal(filled.codes[known], partial.codes[known])
            shuffled = partial.codes.copy()
            shuffled[:, column] = np.random.default_rng(1).permutation(shuffled[:, column])
            careless = replace(partial, codes=shuffled)
            apart, at_random = (
                np.abs(shares(each, [12, 2, 1], 60) - shares(large, [12, 2, 1], 60)).sum() / 2
                for each in (filled, careless)
            )
            assert apart < 0.09 < 0.18 < at_random
            assert not np.array_equal(filled.codes, partial.codes)

    def test_rows_may_lack_different_cells(self) -> None:
        partial = make_table(3_000, 7)
        known = np.random.default_rng(0).random((3_000, 3)) < 0.5
        filled = trained().impute(partial, known, np.random.default_rng(1))
        assert np.array_equal(filled.codes[known], partial.codes[known])
        assert np.array_equal(filled.residuals[known], partial.residuals[known])
        agree = (filled.codes[:, 0] == filled.codes[:, 1]).mean()
        assert agree == pytest.approx((partial.codes[:, 0] == partial.codes[:, 1]).mean(), abs=0.04)


def tempered(temperature: float) -> Autoregressive:
    state = trained().state()
    settings = {**state.facts["settings"], "temperature": temperature}
    warmer = make_generator("autoregressive", QUICK)
    warmer.restore(TABLE.domain, State(state.tensors, {**state.facts, "settings": settings}))
    assert isinstance(warmer, Autoregressive)
    return warmer


class TestTemperature:
    @pytest.mark.parametrize("temperature", [0.5, 2.0])
    def test_a_column_is_drawn_by_its_shares_to_the_power_of_one_over_the_temperature(
        self, temperature: float
    ) -> None:
        margins = [torch.from_numpy(trained().state().tensors[f"margins.{column}"]) for column in range(3)]
        first = column_order(Layout(TABLE.domain), margins)[0]
        size = TABLE.domain.axes[first].size
        free, warm = (
            np.bincount(each.sample(40_000, np.random.default_rng(3)).codes[:, first], minlength=size)
            / 40_000
            for each in (trained(), tempered(temperature))
        )
        expected = free ** (1 / temperature) / (free ** (1 / temperature)).sum()
        assert np.abs(warm - expected).max() < 0.015
        assert np.abs(warm - free).max() > 0.03

    def test_conditions_hold_at_every_temperature(self) -> None:
        """As often as among free rows of that temperature, and the rest as among these."""
        warm = tempered(2.0)
        free = warm.sample(60_000, np.random.default_rng(4))
        bound_rows = warm.sample(8_000, np.random.default_rng(5), {1: np.array([2], np.int32)})
        alike = free.take(free.codes[:, 1] == 2)
        assert (bound_rows.codes[:, 1] == 2).all()
        shares_free, shares_bound = (
            np.bincount(each.codes[:, 0], minlength=3) / len(each) for each in (alike, bound_rows)
        )
        assert np.abs(shares_free - shares_bound).max() < 0.03
