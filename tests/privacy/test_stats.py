"""Statistics against published vectors, scipy, hand computation and their own coverage."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats as reference

from privacy import stats
from privacy.stats import Count

COUNTS = [(0, 10), (3, 10), (10, 10), (1, 500), (250, 500)]


@pytest.mark.parametrize(("successes", "trials"), COUNTS)
@pytest.mark.parametrize("level", [0.9, 0.95, 0.999])
def test_intervals_of_a_proportion_are_scipys(successes: int, trials: int, level: float) -> None:
    test = reference.binomtest(successes, trials)
    exact, wilson = (test.proportion_ci(level, method=method) for method in ("exact", "wilson"))
    ours = stats.clopper_pearson(Count(successes, trials), level)
    assert (ours.low, ours.high) == pytest.approx((exact.low, exact.high), abs=1e-9)
    assert (ours.level, ours.method) == (level, "Clopper-Pearson")
    ours = stats.wilson(successes, trials, level)
    assert (ours.low, ours.high) == pytest.approx((wilson.low, wilson.high), abs=1e-12)


def test_without_trials_nothing_is_known() -> None:
    nothing = Count(0, 0)
    assert nothing.rate == 0
    for interval in (stats.clopper_pearson(nothing), stats.wilson(0, 0)):
        assert (interval.low, interval.high) == (0, 1)
    for difference in (stats.newcombe, stats.two_exact):
        interval = difference(nothing, nothing, 0.95)
        assert (interval.low, interval.high) == (-1, 1)
    assert stats.conditional_test(0, 0, 1.0) == 1


@pytest.mark.parametrize(
    ("train", "control", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_newcombe_reproduces_table_2_of_the_paper(
    train: tuple[int, int], control: tuple[int, int], low: float, high: float
) -> None:
    interval = stats.newcombe(Count(*train), Count(*control))
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


def _coverage(difference: stats.Difference, p: float, q: float, n: int, m: int, level: float) -> float:
    """Chance that the interval holds p - q, summed over all counts."""
    covered = 0.0
    for s in range(n + 1):
        for t in range(m + 1):
            interval = difference(Count(s, n), Count(t, m), level)
            if interval.low - 1e-12 <= p - q <= interval.high + 1e-12:
                covered += reference.binom.pmf(s, n, p) * reference.binom.pmf(t, m, q)
    return covered


@pytest.mark.parametrize(("p", "q"), [(0.0, 0.0), (0.02, 0.02), (0.5, 0.5), (0.3, 0.05), (0.98, 0.9)])
def test_differences_cover_what_they_say(p: float, q: float) -> None:
    assert _coverage(stats.two_exact, p, q, 30, 15, 0.95) >= 0.95
    assert _coverage(stats.newcombe, p, q, 30, 15, 0.95) >= 0.93


def test_two_exact_is_the_wider() -> None:
    for train, control in ((Count(3, 40), Count(1, 30)), (Count(20, 40), Count(20, 40))):
        wide, narrow = stats.two_exact(train, control), stats.newcombe(train, control)
        assert wide.low < narrow.low < narrow.high < wide.high


def test_anonymeters_rates_and_risk() -> None:
    assert stats.shrunk_rate(0, 500) == pytest.approx((0.003812, 0.003812), abs=1e-6)
    assert stats.shrunk_rate(16, 500) == pytest.approx((0.035568, 0.015777), abs=1e-6)
    assert stats.shrunk_rate(500, 500)[0] == pytest.approx(0.996188, abs=1e-6)
    # Its notebook on Adult: 16 of 500 on train, 9.23 of 500 on control after the correction for size.
    risk, interval = stats.propagated_risk((16, 500), (9.23, 500))
    assert risk == pytest.approx(0.013741, abs=1e-6)
    assert interval.high == pytest.approx(0.034101, abs=1e-6)
    assert interval.low == pytest.approx(2 * risk - interval.high), "the package states 0 for it"


def test_a_control_found_more_often_leaves_the_interval_its_width() -> None:
    risk, interval = stats.propagated_risk((16, 500), (60, 500))
    assert interval.low < risk < interval.high < 0, "the package states 0, from 0 to 0"


def test_conditional_test_counts_coin_flips() -> None:
    assert stats.conditional_test(7, 0, 1.0) == pytest.approx(2**-7)
    assert stats.conditional_test(10, 0, 1.0) == pytest.approx(2**-10)
    # Three train records for each control record: a found one is train's with chance 3/4.
    assert stats.conditional_test(7, 0, 3.0) == pytest.approx(0.75**7)
    # The planted-leak probe of 1,500 rows: 117 against 54, and 73 against 50.
    assert stats.conditional_test(117, 54, 1.0) == pytest.approx(8e-7, rel=0.1)
    assert stats.conditional_test(73, 50, 1.0) == pytest.approx(0.02, abs=0.005)


def test_conditional_test_holds_its_level() -> None:
    rng = np.random.default_rng(2)
    counts = rng.binomial(900, 0.05, 1000), rng.binomial(300, 0.05, 1000)
    p = [stats.conditional_test(int(a), int(b), 3.0) for a, b in zip(*counts, strict=True)]
    assert 0.02 <= np.mean(np.array(p) <= 0.05) <= 0.06


def test_holm_by_hand() -> None:
    p = [0.01, 0.04, 0.03, 0.005]
    assert stats.holm(p) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert stats.holm([]) == []


def test_holm_holds_the_family_wise_error() -> None:
    rng = np.random.default_rng(3)
    errors = [min(stats.holm(list(rng.random(10)))) <= 0.05 for _ in range(2000)]
    assert 0.03 <= np.mean(errors) <= 0.065


@pytest.mark.parametrize(
    ("n", "cap"),
    [(50, 2.57), (100, 3.28), (250, 4.21), (500, 4.91), (1000, 5.60), (3000, 6.70), (10_000, 7.91)],
)
def test_a_perfect_attack_shows_no_more_than_its_trials_allow(n: int, cap: float) -> None:
    assert stats.epsilon_lower_bound(Count(n, n), Count(0, n)) == pytest.approx(cap, abs=0.006)


def test_epsilon_of_an_imperfect_attack() -> None:
    def bound(hits: int, alarms: int) -> float:
        return stats.epsilon_lower_bound(Count(hits, 1000), Count(alarms, 1000))

    assert (bound(50, 10), bound(100, 10), bound(20, 10)) == pytest.approx((0.712, 1.500, 0), abs=1e-3)
    assert stats.clopper_pearson(Count(0, 1000)).high == pytest.approx(0.00368, abs=1e-5)
    assert stats.clopper_pearson(Count(0, 3000)).high == pytest.approx(0.00123, abs=1e-5)
    delta = stats.epsilon_lower_bound(Count(100, 1000), Count(10, 1000), delta=0.01)
    assert 0 < delta < bound(100, 10)
    assert stats.epsilon_lower_bound(Count(5, 1000), Count(0, 1000), delta=0.01) == 0


@pytest.mark.parametrize(
    ("false_rate", "n", "smallest"),
    [
        (0.01, 500, 0.040),
        (0.01, 1000, 0.028),
        (0.01, 3000, 0.019),
        (0.01, 10_000, 0.0144),
        (0.001, 500, 0.018),
        (0.001, 1000, 0.012),
        (0.001, 3000, 0.0053),
        (0.001, 10_000, 0.0028),
    ],
)
def test_smallest_visible_true_positive_rate(false_rate: float, n: int, smallest: float) -> None:
    alarms = Count(round(false_rate * n), n)
    hits = next(s for s in range(n) if stats.epsilon_lower_bound(Count(s, n), alarms) > 0)
    assert hits / n == pytest.approx(smallest, rel=0.05)


def test_epsilon_bound_is_rarely_above_the_truth() -> None:
    rng = np.random.default_rng(4)
    true_rate, false_rate = 0.3, 0.1
    hits, alarms = rng.binomial(400, true_rate, 500), rng.binomial(400, false_rate, 500)
    bounds = [
        stats.epsilon_lower_bound(Count(int(h), 400), Count(int(a), 400))
        for h, a in zip(hits, alarms, strict=True)
    ]
    assert np.mean(np.array(bounds) > math.log(true_rate / false_rate)) <= 0.05


@pytest.mark.parametrize(
    ("trials", "right", "epsilon"),
    [
        (100, 75, 0.702),
        (500, 400, 1.199),
        (1000, 600, 0.297),
        (1000, 550, 0.094),
        (100, 100, 3.493),
        (1000, 1000, 5.809),
        (10_000, 5300, 0.087),
        (100, 50, 0.0),
        (0, 0, 0.0),
    ],
)
def test_one_run_audit(trials: int, right: int, epsilon: float) -> None:
    bound = stats.one_run_epsilon(Count(right, trials))
    assert bound == pytest.approx(epsilon, abs=1e-3)
    if bound:
        # At the bound, so many right guesses have chance alpha exactly.
        chance = math.exp(bound) / (1 + math.exp(bound))
        assert reference.binom.sf(right - 1, trials, chance) == pytest.approx(0.05, abs=1e-6)


def test_clusters_count_less_than_their_rows() -> None:
    assert stats.effective_trials(np.ones(50, dtype=np.int64)) == 50
    assert stats.effective_trials(np.full(10, 5)) == pytest.approx(10)
    assert stats.effective_trials(np.zeros(3, dtype=np.int64)) == 0
    assert stats.effective_trials(np.array([4, 3, 2, 1])) == pytest.approx(10**2 / (16 + 9 + 4 + 1))


def test_clustered_interval_covers_where_a_plain_one_does_not() -> None:
    rng = np.random.default_rng(5)
    sizes = np.minimum(rng.zipf(1.8, 150), 20)
    clustered, plain = [], []
    for _ in range(400):
        labels = rng.random(sizes.size) < 0.5
        share = float(sizes[labels].sum() / sizes.sum())
        for found, interval in (
            (clustered, stats.clustered_wilson(share, sizes)),
            (plain, stats.wilson(share * sizes.sum(), float(sizes.sum()))),
        ):
            found.append(interval.low <= 0.5 <= interval.high)
    assert np.mean(clustered) >= 0.93 > 0.85 > np.mean(plain)


def _median_of(values: np.ndarray) -> Callable[[np.ndarray], float]:
    order = np.argsort(values)
    return lambda weights: stats.weighted_quantile(values[order], weights[order], 0.5)


def test_bootstrap_resamples_whole_clusters() -> None:
    rng = np.random.default_rng(6)
    by_person, by_row = [], []
    for _ in range(150):
        values, owner = np.repeat(rng.normal(size=80), 5), np.repeat(np.arange(80), 5)
        for found, clusters in ((by_person, owner), (by_row, np.arange(400))):
            interval = stats.cluster_bootstrap(_median_of(values), clusters, rng)
            found.append(interval.low <= 0 <= interval.high)
    assert np.mean(by_person) >= 0.88 > 0.75 > np.mean(by_row)


def test_weighted_quantile_is_the_quantile_of_repeated_values() -> None:
    rng = np.random.default_rng(7)
    values, weights = np.sort(rng.normal(size=30)), rng.integers(0, 4, 30).astype(float)
    repeated = np.repeat(values, weights.astype(int))
    for share in (0.05, 0.5, 0.95):
        expected = np.quantile(repeated, share, method="inverted_cdf")
        assert stats.weighted_quantile(values, weights, share) == expected
