"""The trees: splits and smoothing against slow references, leaves of many people, exact conditions."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray
from scipy import stats

from privacy import silent
from tabsynth.domain import Axis, Domain, Encoded
from tabsynth.generators import make_generator
from tabsynth.generators.tree import Tree
from tabsynth.generators.tree.grow import grow
from tabsynth.generators.tree.order import column_order
from tabsynth.generators.tree.pruning import LEANS, left_out
from tabsynth.generators.tree.rules import settled_columns
from tabsynth.groups import groups_by_mass, groups_by_target

NO_EDGES = np.empty(0)


def levels(size: int, ordered: bool = False) -> Axis:
    return Axis(size, NO_EDGES, ordered=ordered)


def coded(axes: list[Axis], codes: object, persons: NDArray[np.int64] | None = None) -> Encoded:
    table = np.asarray(codes, np.int32)
    return Encoded(Domain(tuple(axes)), table, np.zeros(table.shape, np.float32), persons)


def fitted(table: Encoded, **config: object) -> Tree:
    tree = make_generator("tree", config)
    assert isinstance(tree, Tree)
    tree.fit(table, table.take(np.arange(0)), np.random.default_rng(0), silent)
    return tree


def ring(rows: int, seed: int = 0) -> Encoded:
    """Three columns: a level, one that follows it loosely, and one that tells whether the two agree."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 5, rows)
    second = np.where(rng.random(rows) < 0.5, first, rng.integers(0, 6, rows))
    third = np.where(rng.random(rows) < 0.9, first == second, rng.random(rows) < 0.5)
    return coded([levels(5), levels(6), levels(2)], np.column_stack([first, second, third]))


def log_likelihood(classes: NDArray[np.int64]) -> float:
    counts = np.bincount(classes)
    counts = counts[counts > 0]
    return float((counts * np.log(counts / counts.sum())).sum())


class TestGrowing:
    @settings(max_examples=30, deadline=None)
    @given(st.integers(0, 2**32), st.booleans(), st.integers(1, 12))
    def test_the_first_split_is_the_best_of_all_for_two_classes(
        self, seed: int, ordered: bool, least: int
    ) -> None:
        rng = np.random.default_rng(seed)
        groups = rng.integers(0, 5, (2, 60)).astype(np.uint8)
        classes = ((groups[0] % 2 + rng.integers(0, 2, 60)) % 2).astype(np.uint8)
        tree = grow(groups, np.array([ordered] * 2), classes, np.ones(60, np.float32), float(least), 0.0)
        best = 0.0
        for column in groups:
            for size in range(1, 5):
                for left in combinations(range(5), size):
                    inside = np.isin(column, left)
                    if ordered and left != tuple(range(size)):
                        continue
                    if min(inside.sum(), (~inside).sum()) >= least:
                        gain = log_likelihood(classes[inside]) + log_likelihood(classes[~inside])
                        best = max(best, gain - log_likelihood(classes))
        if tree.left[0] < 0:
            assert best == pytest.approx(0, abs=1e-9)
        else:
            left, right = (classes[tree.rows[tree.start[at] : tree.stop[at]]] for at in (1, 2))
            found = log_likelihood(left) + log_likelihood(right) - log_likelihood(classes)
            assert found == pytest.approx(best, abs=1e-9)

    def test_rows_are_where_the_splits_send_them(self) -> None:
        rng = np.random.default_rng(0)
        groups = rng.integers(0, 64, (3, 2000)).astype(np.uint8)
        classes = (groups.sum(axis=0) % 5).astype(np.uint8)
        tree = grow(groups, np.array([True, False, True]), classes, np.ones(2000, np.float32), 30.0, 0.0)
        assert (np.sort(tree.rows) == np.arange(2000)).all()
        inner = np.flatnonzero(tree.left >= 0)
        assert len(inner) > 5
        for node in inner:
            inside = groups[tree.feature[node], tree.rows[tree.start[node] : tree.stop[node]]]
            left = (int(tree.goes_left[node]) >> inside.astype(object)) & 1
            assert left.sum() == tree.stop[tree.left[node]] - tree.start[tree.left[node]]

    def test_many_rows_of_one_person_are_one_person(self) -> None:
        """Fifty people, one of whom has a thousand rows: no leaf rests on that one alone."""
        people = np.concatenate([np.arange(50), np.zeros(1000, np.int64)])
        target = np.where(people == 0, 2, np.arange(1050) % 2)
        codes = np.column_stack([people == 0, target])
        table = coded([levels(2), levels(3)], codes, people)
        assert table.person_weights().sum() == pytest.approx(50)
        nodes = [
            [len(tree.leaves.parent) for tree in fitted(each, leaf=20)._trees]
            for each in (table, replace(table, persons=None))
        ]
        assert nodes == [[1, 1], [1, 3]]


@pytest.mark.parametrize("leaf", [20, 100])
def test_every_leaf_holds_as_many_people_as_asked(leaf: int) -> None:
    table = ring(3000)
    for tree in fitted(table, leaf=leaf)._trees:
        reached = np.bincount(tree.leaf_of(table.codes))
        assert reached[reached > 0].min() >= leaf


class TestLeaves:
    def test_left_out_likelihood_is_that_of_leaving_rows_out(self) -> None:
        """Each row taken out of its leaf and of the root, the shares smoothed anew, its class looked up."""
        classes = np.array([[6, 3, 2], [5, 1, 0], [1, 2, 2]])
        parent, left = np.array([-1, 0, 0], np.int32), np.array([1, -1, -1], np.int32)
        for lean in LEANS[2:5]:
            total = 0.0
            for leaf in (1, 2):
                for k in range(3):
                    one = np.eye(3)[k]
                    root = (classes[0] - one + lean / 3) / (10 + lean)
                    own = (classes[leaf] - one + lean * root) / (classes[leaf].sum() - 1 + lean)
                    total += classes[leaf, k] * np.log(own[k]) if classes[leaf, k] else 0.0
            alone = sum(
                classes[0, k] * np.log((classes[0, k] - 1 + lean / 3) / (10 + lean)) for k in range(3)
            )
            score, divided = left_out(classes, parent, left, lean)
            assert score == pytest.approx(max(total, alone))
            assert divided[0] == (total > alone)

    def test_noise_is_cut_away(self) -> None:
        rng = np.random.default_rng(1)
        table = coded([levels(4), levels(9), levels(12)], rng.integers(0, 4, (4000, 3)))
        assert sum(len(tree.leaves.parent) for tree in fitted(table, leaf=20)._trees) <= 9

    def test_every_code_of_the_root_can_be_drawn_everywhere(self) -> None:
        """A leaf leans on what is above it, so nobody's code is ever ruled out by who is in the leaf."""
        tree = fitted(ring(2000), leaf=50)._trees[1]
        for code in range(6):
            _, chance = tree.given(np.array([code], np.int32))
            assert (chance > 0).all()

    def test_codes_of_one_class_share_it(self) -> None:
        """Three hundred levels in 24 classes: the rare ones are drawn as often as they are there."""
        rng = np.random.default_rng(2)
        codes = np.minimum(rng.geometric(0.02, 20_000), 300) - 1
        axis = levels(300)
        assert groups_by_mass(axis, codes.astype(np.int32), 24).max() == 23
        table = coded([levels(2), axis], np.column_stack([codes % 2, codes]))
        drawn = fitted(table).sample(20_000, rng).codes
        counts = np.bincount(codes, minlength=300), np.bincount(drawn[:, 1], minlength=300)
        # Two samples of one law over these levels are .04 apart.
        assert np.abs(counts[0] - counts[1]).sum() / 40_000 < 0.045
        assert (drawn[:, 1] % 2 == drawn[:, 0]).mean() > 0.9


class TestDrawing:
    def test_shares_are_those_of_the_table_with_the_noise_of_draws(self) -> None:
        """Counts that came out exactly would tell one person's part in a leaf."""
        table = ring(4096)
        tree = fitted(table)
        counts = [
            np.bincount(tree.sample(4096, np.random.default_rng(seed)).codes[:, 2], minlength=2)[0]
            for seed in range(60)
        ]
        share = (table.codes[:, 2] == 0).mean()
        assert np.mean(counts) == pytest.approx(4096 * share, abs=15)
        assert 0.7 < np.std(counts) / np.sqrt(4096 * share * (1 - share)) < 1.4

    def test_dependence_is_that_of_the_table(self) -> None:
        table = ring(20_000)
        drawn = fitted(table).sample(20_000, np.random.default_rng(1))
        joint = [np.bincount(each.codes @ [12, 2, 1], minlength=60) / 20_000 for each in (table, drawn)]
        assert 0.5 * np.abs(joint[0] - joint[1]).sum() < 0.02

    def test_what_cannot_succeed_is_not_drawn_to_the_end(self) -> None:
        """Only the bound column and those that decide on it are drawn before a try may fail."""
        table = ring(5000)
        tree = fitted(table, leaf=50)
        order = tree.state().tensors["order"].tolist()
        for place, column in enumerate(order):
            bound = tree.under({column: np.array([0], np.int32)})
            assert bound.first[-1] == column
            assert set(bound.first) <= set(order[: place + 1])
            assert sorted([*bound.first, *bound.rest]) == sorted(order)
            asked = set(tree._trees[column].asked.tolist())
            assert asked <= set(bound.first.tolist())

    def test_the_bound_on_a_condition_heeds_what_the_other_columns_allow(self) -> None:
        """With both columns bound only one leaf is left to either, and the bound is the share of such people."""
        rng = np.random.default_rng(0)
        level = rng.integers(0, 4, 6000)
        yes = rng.random(6000) < np.where(level == 0, 0.95, 0.05)
        tree = fitted(coded([levels(4), levels(2)], np.column_stack([level, yes])), leaf=50)
        for code in range(4):
            both = tree.under({0: np.array([code], np.int32), 1: np.array([1], np.int32)})
            assert both.reach == pytest.approx(((level == code) & yes).mean(), rel=0.1)

    @pytest.mark.parametrize(
        "allowed", [{0: [1, 2]}, {1: [5]}, {2: [1]}, {0: [3], 1: [3, 5]}, {0: [0], 1: [1], 2: [1]}]
    )
    def test_conditioned_rows_are_free_rows_that_meet_the_condition(
        self, allowed: dict[int, list[int]]
    ) -> None:
        tree = fitted(ring(5000), leaf=50)
        free = tree.sample(120_000, np.random.default_rng(1)).codes
        for column, codes in allowed.items():
            free = free[np.isin(free[:, column], codes)]
        given_codes = {column: np.array(codes, np.int32) for column, codes in allowed.items()}
        bound = tree.sample(4000, np.random.default_rng(2), given_codes).codes
        for column, codes in allowed.items():
            assert np.isin(bound[:, column], codes).all()
        cells = [np.bincount(each @ [12, 2, 1], minlength=60) for each in (free, bound)]
        met = cells[0] > 0
        assert cells[1][~met].sum() <= 8
        assert stats.chi2_contingency(np.stack(cells)[:, met] + 1e-9).pvalue > 1e-3

    def test_a_condition_that_nobody_meets_binds_nothing(self) -> None:
        table = coded([levels(3), levels(2)], np.column_stack([np.arange(300) % 2, np.arange(300) % 2]))
        drawn = fitted(table).sample(50, np.random.default_rng(0), {0: np.array([2], np.int32)})
        assert len(drawn) == 50


class TestRules:
    @pytest.mark.parametrize(("towns", "counties"), [(8, 8), (60, 60), (50, 7)])
    def test_a_settled_column_is_hardly_ever_broken_not_even_for_rare_levels(
        self, towns: int, counties: int
    ) -> None:
        rng = np.random.default_rng(0)
        town = rng.choice(towns, 8000, p=np.linspace(1, 0.05, towns) / np.linspace(1, 0.05, towns).sum())
        county = (town * 3) % counties
        other = rng.integers(0, 3, 8000)
        table = coded(
            [levels(towns), levels(counties, ordered=True), levels(3)], np.column_stack([town, county, other])
        )
        assert settled_columns(table, 64) == {1: 0}
        drawn = fitted(table).sample(20_000, rng).codes
        assert ((drawn[:, 0] * 3) % counties == drawn[:, 1]).mean() > 0.999
        assert len(np.unique(drawn[:, 0])) == towns

    def test_what_a_few_people_share_is_no_rule(self) -> None:
        """Sixty-three of a hundred have the same code: that three people of a level all have it means nothing."""
        level = np.repeat([0, 1, 2], [60, 37, 3])
        rare = np.repeat([0, 1, 0], [60, 37, 3])
        for times, settled in ((1, {}), (5, {1: 0})):
            codes = np.repeat(np.column_stack([level, rare]), times, axis=0)
            assert settled_columns(coded([levels(3), levels(2)], codes), 64) == settled

    def test_rows_of_one_person_make_no_rule(self) -> None:
        level, target = np.repeat([0, 1], 500), np.repeat([0, 1], 500)
        people = np.concatenate([np.arange(500), np.full(500, 999)])
        table = coded([levels(2), levels(2)], np.column_stack([level, target]), people)
        assert settled_columns(table, 64) == {}
        assert settled_columns(replace(table, persons=None), 64) == {1: 0}

    @pytest.mark.parametrize(("breaches", "settled"), [(9, {1: 0}), (10, {})])
    def test_a_few_who_break_it_do_not_end_a_rule(self, breaches: int, settled: dict[int, int]) -> None:
        level = np.arange(3000) % 4
        target = level.copy()
        target[:breaches] = (level[:breaches] + 1) % 4
        assert settled_columns(coded([levels(4), levels(4)], np.column_stack([level, target])), 64) == settled

    def test_two_columns_do_not_wait_for_each_other(self) -> None:
        level = np.arange(3000) % 5
        table = coded([levels(5)] * 3, np.column_stack([level, (level + 1) % 5, (level + 2) % 5]))
        settled = settled_columns(table, 64)
        assert sorted(column_order(table, settled).tolist()) == [0, 1, 2]
        assert len(settled) == 2


@pytest.mark.parametrize("most", [64, 3])
def test_a_spike_is_grouped_where_it_stands_among_the_bins(most: int) -> None:
    axis = Axis(2, np.linspace(0, 3, 4), ordered=True, bins_below=np.array([0, 2]))
    codes = np.repeat(np.arange(5, dtype=np.int32), 100)
    groups = groups_by_target(axis, codes, np.zeros(len(codes), np.uint8), most)
    assert (np.diff(groups[axis.line].astype(int)) >= 0).all()
    assert np.array_equal(groups, groups_by_mass(axis, codes, most))
    assert len(np.unique(groups)) == min(most, 5)


def test_groups_of_an_ordered_axis_keep_its_order_and_frequent_codes_stand_alone() -> None:
    codes = np.concatenate([np.full(5000, 200), np.arange(400), np.arange(400)]).astype(np.int32)
    groups = groups_by_target(levels(400, ordered=True), codes, np.zeros(len(codes), np.uint8), 64)
    assert (np.diff(groups.astype(int)) >= 0).all() and groups.max() < 64
    assert (groups == groups[200]).sum() == 1


def test_groups_of_an_unordered_axis_hold_levels_with_like_targets() -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 300, 60_000).astype(np.int32)
    target = (rng.random(60_000) < np.where(codes % 2, 0.9, 0.1)).astype(np.uint8)
    groups = groups_by_target(levels(300), codes, target, 64).astype(int)
    odd = np.arange(300) % 2 == 1
    assert groups[odd].min() >= groups[~odd].max()
