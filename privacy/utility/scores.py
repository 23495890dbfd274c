"""The main score of each task, for many weightings of the control rows at once: that is what a bootstrap asks.

Areas under the ROC curve for classes, the explained share of variance for numbers, concordance for survival. All
are 1 for perfect predictions; guessing gets 0.5, 0 and 0.5.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from privacy.utility.case import Case, Floats, Table
from privacy.utility.result import Task

SCORE_NAMES = {
    Task.BINARY: "area under the ROC curve",
    Task.CLASSES: "area under the ROC curve, each class against the others, mean",
    Task.NUMBER: "explained share of variance, R²",
    Task.SURVIVAL: "concordance index",
}

Score = Callable[[Floats, Floats], Floats]
"""(rows, columns) predictions and (weightings, rows) weights -> (weightings,) scores, NaN where there is none."""


def main_score(case: Case, control: Table, scored: NDArray[np.int64]) -> Score:
    """The score for these control rows. scored: the classes that have enough people to be scored."""
    if case.task is Task.NUMBER:
        return lambda found, weights: explained(control.outcome, found[:, 0], weights)
    if case.task is Task.SURVIVAL:
        pairs = Pairs.of(control.time, control.outcome)
        return lambda found, weights: pairs.concordance(found[:, 0], weights)
    if case.task is Task.BINARY:
        scored = np.array([1])
    return lambda found, weights: np.mean(
        [area(control.outcome == one, found[:, one], weights) for one in scored], axis=0
    )


def area(positive: NDArray[np.bool_], scores: Floats, weights: Floats) -> Floats:
    """(weightings,) weighted area under the ROC curve, ties one half: the chance that a random positive row scores
    above a random negative one.
    """
    order = np.argsort(scores, kind="stable")
    ranked = scores[order]
    starts = np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]]))
    up = np.add.reduceat(weights[:, order] * positive[order], starts, axis=1)
    down = np.add.reduceat(weights[:, order] * ~positive[order], starts, axis=1)
    below = np.cumsum(down, axis=1) - down / 2
    return _share((up * below).sum(axis=1), up.sum(axis=1) * down.sum(axis=1))


def explained(truth: Floats, found: Floats, weights: Floats) -> Floats:
    """(weightings,) R²: one less the squared errors over those of the mean of these very rows."""
    total = weights.sum(axis=1)
    mean = _share(weights @ truth, total)
    around = weights @ truth**2 - total * mean**2
    return 1 - _share(weights @ (truth - found) ** 2, around)


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """earlier: (rows, rows) 1 where the row's event is known to have come before the other row's."""

    earlier: NDArray[np.float32]

    @classmethod
    def of(cls, time: Floats, event: Floats) -> Pairs:
        """An event comes before every later time, and before a censoring at the same time."""
        later = time[:, None] < time[None, :]
        outlived = (time[:, None] == time[None, :]) & (event[None, :] == 0)
        return cls(((event[:, None] == 1) & (later | outlived)).astype(np.float32))

    def concordance(self, risk: Floats, weights: Floats) -> Floats:
        """(weightings,) Harrell's C (1982), weighted: of the pairs known to be ordered, those with the higher risk
        first, ties one half.
        """
        higher = (risk[:, None] > risk[None, :]).astype(np.float32)
        higher += np.float32(0.5) * (risk[:, None] == risk[None, :])
        light = weights.astype(np.float32)
        right = ((light @ (self.earlier * higher)) * light).sum(axis=1, dtype=np.float64)
        return _share(right, ((light @ self.earlier) * light).sum(axis=1, dtype=np.float64))


def _share(part: Floats, whole: Floats) -> Floats:
    """part / whole, NaN where the whole is zero."""
    result: Floats = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return result
