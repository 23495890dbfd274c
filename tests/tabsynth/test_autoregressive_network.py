"""The any-order network untrained: what enters it, what it says, and that the chances of all rows are one."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch
from scipy import stats

from tabsynth.domain import Axis, Domain
from tabsynth.generators.autoregressive.cells import Cells
from tabsynth.generators.autoregressive.layout import LARGE, Layout
from tabsynth.generators.autoregressive.likelihood import set_margins
from tests.tabsynth.autoregressive_cases import (
    EDGES,
    NO_EDGES,
    coded,
    levels,
    likelihoods,
    make_table,
    restored,
    ring,
    wild,
)


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
