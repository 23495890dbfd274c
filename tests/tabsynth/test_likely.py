"""What a generator says of its rows: chances that sum to one and are those with which it draws."""

from itertools import product

import numpy as np
import pytest

from privacy import silent
from tabsynth.domain import Axis, Domain, Encoded
from tabsynth.generators import make_generator
from tabsynth.generators.likely import Likely

ENGINES = {
    "tree": {"leaf": 20},
    "autoregressive": {"epochs": 3, "width": 16, "blocks": 1, "batch_size": 64, "temperature": 1.3},
}
SIZES = (3, 4, 2)


def table_of(codes: np.ndarray, axes: list[Axis], residuals: np.ndarray | None = None) -> Encoded:
    codes = np.asarray(codes, np.int32)
    places = np.zeros(codes.shape, np.float32) if residuals is None else residuals.astype(np.float32)
    return Encoded(Domain(tuple(axes)), codes, places)


def levels() -> list[Axis]:
    return [Axis(size, np.empty(0), ordered=False) for size in SIZES]


def loose(rows: int) -> Encoded:
    """Three columns that hang together; the second never has its last code."""
    rng = np.random.default_rng(3)
    first = rng.integers(0, 3, rows)
    second = np.where(rng.random(rows) < 0.6, first, rng.integers(0, 3, rows))
    third = (rng.random(rows) < 0.2 + 0.3 * (first == second)).astype(int)
    return table_of(np.column_stack([first, second, third]), levels())


def learnt(engine: str, table: Encoded) -> Likely:
    generator = make_generator(engine, ENGINES[engine])
    generator.fit(table, table.take(np.arange(0)), np.random.default_rng(0), silent)
    assert isinstance(generator, Likely)
    return generator


def every_row() -> Encoded:
    return table_of(np.array(list(product(*map(range, SIZES)))), levels())


@pytest.mark.parametrize("engine", ENGINES)
def test_the_chances_of_all_rows_sum_to_one(engine):
    chance = np.exp(-learnt(engine, loose(2000)).surprise(every_row()))
    assert chance.sum() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("engine", ENGINES)
def test_rows_are_drawn_as_often_as_it_says(engine):
    generator = learnt(engine, loose(2000))
    drawn = generator.sample(60_000, np.random.default_rng(1))
    weights = np.array([SIZES[1] * SIZES[2], SIZES[2], 1])
    counts = np.bincount(drawn.codes @ weights, minlength=np.prod(SIZES))
    expected = 60_000 * np.exp(-generator.surprise(every_row()))
    is_possible = expected > 0
    assert not counts[~is_possible].any()
    off = (counts - expected)[is_possible] / np.sqrt(expected[is_possible])
    assert (off**2).sum() < 60, "chi square of 17 to 23 degrees of freedom: one in 50,000 is beyond 60"


def test_what_trees_never_draw_surprises_them_without_end():
    table = every_row()
    surprise = learnt("tree", loose(2000)).surprise(table)
    assert np.array_equal(np.isinf(surprise), table.codes[:, 1] == 3)


@pytest.mark.parametrize("engine", ENGINES)
def test_places_inside_a_bin_have_a_density_of_one_on_average(engine):
    """One number in four bins, people crowded in the lower half of each: over all places chances sum to one."""
    rng = np.random.default_rng(5)
    axis = Axis(0, np.linspace(0, 1, 5), ordered=True)
    crowded = table_of(rng.integers(0, 4, (3000, 1)), [axis], rng.random((3000, 1)) / 2)
    generator = learnt(engine, crowded)
    codes = np.repeat(np.arange(4), 8)[:, None]
    middles = np.tile((np.arange(8) + 0.5) / 8, 4)[:, None]
    chance = np.exp(-generator.surprise(table_of(codes, [axis], middles)))
    assert chance.sum() / 8 == pytest.approx(1, abs=1e-5)
    if engine == "autoregressive":
        lower = middles.ravel() < 0.5
        assert chance[lower].sum() > chance[~lower].sum(), "the network knows where in a bin people are"


@pytest.mark.parametrize("engine", ENGINES)
def test_no_row_no_surprise(engine):
    table = loose(500)
    assert learnt(engine, table).surprise(table.take(np.arange(0))).shape == (0,)
