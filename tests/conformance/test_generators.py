"""What every generator promises, whoever wrote it: parametrised over the registry, plug-ins too."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from privacy import ConfigError, TrainingError, silent
from tabsynth.domain import Axis, Domain, Encoded, from_real
from tabsynth.generators import Generator, generator_names, make_generator

NETWORK = {"epochs": 1, "batch_size": 100, "device": "cpu"}
SETTINGS: dict[str, dict[str, Any]] = {
    "copula": {"rounds": 4, "draws": 4000},
    "tree": {"leaf": 20},
    "ctgan": {**NETWORK, "epochs": 2, "generator_dim": (32,), "critic_dim": (32,), "modes": 3},
    "autoregressive": {**NETWORK, "epochs": 30, "width": 64},
    "sdv-ctgan": NETWORK,
    "sdv-tvae": NETWORK,
    "ctgan-package": NETWORK,
}
"""The smallest settings that still do the real work; a plug-in is taken with its defaults."""

OURS = ("copula", "ctgan", "tree", "autoregressive")
"""Written here: no table is too odd for them, and their conditions are exact. The adapters lean on peers."""

EVERY = [name if name in OURS else pytest.param(name, marks=pytest.mark.slow) for name in generator_names()]
NO_EDGES = np.empty(0)


def made(name: str) -> Generator:
    if name.startswith("sdv"):
        pytest.importorskip("sdv")
    if name == "ctgan-package":
        pytest.importorskip("ctgan")
    return make_generator(name, SETTINGS.get(name))


def fitted(name: str, train: Encoded, seed: int = 0) -> Generator:
    generator = made(name)
    generator.fit(train, train.take(np.arange(0)), np.random.default_rng(seed), silent)
    return generator


def coded(axes: Sequence[Axis], codes: object, residuals: object = None) -> Encoded:
    codes = np.asarray(codes, np.int32)
    filled = np.zeros(codes.shape) if residuals is None else residuals
    return Encoded(Domain(tuple(axes)), codes, np.asarray(filled, np.float32))


def mixed(rows: int) -> Encoded:
    """A number with gaps and a spike, a skewed level with gaps, a grade, a yes or no, a constant."""
    rng = np.random.default_rng(1)
    values = rng.gamma(2.0, 10.0, rows)
    axis = Axis(2, np.array([0.0, 5, 10, 20, 40, 300]), missing=True)
    number, residual = from_real(axis, values)
    plain = rng.random(rows)
    number = np.where(plain < 0.1, 0, np.where(plain < 0.3, 1, number))
    columns = [
        number,
        rng.choice(4, rows, p=[0.1, 0.6, 0.25, 0.05]),
        np.digitize(values, [8, 16, 30]),
        rng.random(rows) < 0.3,
        np.zeros(rows),
    ]
    axes = [axis, Axis(4, NO_EDGES, missing=True), Axis(4, NO_EDGES, ordered=True), Axis(2, NO_EDGES)]
    residuals = np.zeros((rows, 5))
    residuals[:, 0] = np.where(number >= 2, residual, 0)
    return coded([*axes, Axis(1, NO_EDGES)], np.column_stack(columns), residuals)


@pytest.fixture(scope="module")
def train() -> Encoded:
    return mixed(1000)


def assert_well_formed(drawn: Encoded, domain: Domain, rows: int) -> None:
    assert len(drawn) == rows
    assert drawn.domain is domain
    assert (drawn.codes.dtype, drawn.residuals.dtype) == (np.int32, np.float32)
    assert drawn.codes.shape == drawn.residuals.shape == (rows, len(domain))
    assert (drawn.codes >= 0).all()
    assert (drawn.codes < np.array(domain.sizes)).all()
    assert ((drawn.residuals >= 0) & (drawn.residuals < 1)).all()
    plain = drawn.codes < np.array([axis.plain for axis in domain.axes])
    assert (drawn.residuals[plain] == 0).all()


@pytest.mark.parametrize("name", EVERY)
def test_draws_any_number_of_rows_of_its_domain(name: str, train: Encoded) -> None:
    generator = fitted(name, train)
    assert isinstance(generator, Generator)
    assert generator.name == name
    for rows in (0, 1, 257):
        assert_well_formed(generator.sample(rows, np.random.default_rng(0)), train.domain, rows)


@pytest.mark.parametrize("name", EVERY)
def test_the_same_seeds_give_the_same_rows_and_others_do_not(name: str, train: Encoded) -> None:
    first, second = fitted(name, train, seed=3), fitted(name, train, seed=3)
    one, two, other = (
        generator.sample(200, np.random.default_rng(seed))
        for generator, seed in ((first, 5), (second, 5), (first, 6))
    )
    assert np.array_equal(one.codes, two.codes)
    assert np.array_equal(one.residuals, two.residuals)
    assert not np.array_equal(one.codes, other.codes)


@pytest.mark.parametrize("name", EVERY)
def test_the_state_is_the_generator_or_is_refused(name: str, train: Encoded) -> None:
    """Named arrays and JSON from which another object draws the same rows; or a ConfigError that says why not."""
    generator = fitted(name, train)
    try:
        state = generator.state()
    except ConfigError:
        assert name not in OURS
        return
    assert json.loads(json.dumps(state.facts, allow_nan=False)) is not None
    assert all(isinstance(tensor, np.ndarray) and tensor.dtype != object for tensor in state.tensors.values())
    twin = made(name)
    twin.restore(train.domain, state)
    drawn = [each.sample(100, np.random.default_rng(1)) for each in (generator, twin)]
    assert np.array_equal(drawn[0].codes, drawn[1].codes)
    assert np.array_equal(drawn[0].residuals, drawn[1].residuals)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("column", [1, 2, 3])
def test_a_condition_on_a_discrete_column_holds_and_follows_true_frequencies(
    name: str, column: int, train: Encoded
) -> None:
    """All levels but the most frequent are allowed; a peer may return others too, but must return some."""
    counts = np.bincount(train.codes[:, column], minlength=train.domain.axes[column].size)
    allowed = np.delete(np.arange(len(counts)), counts.argmax()).astype(np.int32)
    drawn = fitted(name, train).sample(4000, np.random.default_rng(0), {column: allowed})
    assert_well_formed(drawn, train.domain, 4000)
    holds = np.isin(drawn.codes[:, column], allowed)
    assert holds.any()
    if name in OURS:
        assert holds.all()
        wanted = counts[allowed] / counts[allowed].sum()
        got = np.bincount(drawn.codes[:, column], minlength=len(counts))[allowed] / 4000
        assert got == pytest.approx(wanted, abs=4 * 0.5 / 4000**0.5)


@pytest.mark.parametrize("name", EVERY)
def test_conditions_on_two_columns_at_once_find_rows(name: str, train: Encoded) -> None:
    given = {1: np.array([1, 2], np.int32), 3: np.array([1], np.int32)}
    drawn = fitted(name, train).sample(500, np.random.default_rng(0), given)
    holds = np.isin(drawn.codes[:, 1], [1, 2]) & (drawn.codes[:, 3] == 1)
    assert holds.mean() > (0.99 if name in ("copula", "tree", "autoregressive") else 0)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize(
    "table",
    [
        pytest.param(
            coded([Axis(1, NO_EDGES), Axis(2, NO_EDGES)], [[0, 0], [0, 1]] * 60), id="a constant column"
        ),
        pytest.param(coded([Axis(1, NO_EDGES)], np.zeros((120, 1))), id="nothing but a constant"),
        pytest.param(
            coded(
                [Axis(1, np.array([0.0, 1, 2]), missing=True), Axis(2, NO_EDGES)],
                np.column_stack([np.zeros(120), np.arange(120) % 2]),
            ),
            id="a number always missing",
        ),
        pytest.param(
            coded(
                [Axis(0, np.array([0.0, 1, 2])), Axis(2, NO_EDGES)], [[0, 0], [1, 1]], [[0.5, 0], [0.25, 0]]
            ),
            id="two rows",
        ),
        pytest.param(
            coded([Axis(3, NO_EDGES), Axis(2, NO_EDGES)], [[0, 0], [0, 1]] * 60), id="levels never seen"
        ),
    ],
)
def test_odd_tables_are_learnt(name: str, table: Encoded) -> None:
    """Ours learn any table with a row; a peer may refuse, by name."""
    if name in OURS:
        generator: Generator | None = fitted(name, table)
    else:
        generator = fitted_or_refused(name, table)
    if generator is not None:
        assert_well_formed(generator.sample(50, np.random.default_rng(0)), table.domain, 50)


def fitted_or_refused(name: str, table: Encoded) -> Generator | None:
    try:
        return fitted(name, table)
    except TrainingError:
        return None


@pytest.mark.parametrize("name", OURS)
def test_ten_thousand_levels_fit_in_memory_and_time(name: str) -> None:
    rng = np.random.default_rng(0)
    axes = [Axis(10_000, NO_EDGES), Axis(3, NO_EDGES)]
    table = coded(axes, np.column_stack([rng.integers(0, 10_000, 400), rng.integers(0, 3, 400)]))
    assert_well_formed(fitted(name, table).sample(300, rng), table.domain, 300)


@pytest.mark.parametrize("name", EVERY)
def test_no_rows_are_refused_in_one_line(name: str, train: Encoded) -> None:
    with pytest.raises(TrainingError):
        fitted(name, train.take(np.arange(0)))
