"""What every generator with exact conditions promises: rows like free ones that meet them, and a known factor."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from privacy import silent
from tabsynth.asked.tries import OneOfBoxes, inside, tries_within
from tabsynth.domain import Axis, Domain, Encoded
from tabsynth.generators import Generator, Given, generator_class, generator_names, make_generator
from tabsynth.generators.conditional import Conditional

EXACT = [name for name in ("autoregressive", "copula", "tree") if name in generator_names()]
SETTINGS = {
    "autoregressive": {"epochs": 10, "batch_size": 250, "width": 32, "average": 0.9, "device": "cpu"},
    "copula": {"rounds": 4, "draws": 4000},
    "tree": {"leaf": 20},
}
LENDS = ("autoregressive",)
"""Those that lend codes that nobody had one row together."""
FREE_ROWS = 200_000

GIVEN: dict[str, Given] = {
    "one level": {0: np.array([1], np.int32)},
    "some bins": {2: np.arange(2, 6, dtype=np.int32)},
    "missing": {2: np.array([0], np.int32)},
    "two columns": {0: np.array([2, 3], np.int32), 1: np.array([1], np.int32)},
    "a rare pair": {0: np.array([3], np.int32), 2: np.array([0, 1], np.int32)},
    "all columns": {
        0: np.array([0, 1], np.int32),
        1: np.array([0], np.int32),
        2: np.arange(1, 7, dtype=np.int32),
        3: np.array([1, 2], np.int32),
    },
}


def table(rows: int = 6000) -> Encoded:
    """A skewed level, a yes or no that follows it, a number with gaps and a spike, a grade that follows both."""
    rng = np.random.default_rng(4)
    level = rng.choice(4, rows, p=[0.6, 0.3, 0.08, 0.02])
    yes = rng.random(rows) < 0.15 + 0.2 * level
    value = np.clip(rng.normal(10 + 3 * level, 5), 0.1, 39)
    number = 2 + np.digitize(value, [5, 10, 15, 20, 25])
    number = np.where(rng.random(rows) < 0.1, 0, np.where(rng.random(rows) < 0.15, 1, number))
    grade = np.clip(np.digitize(value + 4 * yes, [8, 16]), 0, 2)
    edges = np.array([0.0, 5, 10, 15, 20, 25, 40])
    axes = (
        Axis(4, np.empty(0)),
        Axis(2, np.empty(0)),
        Axis(2, edges, missing=True),
        Axis(3, np.empty(0), ordered=True),
    )
    codes = np.column_stack([level, yes, number, grade]).astype(np.int32)
    return Encoded(Domain(axes), codes, np.where(codes >= [4, 2, 2, 3], 0.5, 0).astype(np.float32))


@pytest.fixture(scope="module", params=EXACT)
def generator(request: pytest.FixtureRequest) -> Generator:
    made = make_generator(request.param, SETTINGS[request.param])
    train = table()
    made.fit(train, train.take(np.arange(0)), np.random.default_rng(0), silent)
    return made


@pytest.fixture(scope="module")
def free(generator: Generator) -> Encoded:
    return generator.sample(FREE_ROWS, np.random.default_rng(1))


def cells(rows: Encoded) -> NDArray[np.int64]:
    """(cells,) how often each combination of codes occurs."""
    numbers = np.ravel_multi_index(tuple(rows.codes.T), rows.domain.sizes)
    return np.bincount(numbers, minlength=int(np.prod(rows.domain.sizes)))


def p_value(drawn: Encoded, filtered: Encoded) -> float:
    """Of a chi-square test that both have one distribution over all combinations of codes."""
    counts = np.array([cells(drawn), cells(filtered)])
    common = counts.sum(axis=0) >= 20
    pooled = np.column_stack([counts[:, common], counts[:, ~common].sum(axis=1)])
    return float(stats.chi2_contingency(pooled[:, pooled.sum(axis=0) > 0]).pvalue)


def test_those_with_exact_conditions_say_so() -> None:
    assert all(issubclass(generator_class(name), Conditional) for name in EXACT)


@pytest.mark.parametrize("given", GIVEN.values(), ids=GIVEN)
def test_tries_give_rows_like_free_ones_as_often_as_they_say(
    generator: Generator, free: Encoded, given: Given
) -> None:
    assert isinstance(generator, Conditional)
    tries = generator.under(given)
    drawn = tries.attempt(60_000, np.random.default_rng(2))
    filtered = free.take(inside(free, given))
    assert len(filtered) > 150 and len(drawn) > 150
    assert inside(drawn, given).all()
    assert p_value(drawn, filtered) > 0.001
    rates = len(drawn) / 60_000 * tries.reach, len(filtered) / FREE_ROWS
    error = (rates[0] ** 2 / len(drawn) + rates[1] ** 2 / len(filtered)) ** 0.5
    assert abs(rates[0] - rates[1]) < 4 * error
    assert rates[1] <= tries.reach + 4 * error


def test_without_a_condition_every_try_succeeds(generator: Generator, free: Encoded) -> None:
    assert isinstance(generator, Conditional)
    tries = generator.under({})
    assert tries.reach == 1
    rows = tries.attempt(20_000, np.random.default_rng(3))
    assert len(rows) == 20_000
    assert p_value(rows, free) > 0.001
    assert len(tries.attempt(0, np.random.default_rng(3))) == 0


def test_as_many_rows_as_asked_come_even_under_conditions_that_exclude_each_other(
    generator: Generator,
) -> None:
    """Three columns alike, asked to differ: those rows come, if any can, or else the rarest condition holds."""
    codes = np.repeat([[0, 0, 0], [1, 1, 1]], [900, 100], axis=0).astype(np.int32)
    domain = Domain((Axis(2, np.empty(0)),) * 3)
    train = Encoded(domain, codes, np.zeros(codes.shape, np.float32))
    made = make_generator(generator.name, SETTINGS[generator.name])
    made.fit(train, train.take(np.arange(0)), np.random.default_rng(0), silent)
    contrary = {0: np.array([0], np.int32), 1: np.array([1], np.int32)}
    drawn = made.sample(20, np.random.default_rng(0), contrary)
    assert len(drawn) == 20
    assert (drawn.codes[:, 1] == 1).all()


def test_codes_that_nobody_had_are_out_of_reach(generator: Generator) -> None:
    """A level that the encoder knows and the table does not have."""
    train = table(1000)
    axes = (Axis(5, np.empty(0)), *train.domain.axes[1:])
    wider = Encoded(Domain(axes), train.codes, train.residuals)
    made = make_generator(generator.name, SETTINGS[generator.name])
    made.fit(wider, wider.take(np.arange(0)), np.random.default_rng(0), silent)
    assert isinstance(made, Conditional)
    tries = made.under({0: np.array([4], np.int32), 1: np.array([1], np.int32)})
    if generator.name in LENDS:
        assert 0 < tries.reach < 1 / len(train)
    else:
        assert tries.reach == 0
        assert len(tries.attempt(100, np.random.default_rng(0))) == 0


@pytest.mark.parametrize(
    "boxes",
    [
        pytest.param([GIVEN["a rare pair"], {1: np.array([1], np.int32)}], id="rare or frequent"),
        pytest.param([GIVEN["a rare pair"], {0: np.array([3], np.int32)}], id="one inside the other"),
        pytest.param([{0: np.array([3], np.int32)}, {2: np.array([7], np.int32)}], id="two that overlap"),
        pytest.param([GIVEN["one level"], GIVEN["missing"], GIVEN["two columns"]], id="three"),
    ],
)
def test_rows_of_several_boxes_come_as_often_as_among_free_rows(
    generator: Generator, free: Encoded, boxes: list[Given]
) -> None:
    assert isinstance(generator, Conditional)
    union = OneOfBoxes([(box, generator.under(box)) for box in boxes])
    drawn = union.attempt(60_000, np.random.default_rng(5))
    filtered = free.take(np.any([inside(free, box) for box in boxes], axis=0))
    assert p_value(drawn, filtered) > 0.001
    assert tries_within(generator, boxes).reach <= min(union.reach, 1)
    half = len(drawn) // 2
    halves = drawn.take(np.arange(half)), drawn.take(np.arange(half, 2 * half))
    assert p_value(*halves) > 0.001, "the order tells which box a row is of"
