"""Survival in small: the hazard gathered by a time, and Cox's proportional hazards with a small penalty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STEPS = 30
CLOSE = 1e-7
_LARGEST = 50.0
"""Log hazard ratios beyond this are no estimate any more, and exp() of them overflows."""


def gathered_hazard(time: Floats, event: Floats, at: Floats, risk: Floats | None = None) -> Floats:
    """(at,) cumulative hazard at these times: Breslow's estimate, with equal risks that of Nelson and Aalen.

    time, event, risk: (rows,) time of event or censoring, 1 or 0, and hazard ratio.
    """
    risk = np.ones(len(time)) if risk is None else risk
    moments, place = np.unique(time, return_inverse=True)
    events = np.bincount(place, event)
    at_risk = np.cumsum(np.bincount(place, risk)[::-1])[::-1]
    gathered = np.concatenate([[0.0], np.cumsum(events / at_risk)])
    result: Floats = gathered[np.searchsorted(moments, at, side="right")]
    return result


@dataclass(frozen=True, slots=True, eq=False)
class Cox:
    """coefficients: (terms,). information: (terms, terms) of the penalised likelihood, at them."""

    coefficients: Floats
    information: Floats

    @classmethod
    def fit(cls, terms: Floats, time: Floats, event: Floats, penalty: float = 1.0) -> Cox:
        """Newton's method with step halving on the partial likelihood with Breslow's ties, less half the
        penalty times the squared coefficients (Cox 1972; Verweij and van Houwelingen 1994).
        """
        order = np.argsort(-time, kind="stable")
        event, held = event[order], (terms - terms.mean(axis=0))[order]
        last = np.searchsorted(-time[order], -time[order], side="right") - 1
        now = np.zeros(terms.shape[1])
        value, slope, curve = _likelihood(now, held, last, event, penalty)
        for _ in range(STEPS):
            step = np.linalg.solve(curve, slope)
            for _ in range(STEPS):
                new = _likelihood(now + step, held, last, event, penalty)
                if new[0] >= value - CLOSE:
                    break
                step = step / 2
            gain, now = new[0] - value, now + step
            value, slope, curve = new
            if gain < CLOSE:
                break
        return cls(now, curve)

    def log_risk(self, terms: Floats) -> Floats:
        """(rows,) log hazard ratio."""
        return np.clip(terms @ self.coefficients, -_LARGEST, _LARGEST)


def _likelihood(
    at: Floats, terms: Floats, last: NDArray[np.int64], event: Floats, penalty: float
) -> tuple[float, Floats, Floats]:
    """Log likelihood, gradient and information of rows in order of falling time. last: (rows,) place of the last
    row with the same time: all rows up to there are at risk.
    """
    lines = np.clip(terms @ at, -_LARGEST, _LARGEST)
    risk = np.exp(lines)
    at_risk = np.cumsum(risk)[last]
    means = np.cumsum(risk[:, None] * terms, axis=0)[last[event == 1]] / at_risk[event == 1][:, None]
    # Each row is in the risk sets of all events up to its own time: those that come after it here, ties included.
    due = np.bincount(last, event / at_risk, len(event))
    share = risk * np.cumsum(due[::-1])[::-1]
    value = float(event @ lines - event @ np.log(at_risk) - penalty / 2 * at @ at)
    slope = event @ terms - means.sum(axis=0) - penalty * at
    curve = (terms.T * share) @ terms - means.T @ means + penalty * np.eye(len(at))
    return value, slope, curve
