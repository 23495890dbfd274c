"""With or without: what scores of a person tell of the coins that let the person in or not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from privacy import Count, Interval, clopper_pearson, holm

Floats = NDArray[np.float64]
Coins = NDArray[np.bool_]

SHUFFLES = 4_999


def auc_by_person(coins: Coins, scores: Floats) -> Floats:
    """(persons,) the chance that a score with is above one without, ties half; 0.5 for coins that all fell alike.

    coins, scores: (persons, worlds).
    """
    return _auc_of_ranks(coins, rankdata(scores, axis=1))


def _auc_of_ranks(coins: Coins, ranks: Floats) -> Floats:
    inside = coins.sum(axis=1)
    pairs = inside * (coins.shape[1] - inside)
    above = (ranks * coins).sum(axis=1) - inside * (inside + 1) / 2
    return np.where(pairs > 0, above / np.maximum(pairs, 1), 0.5)


def guesses(coins: Coins, scores: Floats) -> Coins:
    """(persons, worlds) who is called in. The threshold of a person comes from the other half of the worlds.

    It stands half way between the mean scores with and without there.
    """
    even = np.arange(coins.shape[1]) % 2 == 0
    called = np.empty_like(coins)
    for here in (even, ~even):
        there_coins, there = coins[:, ~here], scores[:, ~here]
        means = [_mean_where(there, chosen) for chosen in (there_coins, ~there_coins)]
        called[:, here] = scores[:, here] > (np.mean(means, axis=0))[:, None]
    return called


def _mean_where(scores: Floats, chosen: Coins) -> Floats:
    """(persons,) the mean of the chosen scores, of all where none is."""
    used = np.where(chosen.any(axis=1, keepdims=True), chosen, True)
    mean: Floats = (scores * used).sum(axis=1) / used.sum(axis=1)
    return mean


@dataclass(frozen=True, slots=True)
class CoinTest:
    """Exact tests by tossing the coins again. pooled: of the mean AUC; worst: of the most exposed person, all
    persons accounted for (Holm). both: of the two together (Bonferroni)."""

    pooled: float
    worst: float

    @property
    def both(self) -> float:
        return min(1.0, 2 * min(self.pooled, self.worst))


def coin_test(coins: Coins, scores: Floats, rng: np.random.Generator, shuffles: int = SHUFFLES) -> CoinTest:
    """If nobody's coin had an effect, every order of a person's coins was as likely as the one that came.

    p = (1 + shuffles that reach what was seen) / (1 + shuffles): Phipson & Smyth, SAGMB 2010.
    """
    ranks = rankdata(scores, axis=1)
    seen = _auc_of_ranks(coins, ranks)
    reached, reached_mean = np.zeros(len(seen)), 0
    for _ in range(shuffles):
        shuffled = _auc_of_ranks(rng.permuted(coins, axis=1), ranks)
        reached += shuffled >= seen
        reached_mean += shuffled.mean() >= seen.mean()
    each = (1 + reached) / (1 + shuffles)
    return CoinTest((1 + reached_mean) / (1 + shuffles), min(holm(each.tolist())))


def two_way_variance(influence: Floats) -> float:
    """Variance of a mean over cells that hang together by person and by world.

    By person + by world - by cell (Cameron, Gelbach & Miller, JBES 2011), at least the variance of cells that do
    not. influence: (persons, worlds) what each cell adds to the mean, their sum 0.
    """
    by_cell = float((influence**2).sum())
    by_person, by_world = (float((influence.sum(axis=axis) ** 2).sum()) for axis in (1, 0))
    return max(by_cell, by_person + by_world - by_cell)


@dataclass(frozen=True, slots=True)
class Calls:
    """Who was called in. inside, outside: of the cells with the person, and of those without.

    design_effect: how many cells are worth one independent one.
    """

    inside: Count
    outside: Count
    design_effect: float

    @classmethod
    def of(cls, coins: Coins, called: Coins) -> Calls:
        inside, outside = (Count(int((side & called).sum()), int(side.sum())) for side in (coins, ~coins))
        influence = np.where(
            coins,
            (called - inside.rate) / max(inside.trials, 1),
            (outside.rate - called) / max(outside.trials, 1),
        )
        alone = float((influence**2).sum())
        return cls(inside, outside, two_way_variance(influence) / alone if alone else 1.0)

    @property
    def right(self) -> Count:
        """Right calls of both sorts."""
        spared = self.outside.trials - self.outside.successes
        return Count(self.inside.successes + spared, self.inside.trials + self.outside.trials)


def pooled_auc(coins: Coins, scores: Floats) -> tuple[float, Interval]:
    """The mean AUC over persons, with an interval that holds persons and worlds together.

    What a cell adds is its placement (DeLong, DeLong & Clarke-Pearson, Biometrics 1988); the interval is
    Clopper-Pearson's for as many trials as give the two-way variance.
    """
    each = auc_by_person(coins, scores)
    value = float(each.mean())
    above = np.sign(scores[:, :, None] - scores[:, None, :]) / 2 + 0.5
    influence = np.tile((each - value)[:, None] / coins.shape[1], (1, coins.shape[1]))
    for side, beats in ((coins, above), (~coins, 1 - above)):
        rivals = np.maximum((~side).sum(axis=1, keepdims=True), 1)
        placed = (beats * ~side[:, None, :]).sum(axis=2) / rivals
        influence += np.where(side, placed - each[:, None], 0) / np.maximum(
            side.sum(axis=1, keepdims=True), 1
        )
    variance = two_way_variance(influence / len(each))
    trials = value * (1 - value) / variance if variance else coins.size / 4
    interval = clopper_pearson(Count(value * trials, trials))
    return value, interval.model_copy(
        update={"method": "Clopper-Pearson, effective trials by person and world"}
    )


def worst_auc(coins: Coins, scores: Floats) -> tuple[float, Interval]:
    """The largest AUC of a person, with an interval that holds for all persons at once.

    The variance of an AUC is at most AUC (1 - AUC) / min(n, m) (Birnbaum & Klose, Ann. Math. Stat. 1957), that
    of a share of so many trials; hence Clopper-Pearson, at 0.05 shared out over the persons.
    """
    each = auc_by_person(coins, scores)
    worst = int(each.argmax())
    fewest = int(min(coins[worst].sum(), (~coins[worst]).sum()))
    interval = clopper_pearson(Count(each[worst] * fewest, fewest), 1 - 0.05 / len(each))
    method = "Clopper-Pearson on the smaller side, Bonferroni over persons"
    return float(each[worst]), interval.model_copy(update={"method": method})
