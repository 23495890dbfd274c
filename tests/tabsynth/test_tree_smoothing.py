"""Smoothing in trees: nothing is drawn more or less often in all, against a slow reference; left-out rows too."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray

from privacy import silent
from tabsynth.domain import Axis, Domain, Encoded
from tabsynth.generators import make_generator
from tabsynth.generators.tree import Tree
from tabsynth.generators.tree.pruning import LEANS
from tabsynth.generators.tree.smoothing import Smoothing, leaning, smoothed
from tabsynth.generators.tree.tally import Tally, tally

PARENT = np.array([-1, 0, 1, 1, 0], np.int32)
"""The root, a node that is divided again, its two leaves, and a leaf beside it."""

GROUP_OF = np.array([0, 0, 0, 1, 1, 1, 1])
LEAVES = (2, 3, 4)


def held(seed: int, rows: int = 90) -> Tally:
    """Rows of seven items in two groups: a few of them in the first leaf, which has items of its own."""
    rng = np.random.default_rng(seed)
    items = rng.choice(7, rows, p=[0.3, 0.1, 0.05, 0.35, 0.1, 0.08, 0.02])
    few, more = rows // 10, rows // 3
    items[: few // 2] = 2
    start, stop = np.array([0, 0, 0, few, more]), np.array([rows, more, few, more, rows])
    return tally(items, GROUP_OF, start, stop, PARENT)


def of_node(found: Tally, values: NDArray[np.float64], node: int) -> NDArray[np.float64]:
    """(7,) what one node has of each item."""
    spread = np.zeros(len(GROUP_OF))
    span = slice(found.starts[2 * node], found.starts[2 * node + 2])
    spread[found.items[span]] = values[span]
    return spread


def chances(found: Tally, smoothing: Smoothing, node: int) -> NDArray[np.float64]:
    """(7,) the chance of each item in its group, worked out node by node."""
    given_here = of_node(found, smoothing.given, node)
    whole = np.bincount(GROUP_OF, given_here)[GROUP_OF]
    own = np.divide(given_here, whole, out=np.zeros(7), where=whole > 0)
    if not node:
        return own
    stay = smoothing.stay[node][GROUP_OF]
    found_above: NDArray[np.float64] = stay * own + (1 - stay) * chances(found, smoothing, int(PARENT[node]))
    return found_above


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(LEANS), st.integers(10, 400))
def test_whatever_a_leaf_leans_everything_is_drawn_as_often_as_people_have_it(
    seed: int, lean: float, rows: int
) -> None:
    found = held(seed, rows)
    _, smoothing = leaning(found, lean)
    drawn = sum(found.rows[leaf][GROUP_OF] * chances(found, smoothing, leaf) for leaf in LEAVES)
    assert drawn == pytest.approx(of_node(found, found.counts.astype(float), 0))


@pytest.mark.parametrize("lean", LEANS[1:8:2])
def test_left_out_likelihood_is_that_of_leaving_rows_out(lean: float) -> None:
    """One row less in its leaf, given up as far as before; at the root one row more, spread over its items."""
    found = held(1)
    score, smoothing = leaning(found, lean)
    total = 0.0
    for leaf in LEAVES:
        counts = of_node(found, found.counts.astype(float), leaf)
        for item in np.flatnonzero(counts):
            group, one = GROUP_OF[item], np.eye(7)[item]
            given_up = {node: of_node(found, smoothing.given, node) for node in range(5)}
            given_up[leaf] = counts - one
            node, share = leaf, one
            while node:
                share = share * (1 - smoothing.stay[node, group])
                node = int(PARENT[node])
                given_up[node] = given_up[node] - share
            inside = group == GROUP_OF
            known = inside & (of_node(found, found.counts.astype(float), 0) > 0)
            chance = (given_up[0][item] + 1 / known.sum()) / (given_up[0][inside].sum() + 1)
            for node in (1, leaf) if PARENT[leaf] == 1 else (leaf,):
                whole = given_up[node][inside].sum()
                stay = whole / (whole + lean) if node == leaf else smoothing.stay[node, group]
                chance = (1 - stay) * chance + (stay * given_up[node][item] / whole if whole else 0)
            total += counts[item] * np.log(chance)
    assert score == pytest.approx(total)


def test_the_lean_is_the_one_that_foretells_best() -> None:
    found = held(3, 300)
    best = max(LEANS, key=lambda lean: leaning(found, lean)[0])
    assert np.array_equal(smoothed(found).stay, leaning(found, best)[1].stay)


def test_rare_codes_that_few_people_of_a_kind_have_are_not_lost() -> None:
    """One in fifty is of a kind that has codes of its own, by chance, as nobody else has. Of the rare codes, drawn
    from what all people have, one in eleven was lost."""
    rng = np.random.default_rng(0)
    kind = rng.choice(3, 20_000, p=[0.6, 0.38, 0.02])
    code = np.where(
        (kind == 2) & (rng.random(20_000) < 0.5), rng.integers(20, 40, 20_000), rng.integers(0, 20, 20_000)
    )
    codes = np.column_stack([kind, code]).astype(np.int32)
    table = Encoded(
        Domain((Axis(3, np.empty(0)), Axis(40, np.empty(0)))), codes, np.zeros(codes.shape, np.float32)
    )
    tree = make_generator("tree", {"leaf": 50})
    assert isinstance(tree, Tree)
    tree.fit(table, table.take(np.arange(0)), np.random.default_rng(1), silent)
    drawn = tree.sample(400_000, np.random.default_rng(2)).codes[:, 1]
    assert (drawn >= 20).mean() == pytest.approx((code >= 20).mean(), rel=0.03)
