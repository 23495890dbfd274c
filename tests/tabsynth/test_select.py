"""Choosing candidates: margins come nearer to people never learnt, noise is left alone, no row twice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from tabsynth.domain import Axis, Domain, Encoded
from tabsynth.select import Selection
from tabsynth.select.margins import Margins
from tabsynth.select.noise import noise_variance
from tabsynth.select.pick import draw_by_weight, target
from tabsynth.select.swap import balanced

AXES = (Axis(6, np.empty(0)), Axis(5, np.empty(0)), Axis(1, np.linspace(0.0, 1, 41)), Axis(2, np.empty(0)))


def people(rows: int, seed: int, bond: float = 0.6) -> Encoded:
    """Four columns: the second follows the first, the third both; the fourth is on its own."""
    rng = np.random.default_rng(seed)
    first = rng.choice(6, rows, p=[0.4, 0.3, 0.15, 0.1, 0.04, 0.01])
    second = np.where(rng.random(rows) < bond, first % 5, rng.integers(0, 5, rows))
    third = 1 + (first * 5 + second + rng.integers(0, 12, rows)) % 40
    codes = np.column_stack([first, second, third, rng.random(rows) < 0.2]).astype(np.int32)
    return Encoded(Domain(AXES), codes, np.zeros(codes.shape, np.float32))


def total_error(table: Encoded, truth: Encoded) -> float:
    """Mean total variation over all pairs of columns."""
    margins = Margins.of(truth)
    pairs = [columns for columns in margins.columns if len(columns) == 2]
    shares = [[margins.count(each, pair) / len(each) for each in (table, truth)] for pair in pairs]
    return float(np.mean([0.5 * np.abs(a - b).sum() for a, b in shares]))


class TestMargins:
    def test_cells_are_counted_once_and_all(self) -> None:
        table = people(3000, 0)
        margins = Margins.of(table)
        assert {len(columns) for columns in margins.columns} == {1, 2, 3}
        assert all(counts.sum() == 3000 for counts in margins.counts)
        by_hand = np.zeros((6, 5))
        np.add.at(by_hand, (table.codes[:, 0], table.codes[:, 1]), 1)
        pair = margins.columns.index((0, 1))
        assert (margins.counts[pair].reshape(6, 5) == by_hand).all()

    def test_the_pairs_that_depend_come_first(self) -> None:
        pairs = [columns for columns in Margins.of(people(5000, 0)).columns if len(columns) == 2]
        assert pairs[0] in ((0, 1), (0, 2))
        assert {3} <= set(pairs[-1])


class TestBalance:
    """Exchanges take away the noise of the choice, and no more."""

    def test_margins_come_nearer_to_what_the_chances_add_up_to(self) -> None:
        pool, rng = people(20_000, 0), np.random.default_rng(0)
        margins = Margins.of(pool)
        cells = [margins.cells(pool, columns) for columns in margins.columns]
        chance = np.full(20_000, 0.2)
        at_random = rng.permutation(20_000)[:4000]
        chosen = balanced(at_random, cells, [len(counts) for counts in margins.counts], chance, rng)
        assert len(np.unique(chosen)) == 4000

        def misfit(rows: np.ndarray) -> float:
            off = [np.abs(np.bincount(each[rows], minlength=len(counts)) - counts / 5).sum()
                   for each, counts in zip(cells, margins.counts, strict=True)]  # fmt: skip
            return float(np.mean(off))

        assert misfit(chosen) < 0.4 * misfit(at_random)

    def test_the_same_seed_exchanges_alike_and_nothing_is_exchanged_for_nothing(self) -> None:
        cells, sizes = [np.array([0, 0, 1, 1], np.uint16)], [2]
        fit, rng = np.array([0, 2]), np.random.default_rng(0)
        assert balanced(fit, cells, sizes, np.full(4, 0.5), rng).tolist() == [0, 2]
        assert sorted(balanced(np.array([0, 1]), cells, sizes, np.full(4, 0.5), rng) // 2) == [0, 1]

    def test_more_cells_than_sixteen_bits_can_number_stay_apart(self) -> None:
        """The last of 164 margins begins below 65,536 and ends above; the others are all alike."""
        rng, rows = np.random.default_rng(0), 4000
        last = rng.integers(0, 400, rows).astype(np.uint16)
        cells = [*[np.zeros(rows, np.uint16)] * 163, last]
        chosen = rng.permutation(rows)[:1000]
        kept = balanced(chosen, cells, [400] * 164, np.full(rows, 0.25), rng)

        def misfit_above(taken: np.ndarray) -> float:
            off = np.bincount(last[taken], minlength=400) - np.bincount(last, minlength=400) / 4
            return float(np.abs(off[65_536 - 163 * 400 :]).sum())

        assert misfit_above(kept) < 0.4 * misfit_above(chosen)

    def test_of_a_pool_that_is_chosen_whole_nothing_is_left_to_exchange(self) -> None:
        everybody = np.arange(4)
        cells, sizes = [np.array([0, 0, 1, 1], np.uint16)], [2]
        kept = balanced(everybody, cells, sizes, np.ones(4), np.random.default_rng(0))
        assert kept.tolist() == [0, 1, 2, 3]


def test_a_wide_table_is_chosen_in_smaller_sheets() -> None:
    margins = Margins.of(people(300, 0))
    assert Selection(5, margins).most_rows == 2**16
    wide = replace(margins, columns=margins.columns * 200)
    sheet = Selection(20, wide).most_rows
    assert 1 < sheet < 2**16
    assert sheet * 20 * len(wide.columns) <= 2**28


class TestNoise:
    def test_the_variance_is_that_of_zcdp(self) -> None:
        """rho + 2 sqrt(rho log(1 / delta)) = epsilon, and a person moves the counts by sqrt(margins)."""
        for margins, epsilon, delta in ((1, 1.0, 1e-5), (180, 10.0, 1e-5), (50, 3.0, 1e-6)):
            rho = margins / (2 * noise_variance(margins, epsilon, delta))
            assert rho + 2 * np.sqrt(rho * np.log(1 / delta)) == pytest.approx(epsilon)

    def test_noised_counts_are_the_sum_plus_noise_of_that_variance(self) -> None:
        selection = Selection.by(people(500, 0), 3)
        assert selection is not None
        train = people(4000, 1)
        noised = selection.with_noised(train, np.random.default_rng(0)).margins
        exact = selection.with_exact(train).margins
        off = np.concatenate(noised.counts) - np.concatenate(exact.counts)
        assert off.std() == pytest.approx(np.sqrt(noise_variance(len(noised.columns))), rel=0.1)
        assert abs(off.mean()) < 4 * off.std() / np.sqrt(len(off))
        assert all(counts.sum() == 4500 for counts in exact.counts)

    def test_a_person_with_many_rows_counts_once(self) -> None:
        train = people(400, 1)
        several = Encoded(train.domain, train.codes, train.residuals, persons=np.arange(400) % 20)
        selection = Selection.by(people(500, 0), 3)
        assert selection is not None
        counted = selection.with_exact(several).margins
        assert all(counts.sum() == pytest.approx(520) for counts in counted.counts)

    def test_noise_alone_moves_hardly_anything(self) -> None:
        rng = np.random.default_rng(0)
        pool, noise = rng.dirichlet(np.full(60, 2.0)), 400.0
        moved = []
        for _ in range(200):
            counts = rng.multinomial(2000, pool) + rng.normal(0, np.sqrt(noise), 60)
            aim = target(pool, counts, noise)
            moved.append(0.0 if aim is None else 0.5 * np.abs(aim - pool).sum())
        assert np.mean(np.array(moved) == 0) > 0.4
        assert np.mean(moved) < 0.05


class TestTarget:
    def test_counts_that_differ_by_noise_move_nothing_on_average(self) -> None:
        """James and Stein: where the pool is right, most draws leave it alone, and the rest move it little."""
        rng = np.random.default_rng(0)
        pool = rng.dirichlet(np.full(60, 2.0))
        moved = []
        for _ in range(200):
            aim = target(pool, rng.multinomial(2000, pool).astype(float))
            moved.append(0.0 if aim is None else 0.5 * np.abs(aim - pool).sum())
        noise = 0.5 * np.abs(rng.multinomial(2000, pool) / 2000 - pool).sum()
        assert np.mean(np.array(moved) == 0) > 0.4
        assert np.mean(moved) < noise / 8

    def test_counts_that_differ_by_more_are_nearly_believed(self) -> None:
        pool = np.full(10, 0.1)
        truth = np.linspace(0.02, 0.18, 10)
        aim = target(pool, np.round(truth * 50_000))
        assert aim is not None
        assert aim == pytest.approx(truth, abs=1e-3)

    def test_without_noise_all_cells_are_believed_alike(self) -> None:
        """By hand: all are a fifth off, chi squared is 80 where 3 are expected."""
        aim = target(np.array([0.49, 0.49, 0.01, 0.01]), np.array([1176.0, 784.0, 24.0, 16.0]))
        assert aim is not None
        trust = (77 / 4) / (77 / 4 + 1)
        assert aim / [0.49, 0.49, 0.01, 0.01] - 1 == pytest.approx(0.2 * trust * np.array([1, -1, 1, -1]))

    def test_noise_makes_a_thin_cell_less_believed_than_a_well_filled_one(self) -> None:
        """By hand: of what a cell of 20 is off by, noise of variance 60 is three quarters beside chance."""
        aim = target(np.array([0.49, 0.49, 0.01, 0.01]), np.array([1176.0, 784.0, 24.0, 16.0]), noise=60.0)
        assert aim is not None
        share = np.array([980 / 1040, 980 / 1040, 0.25, 0.25])
        beyond = (0.04 * np.array([980, 980, 20, 20]) * share).sum() - 3
        fault = beyond * share / share.sum()
        by_hand = 0.2 * np.array([1, -1, 1, -1]) * fault / (1 + fault)
        assert aim / [0.49, 0.49, 0.01, 0.01] - 1 == pytest.approx(by_hand)
        assert by_hand[2] < 0.95 * by_hand[0]

    def test_one_person_in_a_cell_that_expects_none_moves_next_to_nothing(self) -> None:
        pool = np.concatenate([np.full(399, (1 - 2.5e-6) / 399), [2.5e-6]])
        counts = np.random.default_rng(0).multinomial(9999, np.full(399, 1 / 399)).astype(float)
        without, with_one = (target(pool, np.append(counts, one)) for one in (0.0, 1.0))
        aims = [pool if aim is None else aim for aim in (without, with_one)]
        assert 0.5 * np.abs(aims[1] - aims[0]).sum() < 1e-3

    def test_what_the_pool_does_not_hold_is_not_aimed_at(self) -> None:
        aim = target(np.array([0.5, 0.5, 0.0]), np.array([9000.0, 500.0, 500.0]))
        assert aim is not None and aim[2] == 0 and aim.sum() == pytest.approx(1)
        assert target(np.array([1.0, 0.0]), np.array([10.0, 5.0])) is None
        assert target(np.array([0.5, 0.5]), np.array([0.0, 0.0])) is None


class TestDrawing:
    @settings(max_examples=50, deadline=None)
    @given(st.integers(0, 2**32), st.integers(1, 60), st.integers(0, 200))
    def test_as_many_as_asked_and_none_twice(self, seed: int, rows: int, more: int) -> None:
        rng = np.random.default_rng(seed)
        weights = rng.choice([0.05, 1.0, 20.0], rows + more)
        drawn = draw_by_weight(weights, rng.permutation(rows + more), rows, rng)
        assert len(drawn) == len(set(drawn.tolist())) == rows

    def test_each_is_drawn_as_often_as_its_weight_says(self) -> None:
        rng = np.random.default_rng(0)
        weights = np.array([0.2, 0.4, 0.8, 1.6, 3.0, 30.0])
        drawn = np.zeros(6)
        for _ in range(4000):
            drawn[draw_by_weight(weights, rng.permutation(6), 3, rng)] += 1
        # 30 of 36 would be more than one; it is one, and two are left for the others by weight: so is 3 of 6.
        assert drawn / 4000 == pytest.approx([0.2 / 3, 0.4 / 3, 0.8 / 3, 1.6 / 3, 1, 1], abs=0.03)

    def test_rows_that_stand_together_are_drawn_as_often_as_they_weigh(self) -> None:
        weights = np.ones(1000)
        for seed in range(20):
            drawn = draw_by_weight(weights, np.arange(1000), 100, np.random.default_rng(seed))
            assert all(abs((drawn < end).sum() - end / 10) <= 1 for end in range(50, 1000, 50))


class TestSelection:
    def test_a_pool_without_the_bond_gets_it_from_its_candidates(self) -> None:
        truth, development = people(20_000, 1), people(4000, 2)
        pool = people(50_000, 3, bond=0.3)
        selection = Selection.by(development, 5)
        assert selection is not None
        chosen = selection.choose(pool, 10_000, np.random.default_rng(0))
        before, after = total_error(pool.take(np.arange(10_000)), truth), total_error(chosen, truth)
        assert len(chosen) == 10_000
        assert after < before / 2.5
        assert after < 1.1 * total_error(development, truth)

    def test_a_good_pool_is_not_pulled_after_the_noise_of_few(self) -> None:
        """Three hundred people know less of the truth than the pool does."""
        truth = people(50_000, 1)
        for seed in range(3):
            selection = Selection.by(people(300, 20 + seed), 5)
            assert selection is not None
            chosen = selection.choose(people(30_000, 10 + seed), 6000, np.random.default_rng(seed))
            assert total_error(chosen, truth) < 1.1 * total_error(people(6000, 30 + seed), truth)

    def test_it_survives_being_written_down(self) -> None:
        selection = Selection.by(people(2000, 0), 3)
        assert selection is not None
        twin = Selection.restored(Domain(AXES), selection.facts(), selection.tensors())
        pool = people(3000, 1)
        drawn = [each.choose(pool, 1000, np.random.default_rng(0)) for each in (selection, twin)]
        assert np.array_equal(drawn[0].codes, drawn[1].codes)
        with pytest.raises(ValueError, match="do not fit together"):
            Selection.restored(Domain(AXES), selection.facts(), selection.tensors() | {"counts": np.zeros(3)})

    @pytest.mark.parametrize(("rows", "candidates"), [(0, 5), (100, 1)])
    def test_nothing_to_choose_by_is_no_selection(self, rows: int, candidates: int) -> None:
        assert Selection.by(people(100, 0).take(np.arange(rows)), candidates) is None
