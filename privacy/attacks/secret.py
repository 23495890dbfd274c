"""One column that an attacker wants to know, and when a guess of it counts as right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from privacy.evidence import Evidence
from privacy.schema import Kind

Values = NDArray[np.float64]

RELATIVE = 0.05
OF_SPREAD = 0.01
MOST_LABELS = 50


@dataclass(frozen=True, slots=True, eq=False)
class Secret:
    """A column as numbers: codes for labels, the values themselves for ranked columns.

    train, control, synthetic: (rows,) each; NaN is a missing number, missing labels have a code.
    scale: the sorted pool values of a ranked column, empty for labels. relative: whether zero means nothing,
    so that an error may be measured against the value (not so for dates).
    """

    name: str
    train: Values
    control: Values
    synthetic: Values
    scale: Values
    relative: bool

    @classmethod
    def of(cls, evidence: Evidence, name: str) -> Secret:
        ruler = evidence.ruler
        relative = evidence.schema[name].kind is not Kind.DATETIME
        if name in ruler.ranked:
            return cls(
                name,
                evidence.train[name].to_numpy(np.float64),
                evidence.control[name].to_numpy(np.float64),
                evidence.synthetic[name].to_numpy(np.float64),
                scale=ruler.scales[ruler.ranked.index(name)],
                relative=relative,
            )
        place = ruler.coded.index(name)
        return cls(
            name,
            evidence.train_at.codes[:, place].astype(np.float64),
            evidence.control_at.codes[:, place].astype(np.float64),
            evidence.synthetic_at.codes[:, place].astype(np.float64),
            scale=np.empty(0),
            relative=relative,
        )

    @property
    def ranked(self) -> bool:
        return self.scale.size > 0

    @property
    def measure(self) -> str:
        """When a guess is right, in words."""
        if not self.ranked:
            return "right"
        within = "5 % of its value or " if self.relative else ""
        return f"within {within}1 % of the spread"

    def right(self, guess: Values, truth: Values) -> NDArray[np.bool_]:
        """(targets,) labels: equal. Numbers: within 5 % of the absolute true value or 1 % of the spread,
        whichever is more; dates: 1 % of the spread. The spread is the pool's from its 5 % to its 95 % quantile.
        """
        if not self.ranked:
            equal: NDArray[np.bool_] = guess == truth
            return equal
        near: NDArray[np.bool_] = np.abs(guess - truth) <= self._allowed(truth)
        return near

    def _allowed(self, truth: Values) -> Values:
        low, high = np.quantile(self.scale, [0.05, 0.95])
        allowed = np.full(len(truth), OF_SPREAD * (high - low))
        return np.maximum(allowed, RELATIVE * np.abs(truth)) if self.relative else allowed

    def rarity(self, values: Values) -> Values:
        """(targets,) one over the share of the pool with such a value: the same label, or a number as near as
        a right guess is. values: of people of the pool, none missing.
        """
        if self.ranked:
            allowed = self._allowed(values)
            first = np.searchsorted(self.scale, values - allowed, side="left")
            last = np.searchsorted(self.scale, values + allowed, side="right")
            near: Values = len(self.scale) / (last - first)
            return near
        pool = np.concatenate([self.train, self.control])
        labels, counts = np.unique(pool, return_counts=True)
        rarity: Values = len(pool) / counts[np.searchsorted(labels, values)]
        return rarity

    def likeliest(self, values: Values) -> float:
        """The one guess of who knows only these values: the commonest label, or the median; NaN of none."""
        if values.size == 0:
            return float("nan")
        if self.ranked:
            return float(np.median(values))
        labels, counts = np.unique(values, return_counts=True)
        return float(labels[counts.argmax()])

    def teachable(self, values: Values) -> NDArray[np.int64]:
        """Rows to learn from: for labels those of the 50 commonest that repeat, so that a model stays small."""
        if self.ranked:
            return np.arange(len(values))
        labels, counts = np.unique(values, return_counts=True)
        common = np.argsort(-counts, kind="stable")[:MOST_LABELS]
        repeated = common[counts[common] > 1] if counts.max() > 1 else common[:1]
        return np.flatnonzero(np.isin(values, labels[repeated]))

    def to_rank(self, values: Values) -> Values:
        """Places of the values on the pool's scale, in [0, 1]: heavy tails do not rule the model."""
        left, right = (np.searchsorted(self.scale, values, side=side) for side in ("left", "right"))
        ranks: Values = (left + right) / (2 * len(self.scale))
        return ranks

    def from_rank(self, ranks: Values) -> Values:
        """The values at these places, between pool values in proportion."""
        places = np.arange(len(self.scale)) + 0.5
        return np.interp(ranks * len(self.scale), places, self.scale)
