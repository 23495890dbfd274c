"""The mixtures of CTGAN's modes: hand-made ones come back, odd columns too, and scikit-learn's are no better."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tabsynth.generators.ctgan.mixtures import histograms
from tabsynth.generators.ctgan.modes import Modes, fit_modes

EDGES = np.linspace(-100.0, 100.0, 41)


def fitted(values: NDArray[np.float64], most: int = 10) -> Modes:
    (modes,) = fit_modes([values], [EDGES], most)
    assert modes.weights.sum() == pytest.approx(1)
    assert (modes.spreads > 0).all()
    return modes


def mean_log_density(modes: Modes, values: NDArray[np.float64]) -> float:
    """Nats per value."""
    away = (values[:, None] - modes.means) / modes.spreads
    logs = np.log(modes.weights) - np.log(modes.spreads) - 0.5 * np.log(2 * np.pi) - 0.5 * away**2
    return float(np.logaddexp.reduce(logs, axis=1).mean())


def scikit_learn_modes(values: NDArray[np.float64], most: int = 10) -> Modes:
    """The peers' way: at most 5,000 values, on their own scale, the live components kept."""
    from sklearn.mixture import BayesianGaussianMixture

    rng = np.random.default_rng(0)
    few = values if len(values) <= 5_000 else rng.choice(values, 5_000, replace=False)
    centre, scale = few.mean(), few.std()
    mixture = BayesianGaussianMixture(
        n_components=most, weight_concentration_prior=1e-3, max_iter=100, random_state=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mixture.fit((few[:, None] - centre) / scale)
    live = mixture.weights_ > 0.005
    return Modes(
        centre + scale * mixture.means_[live, 0],
        scale * np.sqrt(mixture.covariances_[live, 0, 0]),
        mixture.weights_[live] / mixture.weights_[live].sum(),
    )


def test_three_hills_are_found_with_their_places_widths_and_weights() -> None:
    rng = np.random.default_rng(0)
    values = np.concatenate(
        [rng.normal(m, s, n) for m, s, n in ((-20, 1, 6_000), (0, 2, 3_000), (30, 5, 1_000))]
    )
    modes = fitted(values)
    for place, width, weight in ((-20, 1, 0.6), (0, 2, 0.3), (30, 5, 0.1)):
        near = np.abs(modes.means - place) < 3 * width
        shares = modes.weights[near] / modes.weights[near].sum()
        mean = shares @ modes.means[near]
        assert modes.weights[near].sum() == pytest.approx(weight, abs=0.01)
        assert mean == pytest.approx(place, abs=0.1 * width)
        second = shares @ (modes.spreads[near] ** 2 + modes.means[near] ** 2)
        assert np.sqrt(second - mean**2) == pytest.approx(width, rel=0.08)


def test_one_hill_is_told_nearly_as_well_as_by_itself() -> None:
    rng = np.random.default_rng(0)
    modes = fitted(rng.normal(3, 2, 20_000))
    fresh = rng.normal(3, 2, 20_000)
    assert (
        mean_log_density(Modes(*np.array([[3.0], [2.0], [1.0]])), fresh)
        < mean_log_density(modes, fresh) + 0.003
    )


def test_a_constant_and_an_empty_column_have_one_mode() -> None:
    for values, place in ((np.full(50, 7.0), 7.0), (np.empty(0), 0.0), (np.array([2.5]), 2.5)):
        modes = fitted(values)
        assert len(modes) == 1
        assert modes.means[0] == pytest.approx(place)


def test_two_points_are_two_narrow_modes() -> None:
    modes = fitted(np.repeat([10.0, 50.0], [300, 100]))
    order = np.argsort(modes.means)
    assert len(modes) == 2
    assert np.allclose(modes.means[order], [10, 50], atol=1)
    assert np.allclose(modes.weights[order], [0.75, 0.25], atol=0.02)
    assert (modes.spreads < 4).all()


@pytest.mark.parametrize("values", [[1.0, 2.0], [0.0, 0.0, 1e-9], [-1e12, 0.0, 1e12], [1.0, 2.0, 4.0, 8.0]])
def test_a_handful_of_values_gives_finite_modes(values: list[float]) -> None:
    modes = fitted(np.array(values))
    assert np.isfinite(modes.means).all()
    assert 1 <= len(modes) <= 10
    chosen, scalars = modes.assign(np.array(values), np.random.default_rng(0))
    assert np.abs(scalars).max() <= 0.99
    assert (chosen < len(modes)).all()


def test_one_mode_is_the_mean_and_the_deviation() -> None:
    values = np.random.default_rng(0).exponential(5, 1_000)
    modes = fitted(values, most=1)
    assert modes.means == pytest.approx([values.mean()])
    assert modes.spreads == pytest.approx([values.std()])


def heavy_tails(rng: np.random.Generator) -> dict[str, NDArray[np.float64]]:
    return {
        "log-normal": rng.lognormal(8, 1.5, 12_000),
        "student": rng.standard_t(2.5, 12_000),
        "far outlier": np.append(rng.normal(0, 1, 12_000), 1e5),
        "exponential": rng.exponential(3, 12_000),
        "uniform": rng.uniform(-1, 1, 12_000),
    }


def test_tails_and_edges_are_told_no_worse_than_by_scikit_learn() -> None:
    columns, fresh = (heavy_tails(np.random.default_rng(seed)) for seed in (0, 1))
    together = fit_modes(list(columns.values()), [EDGES] * len(columns), 10)
    for name, modes in zip(columns, together, strict=True):
        theirs = mean_log_density(scikit_learn_modes(columns[name]), fresh[name])
        assert mean_log_density(modes, fresh[name]) > theirs - 0.01, name


def test_a_column_s_modes_do_not_depend_on_the_others_and_not_on_the_order_of_rows() -> None:
    rng = np.random.default_rng(0)
    columns = list(heavy_tails(rng).values())
    together = fit_modes(columns, [EDGES] * len(columns), 10)
    again = fit_modes([rng.permutation(values) for values in columns], [EDGES] * len(columns), 10)
    for values, modes, other in zip(columns, together, again, strict=True):
        alone = fitted(values)
        assert np.allclose(alone.means, modes.means, rtol=1e-6)
        assert np.allclose(modes.means, other.means, rtol=1e-6)


def test_a_histogram_keeps_number_mean_and_variance_and_small_columns_whole() -> None:
    rng = np.random.default_rng(0)
    columns = [*heavy_tails(rng).values(), np.array([3.0, 1.0, 1.0]), np.arange(200.0)]
    held = histograms(columns)
    for row, values in enumerate(columns):
        counts, means = held.counts[row], held.means[row]
        mean = counts @ means / len(values)
        squares = counts @ (held.variances[row] + means**2) / len(values)
        assert counts.sum() == len(values)
        assert mean == pytest.approx(values.mean())
        assert squares - mean**2 == pytest.approx(values.var(), rel=1e-6)
    assert held.counts[-2, :3].tolist() == [2, 1, 0]
    assert (held.counts[-1, :200] == 1).all() and not held.variances[-1].any()


@pytest.mark.slow
@pytest.mark.real_data
@pytest.mark.parametrize("name", ["adult", "magic_gamma", "default_credit_card"])
def test_held_out_real_numbers_are_told_no_worse_than_by_scikit_learn(
    real_table: Callable[[str], Any], name: str
) -> None:
    frame = real_table(name).select_dtypes("number")
    rng = np.random.default_rng(0)
    columns = [
        c + rng.random(len(frame)) for c in frame.to_numpy(dtype=np.float64).T if len(np.unique(c)) > 50
    ]
    order = rng.permutation(len(frame))
    train, rest = order[: len(order) * 6 // 10], order[len(order) * 6 // 10 :]
    ours = fit_modes([c[train] for c in columns], [EDGES] * len(columns), 10)
    assert len(ours) >= 3
    for column, modes in zip(columns, ours, strict=True):
        theirs = mean_log_density(scikit_learn_modes(column[train]), column[rest])
        assert mean_log_density(modes, column[rest]) > theirs - 0.01
