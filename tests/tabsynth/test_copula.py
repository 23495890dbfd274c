"""The copula: exact margins, the right dependence, exact conditions, and no table too odd for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy import stats

from privacy import InternalError, TrainingError, silent
from tabsynth.domain import Axis, Domain, Encoded
from tabsynth.generators import make_generator
from tabsynth.generators.copula import Copula
from tabsynth.generators.copula.boxes import cut_boxes
from tabsynth.generators.copula.latent import as_correlation, mean_normal

NO_EDGES = np.empty(0)


def levels(size: int, ordered: bool = False, missing: bool = False) -> Axis:
    return Axis(size, NO_EDGES, ordered=ordered, missing=missing)


def coded(axes: Sequence[Axis], codes: object, residuals: object = None) -> Encoded:
    codes = np.asarray(codes, np.int32)
    filled = np.zeros(codes.shape) if residuals is None else residuals
    return Encoded(Domain(tuple(axes)), codes, np.asarray(filled, np.float32))


def binned(values: NDArray[np.float64], plain: int = 0, missing: bool = False) -> tuple[Axis, Encoded]:
    """One binned axis in 20 bins of equal count, as a table of its own; residuals are ranks in their bin."""
    edges = np.quantile(values, np.linspace(0, 1, 21))
    edges[-1] += 1e-6
    axis = Axis(plain, edges, missing=missing)
    place = 20 * (stats.rankdata(values) - 0.5) / len(values)
    bins = place.astype(np.int32)
    return axis, coded([axis], plain + bins[:, None], (place - bins)[:, None])


def beside(*tables: Encoded) -> Encoded:
    axes = tuple(axis for table in tables for axis in table.domain.axes)
    return Encoded(
        Domain(axes), np.hstack([t.codes for t in tables]), np.hstack([t.residuals for t in tables])
    )


def fitted(table: Encoded, seed: int = 0, **settings: object) -> Copula:
    copula = make_generator("copula", settings)
    assert isinstance(copula, Copula)
    copula.fit(table, table.take(np.arange(0)), np.random.default_rng(seed), silent)
    return copula


def normals(correlation: float, rows: int, seed: int = 0) -> NDArray[np.float64]:
    covariance = [[1, correlation], [correlation, 1]]
    return np.random.default_rng(seed).multivariate_normal([0, 0], covariance, rows)


@pytest.fixture(scope="module")
def mixed() -> Encoded:
    """Four columns that hang together: a number with gaps and a spike, a grade, a town, a yes or no."""
    rng = np.random.default_rng(3)
    rows = 8000
    base = rng.normal(size=rows)
    _, number = binned(base + rng.normal(size=rows), plain=2, missing=True)
    number.codes[rng.random(rows) < 0.2] = 1
    number.codes[rng.random(rows) < 0.1] = 0
    number.residuals[number.codes < 2] = 0
    grade = np.digitize(base + rng.normal(size=rows), [-1, 0, 1])
    town = (np.digitize(base + 0.7 * rng.normal(size=rows), [-1, 0, 0.5, 1.5]) * 2 + 1) % 5
    yes = base + rng.normal(size=rows) > 1
    others = coded([levels(4, ordered=True), levels(5), levels(2)], np.column_stack([grade, town, yes]))
    return beside(number, others)


# --- dependence


@pytest.mark.parametrize("correlation", [-0.6, 0.0, 0.9])
def test_the_correlation_of_two_numbers_comes_back(correlation: float) -> None:
    data = normals(correlation, 20_000)
    table = beside(*(binned(np.exp(data[:, side]))[1] for side in range(2)))
    drawn = fitted(table).sample(20_000, np.random.default_rng(1))
    expected = stats.spearmanr(data[:, 0], data[:, 1])[0]
    assert stats.spearmanr(drawn.real(0), drawn.real(1))[0] == pytest.approx(expected, abs=0.02)


def test_coarse_grades_do_not_weaken_the_correlation_behind_them() -> None:
    """Cut into three and two grades the visible correlation of 0.7 is about 0.5: it is not learnt as 0.5."""
    data = normals(0.7, 20_000)
    grades = np.column_stack([np.digitize(data[:, 0], [-0.5, 1]), np.digitize(data[:, 1], [0.8])])
    visible = np.corrcoef(grades.T)[0, 1]
    copula = fitted(coded([levels(3, ordered=True), levels(2, ordered=True)], grades))
    learnt = copula.state().tensors["correlation"][0, 1]
    assert visible < 0.55
    assert learnt == pytest.approx(0.7, abs=0.03)


def test_gaps_do_not_weaken_the_correlation_of_the_values() -> None:
    data = normals(0.8, 10_000)
    rng = np.random.default_rng(1)
    tables = []
    for side in range(2):
        _, table = binned(data[:, side], plain=1, missing=True)
        gone = rng.random(len(data)) < 0.4
        table.codes[gone], table.residuals[gone] = 0, 0
        tables.append(table)
    drawn = fitted(beside(*tables)).sample(40_000, rng)
    both = (drawn.codes > 0).all(axis=1)
    assert both.mean() == pytest.approx(0.36, abs=0.02)
    assert np.corrcoef(drawn.real(0)[both], drawn.real(1)[both])[0, 1] == pytest.approx(0.8, abs=0.03)


def test_unordered_levels_keep_what_they_say_about_another_column() -> None:
    """Six towns in an order that means nothing; how often each says yes is not monotone in it."""
    rng = np.random.default_rng(0)
    chance = np.array([0.1, 0.9, 0.2, 0.8, 0.15, 0.5])
    town = rng.integers(0, 6, 20_000)
    yes = rng.random(20_000) < chance[town]
    drawn = fitted(coded([levels(6), levels(2)], np.column_stack([town, yes]))).sample(40_000, rng).codes
    rates = np.array([drawn[drawn[:, 0] == code, 1].mean() for code in range(6)])
    assert np.abs(rates - chance).max() < 0.15
    assert np.corrcoef(rates, chance)[0, 1] > 0.97


# --- margins


def test_margins_are_exact_within_sampling_error(mixed: Encoded) -> None:
    """Over 100 tables drawn, the chi-square p-values of every column are uniform."""
    copula = fitted(mixed)
    rng = np.random.default_rng(5)
    for column, axis in enumerate(mixed.domain.axes):
        shares = np.bincount(mixed.codes[:, column], minlength=axis.size) / len(mixed)
        p_values = []
        for _ in range(100):
            counts = np.bincount(copula.sample(1000, rng).codes[:, column], minlength=axis.size)
            p_values.append(stats.chisquare(counts[shares > 0], 1000 * shares[shares > 0]).pvalue)
        assert stats.kstest(p_values, "uniform").pvalue > 0.001, column


def test_residuals_are_uniform_inside_the_bins(mixed: Encoded) -> None:
    drawn = fitted(mixed).sample(20_000, np.random.default_rng(0))
    inside = drawn.residuals[drawn.codes[:, 0] >= 2, 0]
    assert stats.kstest(inside, "uniform").pvalue > 0.001
    assert (drawn.residuals[drawn.codes[:, 0] < 2, 0] == 0).all()
    assert inside.max() < 1


# --- conditions


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({2: [1, 3]}, id="two towns"),
        pytest.param({1: [3]}, id="the best grade"),
        pytest.param({0: [0]}, id="number missing"),
        pytest.param({0: list(range(2, 8)), 2: [0, 1], 3: [1]}, id="three columns at once"),
    ],
)
def test_conditional_rows_are_those_a_filter_would_keep(mixed: Encoded, given: dict[int, list[int]]) -> None:
    copula = fitted(mixed)
    conditions = {column: np.array(codes, np.int32) for column, codes in given.items()}
    drawn = copula.sample(4000, np.random.default_rng(1), conditions)
    free = copula.sample(150_000, np.random.default_rng(2))
    holds = np.all([np.isin(free.codes[:, column], codes) for column, codes in conditions.items()], axis=0)
    kept = free.take(np.flatnonzero(holds))
    assert len(kept) > 300
    for column, codes in conditions.items():
        assert np.isin(drawn.codes[:, column], codes).all()
    for column in range(4):
        sides = [np.bincount(t.codes[:, column], minlength=25) for t in (drawn, kept)]
        occurring = np.sum(sides, axis=0) >= 10
        if occurring.sum() > 1:
            table = np.array([side[occurring] for side in sides])
            assert stats.chi2_contingency(table).pvalue > 0.001, column
    joint = [np.bincount(t.codes[:, 1] * 10 + t.codes[:, 2] * 2 + t.codes[:, 3]) for t in (drawn, kept)]
    joint = [np.pad(side, (0, 50 - len(side))) for side in joint]
    occurring = np.sum(joint, axis=0) >= 10
    if occurring.sum() > 1:
        assert stats.chi2_contingency(np.array([side[occurring] for side in joint])).pvalue > 0.001


def test_a_condition_that_nothing_meets_still_gives_rows(mixed: Encoded) -> None:
    never = coded([*mixed.domain.axes, levels(3)], np.hstack([mixed.codes, np.zeros((len(mixed), 1))]))
    drawn = fitted(never).sample(50, np.random.default_rng(0), {4: np.array([2], np.int32)})
    assert len(drawn) == 50
    assert (drawn.codes[:, 4] == 0).all()


def test_conditions_that_exclude_each_other_end_and_the_rarer_one_holds() -> None:
    same = np.repeat([0, 1], 500)
    copula = fitted(coded([levels(2), levels(2), levels(2)], np.column_stack([same, same, same])))
    contrary = {0: np.array([0], np.int32), 1: np.array([1], np.int32)}
    assert len(copula.sample(20, np.random.default_rng(0), contrary)) == 20


# --- odd tables


@pytest.mark.parametrize(
    "table",
    [
        pytest.param(coded([levels(1)], np.zeros((5, 1))), id="one constant column"),
        pytest.param(coded([levels(1), levels(3)], [[0, 2]]), id="one row"),
        pytest.param(
            coded(
                [levels(2), Axis(1, np.array([0.0, 1, 2]), missing=True)],
                [[0, 1], [1, 2]],
                [[0, 0.3], [0, 0]],
            ),
            id="two rows",
        ),
        pytest.param(
            coded(
                [Axis(1, np.array([0.0, 1]), missing=True), levels(4, ordered=True, missing=True), levels(2)],
                np.column_stack([np.zeros(40), np.zeros(40), np.arange(40) % 2]),
            ),
            id="all missing",
        ),
        pytest.param(
            coded([levels(3)] * 12, np.repeat(np.arange(60)[:, None] % 3, 12, axis=1)),
            id="twelve copies of a column",
        ),
    ],
)
def test_odd_tables_give_rows_with_codes_that_were_there(table: Encoded) -> None:
    drawn = fitted(table).sample(200, np.random.default_rng(0))
    for column in range(len(table.domain)):
        if table.domain.axes[column].discrete:
            assert set(drawn.codes[:, column]) <= set(table.codes[:, column])
    assert ((drawn.residuals >= 0) & (drawn.residuals < 1)).all()


def test_copies_of_a_column_stay_copies() -> None:
    values = normals(0.0, 4000)[:, 0]
    drawn = fitted(beside(*[binned(values)[1]] * 3)).sample(5000, np.random.default_rng(0))
    assert np.corrcoef([drawn.real(side) for side in range(3)])[0, 1:].min() > 0.99


def test_ten_thousand_levels_twice() -> None:
    town = np.random.default_rng(0).integers(0, 10_000, 20_000)
    table = coded([levels(10_000), levels(10_000), levels(3)], np.column_stack([town, town, town % 3]))
    drawn = fitted(table).sample(5000, np.random.default_rng(1))
    assert len(set(drawn.codes[:, 0])) > 3500


def test_nothing_to_learn_and_nothing_learnt_are_said() -> None:
    with pytest.raises(TrainingError, match="nothing to learn"):
        fitted(coded([levels(2)], np.zeros((0, 1))))
    with pytest.raises(InternalError):
        make_generator("copula").sample(1, np.random.default_rng(0))


# --- what is kept


def test_same_seed_same_rows_and_rounds_are_told(mixed: Encoded) -> None:
    one, two = (fitted(mixed, seed=4).sample(300, np.random.default_rng(9)) for _ in range(2))
    assert (one.codes == two.codes).all()
    assert (one.residuals == two.residuals).all()
    seen = []
    make_generator("copula", {"rounds": 3}).fit(mixed, mixed, np.random.default_rng(0), seen.append)
    assert [(event.done, event.total) for event in seen] == [(1, 3), (2, 3), (3, 3)]


def test_the_state_is_frequencies_and_a_correlation(mixed: Encoded) -> None:
    """Its size does not grow with the rows, and two tables of equal counts share all but the correlation."""
    small, large = fitted(mixed.take(np.arange(4000))).state(), fitted(mixed).state()
    assert sum(t.size for t in large.tensors.values()) <= sum(t.size for t in small.tensors.values()) + 20
    correlation = large.tensors["correlation"]
    assert np.allclose(correlation.diagonal(), 1)
    assert np.linalg.eigvalsh(correlation).min() > 0


# --- the parts


@pytest.mark.parametrize("symbols", [1, 2, 7, 300])
def test_boxes_fill_the_cube_and_are_as_large_as_the_frequencies(symbols: int) -> None:
    rng = np.random.default_rng(symbols)
    frequencies = rng.dirichlet(np.full(symbols, 0.5))
    frequencies[frequencies < 1e-6] = 0
    frequencies /= frequencies.sum()
    boxes = cut_boxes(frequencies, rng.normal(size=(symbols, 3)))
    low, high = boxes.bounds
    present = frequencies > 0
    assert np.allclose((high - low).prod(axis=1)[present], frequencies[present])
    assert (boxes.find((low + high) / 2)[present] == np.flatnonzero(present)).all()


def test_the_mean_of_a_cut_normal_against_integration() -> None:
    for low, high in [(0.0, 1.0), (0.0, 0.5), (0.2, 0.3), (0.9, 1.0)]:
        cut = stats.truncnorm(stats.norm.ppf(low), stats.norm.ppf(high))
        assert mean_normal(np.array([low]), np.array([high]))[0] == pytest.approx(cut.mean(), abs=1e-6)
    assert mean_normal(np.array([0.4]), np.array([0.4]))[0] == 0


def test_an_impossible_guess_becomes_a_correlation_with_independent_blocks() -> None:
    guess = np.array([[1, 0.9, 0.9], [0.9, 1, -0.9], [0.9, -0.9, 1]])
    mended = as_correlation(guess, [slice(0, 1), slice(1, 3)])
    assert np.linalg.eigvalsh(mended).min() > 0
    assert mended[1, 2] == 0
    assert mended.diagonal().tolist() == [1, 1, 1]


@pytest.mark.real_data
def test_pairs_of_adult_are_nearer_than_independence(real_table: Callable[[str], pd.DataFrame]) -> None:
    """Mean total variation over all pairs of text columns: under half of what independent columns have."""
    frame = real_table("adult").select_dtypes(exclude="number").iloc[:20_000]
    codes = np.column_stack([pd.factorize(frame[name], use_na_sentinel=False)[0] for name in frame])
    axes = [levels(int(column.max()) + 1) for column in codes.T]
    drawn = fitted(coded(axes, codes)).sample(20_000, np.random.default_rng(0)).codes
    shuffled = np.random.default_rng(1).permuted(codes, axis=0)

    def distance(other: NDArray[np.int32], i: int, j: int) -> float:
        size = axes[i].size * axes[j].size
        pair = [
            np.bincount(t[:, i] * axes[j].size + t[:, j], minlength=size) / len(t) for t in (codes, other)
        ]
        return float(np.abs(pair[0] - pair[1]).sum() / 2)

    pairs = [(i, j) for i in range(len(axes)) for j in range(i)]
    ours, none = (np.mean([distance(other, *pair) for pair in pairs]) for other in (drawn, shuffled))
    assert ours < 0.5 * none
