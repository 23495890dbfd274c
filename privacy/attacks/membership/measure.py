"""What a score is worth: AUC, members recognised at few false alarms, and the epsilon that this refutes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats

from privacy.result import Estimate, Interval
from privacy.stats import Count, clopper_pearson, epsilon_lower_bound

_NEARLY = 1e-9

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """The scores of the members and of as good as equally many others; higher means a likelier member."""

    members: Scores
    others: Scores

    @classmethod
    def of(cls, scores: Scores, is_member: NDArray[np.bool_]) -> Scored:
        return cls(scores[is_member], scores[~is_member])

    def called(self, threshold: float) -> tuple[Count, Count]:
        """Members and others whose score reaches the threshold."""
        return (
            Count(int((self.members >= threshold).sum()), len(self.members)),
            Count(int((self.others >= threshold).sum()), len(self.others)),
        )

    def reversed(self) -> Scored:
        """The same question asked the other way: who is surely no member?"""
        return Scored(-self.others, -self.members)


def auc(scored: Scored, level: float) -> Estimate:
    """Chance that a member scores above another, ties half, with Newcombe's interval.

    Statistics in Medicine 2006 (25:559), method 5: the AUCs whose Hanley-McNeil error does not exclude what
    was seen. It stays inside [0, 1] and is wider than needed where scores tie.
    """
    members, others = len(scored.members), len(scored.others)
    ranks = stats.rankdata(np.concatenate([scored.members, scored.others]))
    wins = ranks[:members].sum() - members * (members + 1) / 2
    value = float(wins / (members * others))
    z = float(special.ndtri(0.5 + level / 2))

    def beyond(truth: float) -> float:
        return abs(value - truth) - z * _auc_error(truth, members, others)

    # At 0 and 1 themselves there is no error, so the search stops just short of them.
    low = optimize.brentq(beyond, 0.0, min(value, 1 - _NEARLY)) if value > 0 else 0.0
    high = optimize.brentq(beyond, max(value, _NEARLY), 1.0) if value < 1 else 1.0
    interval = Interval(low=float(low), high=float(high), level=level, method="Newcombe, AUC method 5")
    return Estimate(value=value, interval=interval, trials=members)


def _auc_error(truth: float, members: int, others: int) -> float:
    most = (members + others) / 2 - 1
    spread = 1 + most * ((1 - truth) / (2 - truth) + truth / (1 + truth))
    return math.sqrt(truth * (1 - truth) * spread / (members * others))


def auc_p_value(scored: Scored) -> float:
    """One-sided chance of such an AUC if the labels were coins (Mann & Whitney 1947), corrected for ties."""
    if np.ptp(np.concatenate([scored.members, scored.others])) == 0:
        return 1.0
    return float(stats.mannwhitneyu(scored.members, scored.others, alternative="greater").pvalue)


def threshold_at(others: Scores, false_alarms: float) -> float | None:
    """The lowest score that a fresh non-member reaches with at most this chance; None with too few others.

    The k-th largest of n non-members' scores with k = floor(chance * (n + 1)), the conformal quantile (Vovk et
    al. 2005). Scores tied with it count only where all of them fit in, and nothing is interpolated.
    """
    rank = math.floor(false_alarms * (len(others) + 1) + 1e-9)
    if rank == 0:
        return None
    threshold = float(np.partition(others, -rank)[-rank])
    if (others >= threshold).sum() <= rank:
        return threshold
    return float(np.nextafter(threshold, np.inf))


def recognised(scored: Scored, false_alarms: float) -> tuple[Count, Count]:
    """Members and others called members at this rate of false alarms; nobody where it cannot be kept."""
    threshold = threshold_at(scored.others, false_alarms)
    return scored.called(math.inf if threshold is None else threshold)


def true_positive_rate(scored: Scored, false_alarms: float, level: float) -> Estimate | None:
    """TPR at this FPR, with the exact interval given the threshold; None with too few others to say."""
    if threshold_at(scored.others, false_alarms) is None:
        return None
    count, _ = recognised(scored, false_alarms)
    return Estimate(
        value=count.rate,
        interval=clopper_pearson(count, level),
        successes=int(count.successes),
        trials=int(count.trials),
    )


def epsilon(scored: Scored, level: float, rng: np.random.Generator) -> Estimate:
    """Lower bound on epsilon: threshold and direction picked on a random half, tried on the other.

    One-sided at 1 - level. The interval's low end is the bound; its high end is what flawless scores
    would have shown with as many people: no bound on epsilon.
    """
    picking, trying = _halves(scored, rng)
    tried = [(*_best_threshold(picking), trying), (*_best_threshold(picking.reversed()), trying.reversed())]
    _, threshold, side = max(tried, key=lambda each: each[0])
    value = epsilon_lower_bound(*side.called(threshold), alpha=1 - level)
    members, others = Count(len(side.members), len(side.members)), Count(0, len(side.others))
    most = epsilon_lower_bound(members, others, alpha=1 - level)
    method = "one-sided Clopper-Pearson; high: what flawless scores would show"
    interval = Interval(low=value, high=max(most, value), level=level, method=method)
    return Estimate(value=value, interval=interval, trials=len(side.members))


def _halves(scored: Scored, rng: np.random.Generator) -> tuple[Scored, Scored]:
    members, others = rng.permutation(scored.members), rng.permutation(scored.others)
    at, cut = len(members) // 2, len(others) // 2
    return Scored(members[:at], others[:cut]), Scored(members[at:], others[cut:])


def _best_threshold(scored: Scored) -> tuple[float, float]:
    """The largest bound and its threshold, among those that call 1, 2, 3, 4, 6, ... of the records."""
    descending = np.sort(np.concatenate([scored.members, scored.others]))[::-1]
    places = np.unique(np.geomspace(1, len(descending), 40).astype(np.int64)) - 1
    thresholds = np.unique(descending[places])
    bounds = [epsilon_lower_bound(*scored.called(float(threshold))) for threshold in thresholds]
    best = int(np.argmax(bounds))
    return bounds[best], float(thresholds[best])
