"""Intervals, exact tests, corrections and empirical epsilon: pure functions, each with its source.

Every leak is a comparison of two counts, what happened to train and what happened to control, so most
functions take two `Count`s. `level` is always the two-sided confidence level.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from privacy.result import Estimate, Interval


class Count(NamedTuple):
    """`successes` out of `trials`; fractions where clusters shrink them, see `effective`."""

    successes: float
    trials: float

    @property
    def rate(self) -> float:
        """Share of successes; 0 when nothing was tried."""
        return self.successes / self.trials if self.trials else 0.0

    def effective(self, design_effect: float) -> Count:
        """The independent trials that these are worth (Korn & Graubard, Survey Methodology 1998)."""
        return Count(self.successes / design_effect, self.trials / design_effect)


Difference = Callable[[Count, Count, float], Interval]


def clopper_pearson(count: Count, level: float = 0.95) -> Interval:
    """Exact interval of a proportion (Clopper & Pearson, Biometrika 1934); [0, 1] without trials."""
    hits, misses = count.successes, count.trials - count.successes
    low = float(special.betaincinv(hits, misses + 1, (1 - level) / 2)) if hits else 0.0
    high = float(special.betaincinv(hits + 1, misses, (1 + level) / 2)) if misses else 1.0
    return Interval(low=low, high=high, level=level, method="Clopper-Pearson")


def proportion(count: Count, level: float = 0.95, design_effect: float = 1.0) -> Estimate:
    """The rate with its Clopper-Pearson interval, on the independent trials it is worth."""
    return Estimate(
        value=count.rate,
        interval=clopper_pearson(count.effective(design_effect), level),
        successes=int(count.successes),
        trials=int(count.trials),
    )


def wilson(successes: float, trials: float, level: float = 0.95) -> Interval:
    """Score interval of a proportion (Wilson, JASA 1927); [0, 1] without trials.

    Written out because counts may be fractional here: ties count half, clusters shrink the trials.
    """
    centre, half = shrunk_rate(successes, trials, level)
    # Exactly 0 and 1 at the ends, where rounding would leave 1e-18.
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == trials else min(1.0, centre + half)
    return Interval(low=low, high=high, level=level, method="Wilson")


def shrunk_rate(successes: float, trials: float, level: float = 0.95) -> tuple[float, float]:
    """Centre and half-width of the Wilson interval; anonymeter reports the centre as its success rate.

    0.5 and 0.5 without trials.
    """
    z = float(special.ndtri(0.5 + level / 2))
    centre = (successes + z**2 / 2) / (trials + z**2)
    variance = successes * (trials - successes) / trials if trials else 0.0
    half = z / (trials + z**2) * math.sqrt(variance + z**2 / 4)
    return centre, half


def newcombe(train: Count, control: Count, level: float = 0.95) -> Interval:
    """Interval of train rate minus control rate, independent samples: the hybrid score interval.

    Newcombe, Statistics in Medicine 1998, method 10. Good in the middle, slightly short near 0 and 1:
    use `two_exact` there.
    """
    ours, theirs = wilson(*train, level), wilson(*control, level)
    gap = train.rate - control.rate
    low = gap - math.hypot(train.rate - ours.low, theirs.high - control.rate)
    high = gap + math.hypot(ours.high - train.rate, control.rate - theirs.low)
    return Interval(low=max(low, -1.0), high=min(high, 1.0), level=level, method="Newcombe hybrid score")


def two_exact(train: Count, control: Count, level: float = 0.95) -> Interval:
    """Interval of train rate minus control rate that never covers less than `level`.

    Two Clopper-Pearson intervals at half the error each, added up (Bonferroni): wide, and valid for any
    counts, zero included.
    """
    half = (1 + level) / 2
    ours, theirs = clopper_pearson(train, half), clopper_pearson(control, half)
    return Interval(
        low=ours.low - theirs.high, high=ours.high - theirs.low, level=level, method="two Clopper-Pearson"
    )


def normalised_excess(train_rate: float, control_rate: float) -> float:
    """R = (r_train - r_control) / (1 - r_control): the part of the room above control that was used.

    Giomi et al., PoPETs 2023(2), eq. 2. 0 when control leaves no room.
    """
    return (train_rate - control_rate) / (1 - control_rate) if control_rate < 1 else 0.0


def propagated_risk(
    train: tuple[float, float], control: tuple[float, float], level: float = 0.95
) -> tuple[float, Interval]:
    """Anonymeter's risk and interval from (successes, trials) pairs, for the cross-check with its package.

    Giomi et al., PoPETs 2023(2), section 3.3: first-order error propagation of two shrunk rates. The package
    clips both to [0, 1]. Below they stay as they are: clipped, a quiet audit looks biased upwards, and one
    whose control is found more often than train has an interval without width, as if no doubt were left.
    """
    rate, error = shrunk_rate(*train, level)
    base, base_error = shrunk_rate(*control, level)
    risk = normalised_excess(rate, base)
    half = math.hypot(error / (1 - base), base_error * (1 - rate) / (1 - base) ** 2)
    high = min(risk + half, 1.0)
    return risk, Interval(low=risk - half, high=high, level=level, method="error propagation")


def conditional_test(train: int, control: int, exposure: float) -> float:
    """One-sided exact p-value that train's rate is no higher than control's.

    Given train + control events, train's number is binomial with share exposure / (1 + exposure) when the
    rates are equal (Przyborowski & Wilenski, Biometrika 1940). exposure: train trials per control trial.
    """
    if train + control == 0:
        return 1.0
    share = exposure / (1 + exposure)
    return float(stats.binomtest(train, train + control, share, alternative="greater").pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values, step-down (Holm, Scandinavian Journal of Statistics 1979), in the order given."""
    adjusted = [0.0] * len(p_values)
    floor = 0.0
    for step, place in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        floor = max(floor, min(1.0, p_values[place] * (len(p_values) - step)))
        adjusted[place] = floor
    return adjusted


def epsilon_lower_bound(members: Count, others: Count, alpha: float = 0.05, delta: float = 0.0) -> float:
    """Largest epsilon that a membership attack refutes: max(0, ln((TPR_low - delta) / FPR_high)).

    members: members called members; others: non-members called members. One-sided Clopper-Pearson bounds
    at alpha / 2 each (Jagielski, Ullman & Oprea, NeurIPS 2020). The threshold must come from other records.
    """
    true_positive = clopper_pearson(members, 1 - alpha).low
    false_positive = clopper_pearson(others, 1 - alpha).high
    if true_positive <= delta:
        return 0.0
    return max(0.0, math.log((true_positive - delta) / false_positive))


def one_run_epsilon(guesses: Count, alpha: float = 0.05) -> float:
    """Epsilon lower bound of a one-run canary audit with `successes` right out of `trials` guesses.

    Steinke, Nasr & Jagielski, NeurIPS 2023, theorem 5.2 with delta = 0: under pure epsilon-DP the number
    right is at most Binomial(r, e^eps / (1 + e^eps)) stochastically; the inversion is the logit of the
    one-sided Clopper-Pearson bound.
    """
    chance = clopper_pearson(guesses, 1 - 2 * alpha).low
    return max(0.0, math.log(chance / (1 - chance))) if chance > 0 else 0.0


def design_effect(cluster_sizes: NDArray[np.int64]) -> float:
    """Variance of clustered successes over that of independent ones, at least 1: sum c^2 / sum c."""
    sizes = cluster_sizes.astype(np.float64)
    return float((sizes**2).sum() / sizes.sum()) if sizes.any() else 1.0


def effective_trials(cluster_sizes: NDArray[np.int64]) -> float:
    """Independent trials that clustered ones are worth when a cluster succeeds as a whole.

    (sum c)^2 / sum c^2 (Kish, Survey Sampling 1965).
    """
    return float(cluster_sizes.sum()) / design_effect(cluster_sizes)


def clustered_wilson(share: float, cluster_sizes: NDArray[np.int64], level: float = 0.95) -> Interval:
    """Wilson interval of a share over clusters that succeed as a whole, with Kish's effective trials."""
    trials = effective_trials(cluster_sizes)
    interval = wilson(share * trials, trials, level)
    return interval.model_copy(update={"method": "Wilson, effective trials"})


def cluster_bootstrap(
    statistic: Callable[[NDArray[np.float64]], float],
    clusters: NDArray[np.int64],
    rng: np.random.Generator,
    *,
    level: float = 0.95,
    draws: int = 200,
) -> Interval:
    """Percentile interval of `statistic` under resampling of whole clusters (Efron & Tibshirani 1993).

    statistic: takes row weights (rows,), whole numbers, to the statistic of the reweighted table.
    clusters: (rows,) the cluster of every row, numbered from 0.
    """
    size = int(clusters.max()) + 1
    values = []
    for _ in range(draws):
        drawn = np.bincount(rng.integers(size, size=size), minlength=size)
        values.append(statistic(drawn[clusters].astype(np.float64)))
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return Interval(low=float(low), high=float(high), level=level, method="cluster bootstrap")


def weighted_quantile(ascending: NDArray[np.float64], weights: NDArray[np.float64], share: float) -> float:
    """Smallest of the `ascending` values that has at least `share` of the weight at or below it."""
    reached = np.cumsum(weights)
    place = int(np.searchsorted(reached, share * reached[-1], side="left"))
    return float(ascending[min(place, len(ascending) - 1)])
