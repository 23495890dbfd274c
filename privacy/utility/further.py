"""Other scores beside the main one: are chances to be believed, are rare classes found, how large are errors?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from privacy.result import Estimate
from privacy.stats import wilson
from privacy.utility.case import Case, Floats, Table
from privacy.utility.cox import gathered_hazard
from privacy.utility.result import Task

Further = dict[str, tuple[float, int]]
"""By name: a number, and the trials that it is a share of, 0 where it is none."""

BINS = 10
CALIBRATION = "calibration error"
RARE = "recall of the rarest class"
ACCURACY = "accuracy"
ERROR = "mean absolute error, in standard deviations"


def further_scores(case: Case, control: Table, found: Floats, scored: NDArray[np.int64]) -> Further:
    """Calibration, and what else the task has. scored: the classes that have enough people.

    Calibration is the mean difference of predicted and observed over ten bins of equally many rows: of the chance
    of each scored class, of an event by the horizon, or of the number, in standard deviations (Nixon et al. 2019).
    """
    truth = control.outcome
    if case.task is Task.NUMBER:
        spread = truth.std() or 1.0
        return {
            CALIBRATION: (calibration_error(found[:, 0], truth) / spread, 0),
            ERROR: (float(np.abs(truth - found[:, 0]).mean() / spread), 0),
        }
    if case.task is Task.SURVIVAL:
        return {CALIBRATION: (survival_calibration(found[:, 1], control, case.horizon), 0)}
    said = found.argmax(axis=1)
    asked = [1] if case.task is Task.BINARY else list(scored)
    rare = truth == scored[-1]
    return {
        CALIBRATION: (
            float(np.mean([calibration_error(found[:, one], truth == one) for one in asked])),
            0,
        ),
        RARE: (float((said[rare] == scored[-1]).mean()), int(rare.sum())),
        ACCURACY: (float((said == truth).mean()), len(truth)),
    }


def calibration_error(found: Floats, truth: NDArray[np.generic]) -> float:
    """Mean over bins of |mean prediction - mean outcome|, bins of equal mass by prediction."""
    parts = np.array_split(np.argsort(found, kind="stable"), BINS)
    gaps = [abs(float(found[part].mean() - truth[part].mean())) for part in parts if part.size]
    return float(np.average(gaps, weights=[part.size for part in parts if part.size]))


def survival_calibration(chance: Floats, control: Table, horizon: float) -> float:
    """The same for survival: the observed share of events by the horizon is one less Kaplan and Meier's survival,
    here exp(-hazard gathered), which differs by less than 1 / rows at risk.
    """
    parts = np.array_split(np.argsort(chance, kind="stable"), BINS)
    gaps = []
    for part in parts:
        gathered = gathered_hazard(control.time[part], control.outcome[part], np.array([horizon]))[0]
        gaps.append(abs(float(chance[part].mean() + np.expm1(-gathered))))
    return float(np.average(gaps, weights=[part.size for part in parts]))


def averaged(draws: Sequence[Further]) -> dict[str, Estimate]:
    """Means over the draws; shares with Wilson's interval, on the rows of one draw."""
    found = {}
    for name, (_, trials) in draws[0].items():
        value = float(np.mean([scores[name][0] for scores in draws]))
        interval = wilson(value * trials, trials) if trials else None
        found[name] = Estimate(value=value, interval=interval, trials=trials or None)
    return found
