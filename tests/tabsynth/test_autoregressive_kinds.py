"""Rows that are alike, drawn together; the order of columns that keeps them alike for long."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch
from scipy import stats

from tabsynth.domain import Axis
from tabsynth.generators.autoregressive import drawing
from tabsynth.generators.autoregressive.cells import Cells
from tabsynth.generators.autoregressive.kinds import Children, Kinds
from tabsynth.generators.autoregressive.layout import Layout
from tabsynth.generators.autoregressive.network import Network, Tables
from tabsynth.generators.autoregressive.openness import column_order, fitting_width, log_shares
from tests.tabsynth.autoregressive_cases import EDGES, coded, levels, likelihoods, restored, ring, wild


class TestChildren:
    @pytest.mark.parametrize("alike", [0, 3, 7])
    def test_rows_of_one_kind_and_code_are_counted_and_those_inside_bins_stay_apart(self, alike: int) -> None:
        rng = np.random.default_rng(0)
        kind, codes = np.sort(rng.integers(0, 5, 300)), rng.integers(0, 7, 300)
        expected = Counter(zip(kind.tolist(), codes.tolist(), strict=True))
        children = Children.of(torch.from_numpy(kind), torch.from_numpy(codes), 7, alike)
        found: Counter[tuple[int, int]] = Counter()
        for parent, code, count in zip(children.parent, children.codes, children.count, strict=True):
            found[int(parent), int(code)] += int(count)
            assert count == (expected[int(parent), int(code)] if code < alike else 1)
        assert found == expected

    def test_no_rows_have_no_children(self) -> None:
        nothing = torch.zeros(0, dtype=torch.int64)
        assert len(Children.of(nothing, nothing, 4, 4).parent) == 0


class TestKinds:
    def test_blocks_are_even_and_keep_the_order(self) -> None:
        cells = Cells(torch.arange(10)[:, None], torch.zeros(10, 0))
        blocks = Kinds(cells, torch.arange(10), torch.zeros(10, 2)).blocks(4)
        assert [len(block) for block in blocks] == [4, 4, 2]
        assert torch.cat([block.cells.codes for block in blocks]).squeeze(1).tolist() == list(range(10))

    def test_each_kind_becomes_as_many_rows_as_it_counts(self) -> None:
        cells = Cells(torch.tensor([[5], [6], [7]]), torch.zeros(3, 0))
        kinds = Kinds(cells, torch.tensor([2, 0, 1]), torch.zeros(3, 2))
        assert kinds.rows().codes.squeeze(1).tolist() == [5, 5, 7]


class TestDraws:
    @pytest.mark.parametrize("most", [1, 3, 4096])
    def test_rows_come_by_their_chance_however_few_kinds_are_asked_for_at_once(
        self, monkeypatch: pytest.MonkeyPatch, most: int
    ) -> None:
        monkeypatch.setattr(drawing, "_IN_CACHE", most)
        every = coded(list(ring(1).domain.axes), list(product(range(5), range(6), range(2))))
        network = wild(Layout(every.domain))
        drawn = restored(network, every.domain).sample(3_000, np.random.default_rng(1))
        counts = np.bincount(drawn.codes @ [12, 2, 1], minlength=60)
        chances = likelihoods(network, every)
        expected = 3_000 * chances / chances.sum()
        often = expected >= 5
        pooled = [[*each[often], each[~often].sum()] for each in (counts, expected)]
        assert stats.chisquare(*pooled).pvalue > 1e-3
        # In random order: no code is more frequent among the first rows than among the last.
        halves = np.array([np.bincount(half[:, 0], minlength=5) for half in np.split(drawn.codes, 2)])
        assert stats.chi2_contingency(halves[:, halves.sum(axis=0) > 0]).pvalue > 1e-3

    def test_rows_at_a_spike_stay_alike_and_those_inside_bins_do_not(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[int] = []
        trunk = Network.trunk

        def counting(network: Network, row: torch.Tensor, tables: Tables) -> torch.Tensor:
            asked.append(len(row))
            return trunk(network, row, tables)

        monkeypatch.setattr(Network, "trunk", counting)
        spiky = Axis(2, EDGES, ordered=True, missing=True)
        domain = coded([spiky, spiky], [[0, 0]]).domain
        network = wild(Layout(domain))
        drawn = restored(network, domain).sample(2_000, np.random.default_rng(0)).codes
        first, _ = column_order(network.layout, network.margins)
        is_inside = drawn[:, first] >= spiky.plain
        assert 0 < is_inside.sum() < 2_000
        assert asked == [1, len(np.unique(drawn[~is_inside, first])) + is_inside.sum()]


class TestOrder:
    def test_codes_come_before_numbers_and_the_least_open_of_each_first(self) -> None:
        """Entropies worked out by hand: .69 and 1.39 nats for one of two and of four, 0 for a settled one; of the
        numbers the one that is mostly at a spike before the one that is mostly inside its bins."""
        spread, mostly_spike = Axis(0, EDGES), Axis(1, EDGES)
        axes = [spread, levels(4), mostly_spike, levels(2), levels(9)]
        domain = coded(axes, np.zeros((1, 5))).domain
        nearly = [np.array([0.99] + [0.01 / 16] * 16), np.array([1.0] + [0.0] * 8)]
        shares = [np.full(16, 1 / 16), np.full(4, 0.25), nearly[0], np.full(2, 0.5), nearly[1]]
        margins = [torch.from_numpy(np.log(np.maximum(each, 1e-30))) for each in shares]
        assert column_order(Layout(domain), margins) == [4, 3, 1, 2, 0]


class TestWidth:
    @pytest.mark.parametrize(("columns", "width"), [(1, 64), (20, 96), (46, 224), (60, 256)])
    def test_the_more_there_is_to_tell_the_wider_within_bounds(self, columns: int, width: int) -> None:
        """Each column has four codes, equally often: 1.386 nats of 3.5 units, in steps of 32 units."""
        codes = np.tile(np.arange(4)[:, None], columns)
        table = coded([levels(4)] * columns, codes)
        assert fitting_width(Layout(table.domain), log_shares(table)) == width

    def test_shares_are_of_persons_and_an_empty_code_has_a_little(self) -> None:
        """Three rows of one person and one of another, by hand: (1 + 1/3) / 3, the same, and (1/3) / 3."""
        table = replace(coded([levels(3)], [[0], [0], [0], [1]]), persons=np.array([0, 0, 0, 1]))
        assert log_shares(table)[0].exp().tolist() == pytest.approx([4 / 9, 4 / 9, 1 / 9])
