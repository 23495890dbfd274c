"""Trees at a temperature: chances to the power of its inverse in draws, conditions, likelihoods; facts stay."""

from __future__ import annotations

from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy import stats

from privacy import Column, ConfigError, Schema, silent
from tabsynth.artifact import Model
from tabsynth.domain import Axis, Domain, Encoded
from tabsynth.encode import Encoder
from tabsynth.generators import State, make_generator
from tabsynth.generators.tree import Tree
from tabsynth.generators.tree.checks import require_sound
from tabsynth.generators.tree.column import ColumnTree
from tabsynth.generators.tree.leaves import Leaves
from tabsynth.generators.tree.temperature import warmed
from tabsynth.sample import sample

SIZES = (5, 6, 3)


def coded(sizes: tuple[int, ...], codes: NDArray[np.int64]) -> Encoded:
    table = codes.astype(np.int32)
    axes = tuple(Axis(size, np.empty(0)) for size in sizes)
    return Encoded(Domain(axes), table, np.zeros(table.shape, np.float32))


def fitted(table: Encoded, **config: object) -> Tree:
    tree = make_generator("tree", config)
    assert isinstance(tree, Tree)
    tree.fit(table, table.take(np.arange(0)), np.random.default_rng(0), silent)
    return tree


@cache
def skewed() -> Encoded:
    """A skewed level, one that follows it loosely and never has its last code, and whether they agree, or 2."""
    rng = np.random.default_rng(0)
    first = rng.choice(5, 5000, p=[0.5, 0.25, 0.15, 0.08, 0.02])
    second = np.where(rng.random(5000) < 0.5, first, rng.integers(0, 5, 5000))
    third = np.where(rng.random(5000) < 0.9, first == second, rng.integers(0, 3, 5000))
    return coded(SIZES, np.column_stack([first, second, third]))


@cache
def many_levels() -> Encoded:
    """Three hundred levels, which share 24 classes, and their remainders."""
    rng = np.random.default_rng(2)
    level = np.minimum(rng.geometric(0.02, 20_000), 300) - 1
    remainder = np.where(rng.random(20_000) < 0.8, level % 12, rng.integers(0, 12, 20_000))
    return coded((12, 300), np.column_stack([remainder, level]))


def slow_chances(tree: ColumnTree, size: int) -> NDArray[np.float64]:
    """(nodes, codes) the chance of each code, every node and class written out."""
    leaves = tree.leaves
    nodes, classes = leaves.shares.shape
    inside = np.zeros((nodes, classes, size))
    for node, k in product(range(nodes), range(classes)):
        held = slice(leaves.starts[node * classes + k], leaves.starts[node * classes + k + 1])
        own = np.diff(leaves.reached[held], prepend=0)
        inside[node, k, leaves.codes[held]] = leaves.stay[node, k] * own / max(own.sum(), 1)
        if node:
            inside[node, k] += (1 - leaves.stay[node, k]) * inside[leaves.parent[node], k]
    return np.einsum("nk,nkc->nc", leaves.shares, inside)


def test_two_leaves_worked_out_by_hand() -> None:
    """A root of six and two people; each leaf holds the people of one code and half the time asks the root."""
    leaves = Leaves(
        np.array([0, -1, -1], np.int32),
        np.array([1, 0, 0], np.uint64),
        np.array([2, -1, -1], np.int32),
        np.array([-1, 0, 0], np.int32),
        np.ones((3, 1)),
        np.array([[1.0], [0.5], [0.5]]),
        np.array([0, 2, 3, 4]),
        np.array([0, 1, 0, 1], np.int32),
        np.array([6, 8, 6, 2]),
    )
    none = np.empty(0, np.int32)
    tree = ColumnTree(leaves, none, none.astype(np.int64), none.astype(np.uint8))
    assert slow_chances(tree, 2) * 8 == pytest.approx(np.array([[6, 2], [7, 1], [3, 5]]))
    cold = slow_chances(warmed(tree, 0.5), 2)
    assert cold == pytest.approx(np.array([[36 / 40, 4 / 40], [49 / 50, 1 / 50], [9 / 34, 25 / 34]]))
    warm = slow_chances(warmed(tree, 2), 2)
    assert warm[:, 0] / warm[:, 1] == pytest.approx(np.sqrt([3, 7, 3 / 5]))


@pytest.mark.parametrize("temperature", [0.1, 0.5, 0.9, 2.0, 10.0])
@pytest.mark.parametrize("table", [skewed(), many_levels()], ids=["few levels", "many levels"])
def test_every_leaf_draws_by_its_chances_to_the_power(table: Encoded, temperature: float) -> None:
    learnt = fitted(table, leaf=50)
    assert max(len(tree.leaves.parent) for tree in learnt._trees) > 9
    for tree, size in zip(learnt._trees, table.domain.sizes, strict=True):
        chance = slow_chances(tree, size)
        power = chance ** (1 / temperature)
        expected = power / power.sum(axis=1, keepdims=True)
        found = slow_chances(warmed(tree, temperature), size)
        assert np.abs(found - expected).max() < 1e-9
        often = expected > 1e-6
        assert found[often] == pytest.approx(expected[often], rel=1e-4)
        assert np.array_equal(found > 0, chance > 0), "all that was possible is, and nothing else"


@pytest.mark.parametrize("temperature", [0.1, 10.0])
def test_a_warmed_tree_is_as_sound_and_as_small_as_the_learnt_one(temperature: float) -> None:
    rng = np.random.default_rng(1)
    level = rng.integers(0, 10_000, 30_000)
    tree = fitted(coded((3, 10_000), np.column_stack([level % 3, level])), temperature=temperature)
    require_sound(tree._drawing, tree._order, tree._grown())
    for learnt, drawing in zip(tree._trees, tree._drawing, strict=True):
        assert drawing.leaves.codes is learnt.leaves.codes
        assert drawing.leaves.reached.shape == learnt.leaves.reached.shape
        for code in learnt.leaves.codes[:20]:
            assert (drawing.given(np.array([code], np.int32))[1] > 0).all()


def test_at_one_the_trees_draw_as_they_have_learnt() -> None:
    tree = fitted(skewed(), temperature=1.0)
    assert all(drawing is learnt for drawing, learnt in zip(tree._drawing, tree._trees, strict=True))
    assert Tree.Config().temperature == 1


@pytest.mark.parametrize("temperature", [0.5, 2.0])
class TestDraws:
    def test_the_first_column_is_drawn_by_its_shares_to_the_power(self, temperature: float) -> None:
        tree = fitted(skewed(), temperature=temperature)
        first = int(tree._order[0])
        shares = np.bincount(skewed().codes[:, first], minlength=SIZES[first]) / len(skewed())
        power = shares ** (1 / temperature)
        drawn = tree.sample(60_000, np.random.default_rng(1)).codes[:, first]
        counts = np.bincount(drawn, minlength=SIZES[first])
        assert stats.chisquare(counts, 60_000 * power / power.sum()).pvalue > 1e-3
        assert np.abs(counts / 60_000 - shares).max() > 0.05

    def test_rows_are_drawn_as_often_as_their_likelihood_says(self, temperature: float) -> None:
        tree = fitted(skewed(), leaf=50, temperature=temperature)
        every_row = coded(SIZES, np.array(list(product(*map(range, SIZES)))))
        chance = np.exp(-tree.surprise(every_row))
        assert chance.sum() == pytest.approx(1)
        assert np.array_equal(chance == 0, every_row.codes[:, 1] == 5)
        drawn = tree.sample(60_000, np.random.default_rng(2)).codes
        counts = np.bincount(drawn @ [18, 3, 1], minlength=90)
        assert not counts[chance == 0].any()
        counted_as = np.where(60_000 * chance < 5, 0, np.arange(90))
        found, expected = (np.bincount(counted_as, each, 90) for each in (counts, 60_000 * chance))
        assert stats.chisquare(found[expected > 0], expected[expected > 0]).pvalue > 1e-3

    def test_rows_are_more_various_above_one_and_more_alike_below(self, temperature: float) -> None:
        def entropy(tree: Tree) -> float:
            drawn = tree.sample(20_000, np.random.default_rng(3)).codes
            return float(stats.entropy(np.bincount(drawn @ [18, 3, 1])))

        changed = entropy(fitted(skewed(), temperature=temperature)) - entropy(fitted(skewed()))
        assert changed > 0.2 if temperature > 1 else changed < -0.2

    @pytest.mark.parametrize("allowed", [{0: [1, 2]}, {1: [4]}, {0: [3], 1: [3, 4]}, {0: [0], 2: [1, 2]}])
    def test_conditioned_rows_are_free_rows_of_that_temperature(
        self, temperature: float, allowed: dict[int, list[int]]
    ) -> None:
        tree = fitted(skewed(), leaf=50, temperature=temperature)
        given = {column: np.array(codes, np.int32) for column, codes in allowed.items()}
        free = tree.sample(200_000, np.random.default_rng(4)).codes
        meets = np.all([np.isin(free[:, column], codes) for column, codes in allowed.items()], axis=0)
        rows = tree.sample(4000, np.random.default_rng(5), given).codes
        assert all(np.isin(rows[:, column], codes).all() for column, codes in allowed.items())
        cells = np.stack([np.bincount(each @ [18, 3, 1], minlength=90) for each in (free[meets], rows)])
        often = cells.sum(axis=0) > 20
        kept = np.column_stack([cells[:, often], cells[:, ~often].sum(axis=1) + 1])
        assert stats.chi2_contingency(kept).pvalue > 1e-3
        tries = tree.under(given)
        succeeded = len(tries.attempt(100_000, np.random.default_rng(6))) / 100_000
        assert succeeded * tries.reach == pytest.approx(meets.mean(), rel=0.05)


class TestFacts:
    """A town settles its county, with never a doubt at any temperature, but the town itself is drawn warmly."""

    @pytest.fixture
    def towns(self) -> Encoded:
        rng = np.random.default_rng(0)
        town = rng.choice(50, 8000, p=np.linspace(1, 0.05, 50) / np.linspace(1, 0.05, 50).sum())
        return coded((50, 7, 3), np.column_stack([town, town * 3 % 7, rng.integers(0, 3, 8000)]))

    @pytest.mark.parametrize("is_restored", [False, True])
    def test_a_settled_column_is_not_warmed(self, towns: Encoded, is_restored: bool) -> None:
        tree = fitted(towns, temperature=5.0)
        if is_restored:
            again = Tree(tree.config)
            again.restore(towns.domain, tree.state())
            tree = again
        assert [a is b for a, b in zip(tree._drawing, tree._trees, strict=True)] == [False, True, False]
        drawn = tree.sample(20_000, np.random.default_rng(1)).codes
        assert (drawn[:, 0] * 3 % 7 == drawn[:, 1]).mean() > 0.999
        counts = [np.bincount(codes[:, 0]).std() / len(codes) for codes in (towns.codes, drawn)]
        assert counts[1] < counts[0] / 3

    @pytest.mark.parametrize("wrong", [np.zeros(2, bool), np.zeros(3, np.int64), np.zeros((3, 1), bool)])
    def test_facts_that_do_not_fit_are_refused(self, towns: Encoded, wrong: NDArray[np.bool_]) -> None:
        tree = fitted(towns)
        with pytest.raises(ValueError, match="settled columns"):
            tree.restore(towns.domain, State({**tree.state().tensors, "settled": wrong}))


def test_a_model_file_keeps_the_temperature_and_the_trees_as_learnt(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {"job": rng.choice(["a", "b", "c"], 2000, p=[0.7, 0.2, 0.1]), "age": rng.random(2000)}
    )
    schema = Schema(columns=(Column(name="job", kind="categorical"), Column(name="age", kind="numeric")))
    encoder = Encoder.fit(table, schema, np.arange(2000))
    coded_table = encoder.encode(table)
    warm, plain = fitted(coded_table, temperature=2.0), fitted(coded_table)
    saved = Model(schema, encoder, warm)
    saved.save(tmp_path / "warm.model")
    loaded = Model.load(tmp_path / "warm.model")
    assert loaded.settings["temperature"] == 2
    seeds = np.random.SeedSequence(1)
    pd.testing.assert_frame_equal(sample(loaded, 500, seeds), sample(saved, 500, seeds))
    tensors = loaded.generator.state().tensors
    assert all(np.array_equal(tensor, tensors[name]) for name, tensor in plain.state().tensors.items())
    common = (sample(loaded, 5000, seeds)["job"] == "a").mean()
    odds = np.sqrt(table["job"].value_counts(normalize=True))
    assert common == pytest.approx(odds["a"] / odds.sum(), abs=0.03)


@pytest.mark.parametrize("wrong", [0, -1, 0.09, 10.1, float("nan"), float("inf"), "hot", None])
def test_other_temperatures_are_refused_in_one_line(wrong: object) -> None:
    with pytest.raises(ConfigError, match="temperature") as refusal:
        make_generator("tree", {"temperature": wrong})
    assert "\n" not in str(refusal.value)
