"""The any-order network: its likelihood, its draws, its conditions, and what its state may hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy import stats

from privacy import ConfigError, Event, TrainingError, silent
from tabsynth.domain import Axis, Domain, Encoded, from_real
from tabsynth.generators import State, make_generator
from tabsynth.generators.autoregressive import Autoregressive, Settings, bound, training
from tabsynth.generators.autoregressive.cells import Cells
from tabsynth.generators.autoregressive.layout import LARGE, Layout, column_order
from tabsynth.generators.autoregressive.likelihood import set_margins, surprises
from tabsynth.generators.autoregressive.masks import known_cells
from tabsynth.generators.autoregressive.network import Network

NO_EDGES = np.empty(0)
EDGES = np.linspace(-4.0, 12.0, 17)
QUICK: dict[str, Any] = {"epochs": 40, "batch_size": 250, "width": 64, "average": 0.98, "device": "cpu"}


def levels(size: int, ordered: bool = False) -> Axis:
    return Axis(size, NO_EDGES, ordered=ordered)


def coded(axes: list[Axis], codes: object, residuals: object = None) -> Encoded:
    table = np.asarray(codes, np.int32)
    inside = np.zeros(table.shape) if residuals is None else residuals
    return Encoded(Domain(tuple(axes)), table, np.asarray(inside, np.float32))


def make_table(rows: int, seed: int) -> Encoded:
    """A level (60, 38, 2 %), one that mostly equals it, and a number: missing 10 %, a spike 15 %, else about 0
    where the first level is 0, about 8 elsewhere."""
    rng = np.random.default_rng(seed)
    first = rng.choice(3, rows, p=[0.60, 0.38, 0.02])
    second = np.where(rng.random(rows) < 0.9, first, rng.integers(0, 3, rows))
    number = Axis(2, EDGES, ordered=True, missing=True)
    codes, residuals = from_real(number, rng.normal(np.where(first == 0, 0.0, 8.0), 1.0))
    kind = rng.choice(3, rows, p=[0.10, 0.15, 0.75])
    codes, residuals = np.where(kind == 2, codes, kind), np.where(kind == 2, residuals, 0)
    nothing = np.zeros(rows)
    return coded(
        [levels(3), levels(3), number],
        np.column_stack([first, second, codes]),
        np.column_stack([nothing, nothing, residuals]),
    )


def ring(rows: int, seed: int = 0) -> Encoded:
    """A level, one that follows it loosely, and one that tells whether the two agree."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 5, rows)
    second = np.where(rng.random(rows) < 0.5, first, rng.integers(0, 6, rows))
    third = np.where(rng.random(rows) < 0.9, first == second, rng.random(rows) < 0.5)
    return coded([levels(5), levels(6), levels(2)], np.column_stack([first, second, third]))


def fitted(
    table: Encoded, development: Encoded | None = None, seed: int = 0, **settings: Any
) -> Autoregressive:
    generator = make_generator("autoregressive", {**QUICK, **settings})
    assert isinstance(generator, Autoregressive)
    held_out = table.take(np.arange(0)) if development is None else development
    generator.fit(table, held_out, np.random.default_rng(seed), silent)
    return generator


def shares(table: Encoded, weights: list[int], cells: int) -> NDArray[np.float64]:
    return np.bincount(table.codes @ weights, minlength=cells) / len(table)


@pytest.fixture(scope="module")
def table() -> Encoded:
    return make_table(4_000, 1)


@pytest.fixture(scope="module")
def of_table(table: Encoded) -> Autoregressive:
    return fitted(table, make_table(1_000, 2))


@pytest.fixture(scope="module")
def of_ring() -> Autoregressive:
    return fitted(ring(8_000))


def wild(layout: Layout, width: int = 16) -> Network:
    """A network that nobody trained, its every weight far from nought."""
    source = torch.Generator().manual_seed(0)
    network = Network(layout, width, 2, source)
    with torch.no_grad():
        for weight in network.parameters():
            weight.copy_(torch.empty_like(weight).normal_(0, 0.5, generator=source))
    return network.requires_grad_(False)


class TestNetwork:
    def test_spikes_lie_among_the_bins_where_they_stand(self) -> None:
        """Four bins: a spike below all, two in the second bin, one in the last; missing has no place."""
        below = np.array([0, 2, 2, 4])
        axis = Axis(5, np.arange(5.0), ordered=True, missing=True, bins_below=below)
        layout = Layout(Domain((levels(3), axis)))
        (points,), (codes,) = layout.point_spans(), layout.code_spans()
        spikes = [0, 1.25 / 4, 1.75 / 4, 3.5 / 4]
        assert points.places.tolist() == [*spikes, 0, 0.25, 0.5, 0.75, 1]
        assert codes.places.tolist() == [*spikes, 0.125, 0.375, 0.625, 0.875]
        assert (points.first, codes.first, points.free, codes.free) == (5, 4, 4, 4)

    def test_the_vectors_of_bins_are_their_curve_alone_those_of_spikes_are_free_besides(self) -> None:
        axis = Axis(2, np.arange(4.0), missing=True, bins_below=np.array([2]))
        network = wild(Layout(Domain((axis,))))
        before = network.codes()
        network.codes.free += 1
        moved = (network.codes() - before).mean(dim=1)
        assert torch.allclose(moved, torch.tensor([1.0, 1, 0, 0, 0]), atol=1e-5)
        network.codes.free -= 1
        network.codes.curves += 1
        moved = (network.codes() - before).abs().mean(dim=1)
        assert moved[0] < 1e-6 and (moved[1:] > 0.1).all()

    def test_a_number_enters_alike_just_below_an_edge_and_just_above(self) -> None:
        layout = Layout(coded([Axis(1, EDGES)], [[0]]).domain)
        network = wild(layout)
        cells = Cells(torch.tensor([[3], [4], [4]]), torch.tensor([[0.999999], [0.0], [0.5]]))
        below, above, far = network.enter(cells, torch.ones(3, 1, dtype=torch.bool), network.tables())
        assert torch.allclose(below, above, atol=1e-4)
        assert not torch.allclose(above, far, atol=1e-2)

    def test_learning_a_cell_later_is_as_if_it_had_been_known(self) -> None:
        table = make_table(50, 3)
        many = Axis(LARGE + 1, NO_EDGES)
        wider = coded(
            [*table.domain.axes, many, levels(9, ordered=True)],
            np.column_stack([table.codes, np.arange(50) * 7, np.arange(50) % 9]),
            np.column_stack([table.residuals, np.zeros((50, 2))]),
        )
        layout = Layout(wider.domain)
        network, cells = wild(layout), Cells.of(wider, layout, torch.device("cpu"))
        tables, known = network.tables(), torch.zeros(50, 5, dtype=torch.bool)
        row = network.enter(cells, known, tables)
        for column in (3, 2, 0, 4, 1):
            residuals = cells.residuals[:, 0] if column == 2 else torch.zeros(50)
            row = row + network.learnt_of(column, cells.codes[:, column], residuals, tables)
            known[:, column] = True
            assert torch.allclose(row, network.enter(cells, known, tables), atol=1e-4)

    def test_what_is_unknown_changes_nothing(self) -> None:
        layout = Layout(ring(1).domain)
        network, known = wild(layout), torch.tensor([[True, False, False]] * 2)
        cells = Cells(torch.tensor([[1, 2, 0], [1, 5, 1]]), torch.zeros(2, 0))
        first, second = network.enter(cells, known, network.tables())
        assert torch.equal(first, second)

    def test_scores_are_the_same_one_column_at_a_time_or_all_at_once(self) -> None:
        table = make_table(40, 4)
        layout = Layout(table.domain)
        network, cells = wild(layout), Cells.of(table, layout, torch.device("cpu"))
        inside, tables = torch.randn(40, 16, generator=torch.Generator().manual_seed(1)), network.tables()
        for column, scores in enumerate(network.all_scores(inside, tables)):
            assert torch.allclose(scores, network.scores(inside, column, tables), atol=1e-5)
        pieces = network.all_piece_scores(inside, cells.codes, tables)[:, 0]
        assert torch.allclose(pieces, network.piece_scores(inside, 0, cells.codes[:, 2], tables), atol=1e-5)


def likelihoods(network: Network, table: Encoded) -> NDArray[np.float64]:
    """(rows,) chance of each row: the product along the order of drawing."""
    cells = Cells.of(table, network.layout, torch.device("cpu"))
    known, tables = torch.zeros(table.codes.shape, dtype=torch.bool), network.tables()
    total = torch.zeros(len(table), dtype=torch.float64)
    for column in column_order(table.domain).tolist():
        inside = network.trunk(network.enter(cells, known, tables), tables)
        total -= surprises(network, cells, inside, tables)[:, column]
        known[:, column] = True
    chances: NDArray[np.float64] = total.exp().numpy()
    return chances


class TestLikelihood:
    def test_where_nothing_is_known_the_margins_speak(self) -> None:
        """Whatever the network has learnt, its first draw is by the shares of the training table."""
        table = make_table(500, 3)
        layout = Layout(table.domain)
        network = wild(layout)
        set_margins(network, table)
        cells, tables = Cells.of(table, layout, torch.device("cpu")), network.tables()
        row = network.enter(cells, torch.zeros(500, 3, dtype=torch.bool), tables)
        for column, size in enumerate(table.domain.sizes):
            told = network.scores(network.trunk(row, tables), column, tables).softmax(dim=1)[0]
            counts = np.bincount(table.codes[:, column], minlength=size)
            assert told.numpy() == pytest.approx((counts + 1 / size) / 501, abs=1e-4)

    def test_the_chances_of_all_rows_are_one_and_rows_come_as_often(self) -> None:
        """An untrained network far from even: draws against the product of its own conditionals."""
        every = coded(list(ring(1).domain.axes), list(product(range(5), range(6), range(2))))
        network = wild(Layout(every.domain))
        chances = likelihoods(network, every)
        assert chances.sum() == pytest.approx(1, abs=1e-5)
        assert chances.max() > 4 / 60
        drawn = restored(network, every.domain).sample(40_000, np.random.default_rng(0))
        counts = np.bincount(drawn.codes @ [12, 2, 1], minlength=60)
        assert stats.chisquare(counts, 40_000 * chances / chances.sum()).pvalue > 1e-3

    def test_the_likelihood_of_a_number_counts_where_in_its_bin_it_lies(self) -> None:
        """Over an even grid of residuals it means to the chance of the bin."""
        axis = Axis(1, np.array([0.0, 1, 3]))
        network = wild(Layout(Domain((axis,))))
        grid = (np.arange(64) + 0.5) / 64
        codes = np.concatenate([[0], np.full(64, 1), np.full(64, 2)])[:, None]
        table = coded([axis], codes, np.concatenate([[0], grid, grid])[:, None])
        chances = likelihoods(network, table)
        assert chances[0] + chances[1:].sum() / 64 == pytest.approx(1, abs=1e-5)
        assert chances[1:65].max() > 1.2 * chances[1:65].min()


def restored(network: Network, domain: Domain) -> Autoregressive:
    settings = Settings(width=16, blocks=2, device="cpu")
    generator = Autoregressive(settings)
    tensors = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    generator.restore(domain, State(tensors, {"settings": settings.portable()}))
    return generator


class TestTraining:
    @pytest.mark.parametrize("ordered", [1.0, 0.0])
    def test_rows_know_as_many_columns_as_it_happens(self, table: Encoded, ordered: float) -> None:
        """With `ordered` the first ones of the order; else any: of none, 1, 2 of 3 columns 1 + 1/3 + 1/3 in 3."""
        place = torch.from_numpy(np.argsort(column_order(table.domain)))
        known = known_cells(30_000, place, ordered, torch.Generator().manual_seed(0)).numpy()
        counts = np.bincount(known.sum(axis=1), minlength=4)
        assert counts[3] == 0
        assert stats.chisquare(counts[:3]).pvalue > 1e-3
        in_order = known[:, column_order(table.domain)]
        is_prefix = (np.diff(in_order.astype(int), axis=1) <= 0).all(axis=1).mean()
        assert is_prefix == pytest.approx(1.0 if ordered else (1 + 1 / 3 + 1 / 3) / 3, abs=0.02)

    @pytest.mark.slow
    def test_training_in_bfloat16_comes_to_nearly_the_same(
        self, table: Encoded, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        losses = []
        for halved in (False, True):
            monkeypatch.setattr(training, "is_quick_in_half", lambda device, halved=halved: halved)
            losses.append(fitted(table, epochs=4).state().facts["history"]["losses"][-1]["loss"])
        assert losses[0] != losses[1]
        assert losses[0] == pytest.approx(losses[1], abs=0.02)

    def test_margins_pairs_and_numbers_are_those_of_the_table(self, of_table: Autoregressive) -> None:
        drawn, fresh = of_table.sample(20_000, np.random.default_rng(3)), make_table(20_000, 4)
        for column, size in enumerate(fresh.domain.sizes):
            margin = [np.bincount(each.codes[:, column], minlength=size) / 20_000 for each in (drawn, fresh)]
            assert np.abs(margin[0] - margin[1]).sum() / 2 < 0.05
        assert np.abs(shares(drawn, [3, 1, 0], 9) - shares(fresh, [3, 1, 0], 9)).sum() / 2 < 0.04
        real = drawn.real(2)
        low, inside = real < 4, ~np.isnan(real)
        assert (drawn.codes[low & inside, 0] == 0).mean() > 0.97
        assert (drawn.codes[~low & inside, 0] != 0).mean() > 0.97

    @pytest.mark.slow
    def test_where_in_its_bin_a_number_lies_is_learnt_both_ways(self) -> None:
        """One bin: below its middle where the level is 0, above where it is 1."""
        rng = np.random.default_rng(0)
        level, place = rng.integers(0, 2, 4_000), rng.random(4_000) / 2
        axes = [levels(2), Axis(0, np.array([0.0, 10.0]))]
        both = np.column_stack([np.zeros(4_000), place + level / 2])
        table = coded(axes, np.column_stack([level, np.zeros(4_000)]), both)
        generator = fitted(table)
        drawn = generator.sample(4_000, rng)
        assert ((drawn.residuals[:, 1] >= 0.5) == drawn.codes[:, 0]).mean() > 0.98
        assert len(np.unique(drawn.residuals[:, 1])) > 3_500
        unseen = coded(axes, np.zeros((2_000, 2)), np.column_stack([np.zeros(2_000), rng.random(2_000)]))
        filled = generator.impute(unseen, np.tile([False, True], (2_000, 1)), rng)
        assert ((unseen.residuals[:, 1] >= 0.5) == filled.codes[:, 0]).mean() > 0.9

    def test_all_rows_of_one_person_weigh_as_much_as_one(self) -> None:
        """Of a thousand persons the two levels agree; of one, who has a thousand rows more, they never do."""
        first = np.arange(2_000) % 2
        second = np.where(np.arange(2_000) < 1_000, first, 1 - first)
        table = coded([levels(2), levels(2)], np.column_stack([first, second]))
        persons = np.minimum(np.arange(2_000), 1_000)
        for owned, share in ((persons, 1.0), (None, 0.5)):
            drawn = fitted(replace(table, persons=owned), epochs=10).sample(2_000, np.random.default_rng(0))
            assert (drawn.codes[:, 0] == drawn.codes[:, 1]).mean() == pytest.approx(share, abs=0.06)

    def test_persons_weigh_alike_in_the_margins_and_in_what_development_is_worth(self) -> None:
        train = replace(coded([levels(2)], [[0], [0], [0], [1]]), persons=np.array([5, 5, 5, 8]))
        held_out = replace(coded([levels(2)], [[0]] * 9 + [[1]]), persons=np.array([1] * 9 + [2]))
        less = replace(train, codes=np.array([[0], [0], [1], [1]], np.int32))
        for table, shares_of in ((train, [0.5, 0.5]), (less, [(2 / 3 + 0.5) / 3, (4 / 3 + 0.5) / 3])):
            settings = Settings(width=16, device="cpu")
            learner = training.Learner(
                settings, table, held_out, torch.device("cpu"), np.random.default_rng(0)
            )
            assert learner.network.margins[0].exp().numpy() == pytest.approx(shares_of, abs=1e-6)
            assert learner.score() == pytest.approx(-np.log(shares_of).mean(), abs=1e-5)

    def test_it_stops_when_development_gets_no_likelier(self) -> None:
        """Twenty levels by chance alone: what is learnt of 200 rows does not hold for others."""
        rng = np.random.default_rng(0)
        table, other = (coded([levels(20)] * 3, rng.integers(0, 20, (rows, 3))) for rows in (200, 2_000))
        history = fitted(table, other, epochs=60, patience=3, dropout=0).state().facts["history"]
        assert history["stopped_early"] and history["best_epoch"] < 40
        assert len(history["scores"]) == history["best_epoch"] + 3
        assert min(history["scores"]) == history["scores"][history["best_epoch"] - 1]

    def test_without_development_rows_all_epochs_run(self, table: Encoded) -> None:
        history = fitted(table, epochs=3, patience=1).state().facts["history"]
        assert len(history["losses"]) == history["best_epoch"] == 3
        assert history["scores"] == []

    def test_a_training_that_breaks_down_stops_with_the_epoch_and_advice(self, table: Encoded) -> None:
        with pytest.raises(TrainingError, match=r"epoch \d+.*lower lr"):
            fitted(table, lr=1e30)

    def test_ten_thousand_levels_cost_few_numbers_each(self) -> None:
        rng = np.random.default_rng(0)
        held = []
        for size in (10_000, 20_000):
            codes = np.column_stack([rng.integers(0, size, 500), rng.integers(0, 3, 500)])
            generator = fitted(coded([levels(size), levels(3)], codes), epochs=1, width=256)
            held.append(sum(tensor.size for tensor in generator.state().tensors.values()))
            assert len(generator.sample(300, rng)) == 300
        assert (held[1] - held[0]) / 10_000 < 70

    def test_a_table_of_nothing_but_large_columns_is_learnt(self) -> None:
        rng = np.random.default_rng(0)
        table = coded([levels(LARGE + 1), levels(LARGE + 9)], rng.integers(0, LARGE, (500, 2)))
        generator = fitted(table, table, epochs=1)
        assert (generator.sample(20, rng, {1: np.array([7], np.int32)}).codes[:, 1] == 7).all()

    @pytest.mark.slow
    def test_levels_by_the_thousand_are_told_by_others(self) -> None:
        """A level of low rank whose number's parity is another column."""
        rng = np.random.default_rng(0)
        level = rng.integers(0, LARGE + 88, 6_000)
        table = coded([levels(LARGE + 88), levels(2)], np.column_stack([level, level % 2]))
        drawn = fitted(table, epochs=30, lr=5e-3).sample(4_000, rng).codes
        assert (drawn[:, 0] % 2 == drawn[:, 1]).mean() > 0.9


class TestConditions:
    @pytest.mark.parametrize("most", [8192, 12, 0], ids=["all at once", "some at once", "one by one"])
    @pytest.mark.parametrize("allowed", [{1: [5]}, {0: [3], 1: [3, 5]}, {0: [0, 1], 1: [1, 2], 2: [1]}])
    def test_conditioned_rows_come_by_the_chance_of_each_among_free_ones(
        self, monkeypatch: pytest.MonkeyPatch, allowed: dict[int, list[int]], most: int
    ) -> None:
        """Against the product of an untrained network's own conditionals in the order of drawing, however many
        of the bound columns are summed over at once."""
        monkeypatch.setattr(bound, "_MOST_KINDS", most)
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

    def test_a_bin_is_bound_like_any_code(self, of_table: Autoregressive, table: Encoded) -> None:
        high = np.flatnonzero(EDGES[:-1] >= 7).astype(np.int32) + 2
        drawn = of_table.sample(2_000, np.random.default_rng(5), {2: high})
        assert np.isin(drawn.codes[:, 2], high).all()
        wanted = table.codes[np.isin(table.codes[:, 2], high)]
        assert (drawn.codes[:, 0] == 1).mean() == pytest.approx((wanted[:, 0] == 1).mean(), abs=0.03)

    def test_a_level_that_training_never_saw_is_obeyed_and_else_hardly_drawn(self) -> None:
        generator = fitted(
            coded([levels(4), levels(2)], np.column_stack([np.arange(900) % 3, np.arange(900) % 2]))
        )
        bound = generator.sample(50, np.random.default_rng(0), {0: np.array([3], np.int32)})
        assert (bound.codes[:, 0] == 3).all()
        assert (generator.sample(5_000, np.random.default_rng(0)).codes[:, 0] == 3).mean() < 0.01

    def test_a_condition_that_allows_nothing_binds_nothing(self, of_table: Autoregressive) -> None:
        assert len(of_table.sample(20, np.random.default_rng(0), {0: np.empty(0, np.int32)})) == 20


class TestFillingIn:
    @pytest.mark.slow
    def test_known_cells_stay_and_others_follow_them_by_bayes(self, of_ring: Autoregressive) -> None:
        """Each column in turn is asked for from the two others, beside the counts of a far larger table."""
        partial, large = ring(6_000, seed=5), ring(400_000, seed=6)
        for column in range(3):
            known = np.ones((6_000, 3), np.bool_)
            known[:, column] = False
            filled = of_ring.impute(partial, known, np.random.default_rng(0))
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

    def test_rows_may_lack_different_cells(self, of_table: Autoregressive) -> None:
        partial = make_table(3_000, 7)
        known = np.random.default_rng(0).random((3_000, 3)) < 0.5
        filled = of_table.impute(partial, known, np.random.default_rng(1))
        assert np.array_equal(filled.codes[known], partial.codes[known])
        assert np.array_equal(filled.residuals[known], partial.residuals[known])
        agree = (filled.codes[:, 0] == filled.codes[:, 1]).mean()
        assert agree == pytest.approx((partial.codes[:, 0] == partial.codes[:, 1]).mean(), abs=0.04)


def test_same_seed_same_rows_and_no_global_random_state(table: Encoded) -> None:
    torch.manual_seed(11)
    before, numpy_before = torch.get_rng_state(), np.random.get_state()[1].tolist()  # noqa: NPY002
    samples = []
    for seed in (0, 0, 1):
        generator = fitted(table, make_table(500, 2), seed, epochs=2)
        samples.append(generator.sample(300, np.random.default_rng(9)))
    assert samples[0].codes.tobytes() == samples[1].codes.tobytes()
    assert samples[0].residuals.tobytes() == samples[1].residuals.tobytes()
    assert not np.array_equal(samples[0].codes, samples[2].codes)
    assert torch.equal(before, torch.get_rng_state())
    assert numpy_before == np.random.get_state()[1].tolist()  # noqa: NPY002


class TestState:
    def test_a_restored_generator_draws_the_same_rows(self, of_table: Autoregressive, table: Encoded) -> None:
        twin = Autoregressive(Settings(device="cpu"))
        twin.restore(table.domain, of_table.state())
        a, b = (each.sample(200, np.random.default_rng(2)) for each in (of_table, twin))
        assert a.codes.tobytes() == b.codes.tobytes()
        assert a.residuals.tobytes() == b.residuals.tobytes()

    def test_it_does_not_grow_with_the_rows_and_its_facts_are_plain(
        self, of_table: Autoregressive, table: Encoded
    ) -> None:
        shapes = []
        for rows in (1_000, 4_000):
            state = fitted(table.take(np.arange(rows)), epochs=1).state()
            shapes.append({name: tensor.shape for name, tensor in state.tensors.items()})
            assert all(tensor.dtype == np.float32 for tensor in state.tensors.values())
        assert shapes[0] == shapes[1]
        facts = json.loads(json.dumps(of_table.state().facts, allow_nan=False))
        assert set(facts) == {"settings", "history", "device"}
        assert "checkpoint" not in facts["settings"]

    @pytest.mark.parametrize(
        "damage",
        [
            pytest.param(lambda tensors: tensors.pop("norm.bias"), id="one is missing"),
            pytest.param(lambda tensors: tensors.update(extra=np.zeros(3, np.float32)), id="one too many"),
            pytest.param(
                lambda tensors: tensors.update({"margins.0": np.zeros(4, np.float32)}), id="a shape"
            ),
            pytest.param(lambda tensors: tensors.update({"margins.0": np.zeros(3)}), id="a type"),
            pytest.param(
                lambda tensors: tensors.update({"margins.0": np.full(3, np.nan, np.float32)}), id="no number"
            ),
            pytest.param(lambda tensors: tensors.pop("blocks.1.first"), id="half a block"),
        ],
    )
    def test_damaged_arrays_are_refused(
        self, of_table: Autoregressive, table: Encoded, damage: Callable[[dict[str, Any]], object]
    ) -> None:
        state = of_table.state()
        tensors = dict(state.tensors)
        damage(tensors)
        with pytest.raises(ValueError):
            Autoregressive(Settings(device="cpu")).restore(table.domain, State(tensors, state.facts))

    def test_another_domain_or_width_is_refused(self, of_table: Autoregressive, table: Encoded) -> None:
        state, twin = of_table.state(), Autoregressive(Settings(device="cpu"))
        with pytest.raises(ValueError):
            twin.restore(ring(1).domain, state)
        settings = {**state.facts["settings"], "width": 2**40}
        with pytest.raises(ValueError):
            twin.restore(table.domain, State(state.tensors, {**state.facts, "settings": settings}))
        with pytest.raises(ValueError):
            twin.restore(table.domain, State(state.tensors, {}))


class TestResuming:
    @pytest.mark.parametrize("stop", [3, 4])
    def test_an_interrupted_training_resumes_to_the_same_model(
        self, table: Encoded, tmp_path: Path, stop: int
    ) -> None:
        development = make_table(500, 2)
        settings = {**QUICK, "epochs": 6, "checkpoint_every": 2, "checkpoint": tmp_path / "half.safetensors"}
        straight = fitted(table, development, epochs=6)

        def interrupt(event: Event) -> None:
            if event.stage == "training" and event.done == stop:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            make_generator("autoregressive", settings).fit(
                table, development, np.random.default_rng(0), interrupt
            )
        resumed = make_generator("autoregressive", {**settings, "resume": True})
        seen: list[int] = []
        resumed.fit(table, development, np.random.default_rng(0), lambda event: seen.append(event.done))
        assert seen[:2] == [0, 2 * (stop // 2) + 1]
        a, b = straight.state(), resumed.state()
        assert all(np.array_equal(a.tensors[name], b.tensors[name]) for name in a.tensors)
        assert a.facts["history"] == b.facts["history"]

    @pytest.mark.parametrize("change", ["table", "seed", "setting"])
    def test_a_checkpoint_of_another_training_is_refused(
        self, table: Encoded, tmp_path: Path, change: str
    ) -> None:
        settings = {"epochs": 1, "checkpoint": tmp_path / "half.safetensors", "resume": True}
        fitted(table, **settings)
        other = make_table(4_000, 3) if change == "table" else table
        with pytest.raises(ConfigError, match="another table, seed or setting"):
            fitted(other, seed=change == "seed", **settings, **({"lr": 0.1} if change == "setting" else {}))


# --- temperature


def tempered(generator: Autoregressive, table: Encoded, temperature: float) -> Autoregressive:
    state = generator.state()
    settings = {**state.facts["settings"], "temperature": temperature}
    warmer = make_generator("autoregressive", QUICK)
    warmer.restore(table.domain, State(state.tensors, {**state.facts, "settings": settings}))
    assert isinstance(warmer, Autoregressive)
    return warmer


@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_a_column_is_drawn_by_its_shares_to_the_power_of_one_over_the_temperature(
    table: Encoded, of_table: Autoregressive, temperature: float
) -> None:
    first = column_order(table.domain)[0]
    size = table.domain.axes[first].size
    free, warm = (
        np.bincount(each.sample(40_000, np.random.default_rng(3)).codes[:, first], minlength=size) / 40_000
        for each in (of_table, tempered(of_table, table, temperature))
    )
    expected = free ** (1 / temperature) / (free ** (1 / temperature)).sum()
    assert np.abs(warm - expected).max() < 0.015
    assert np.abs(warm - free).max() > 0.03


def test_conditions_hold_at_every_temperature(table: Encoded, of_table: Autoregressive) -> None:
    """As often as among free rows of that temperature, and the rest as among these."""
    warm = tempered(of_table, table, 2.0)
    free = warm.sample(60_000, np.random.default_rng(4))
    bound_rows = warm.sample(8_000, np.random.default_rng(5), {1: np.array([2], np.int32)})
    alike = free.take(free.codes[:, 1] == 2)
    assert (bound_rows.codes[:, 1] == 2).all()
    shares_free, shares_bound = (
        np.bincount(each.codes[:, 0], minlength=3) / len(each) for each in (alike, bound_rows)
    )
    assert np.abs(shares_free - shares_bound).max() < 0.03
