"""The statistician's question: does the same regression come out the same on synthetic rows?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg, special

from privacy.result import Estimate, Interval
from privacy.utility.case import Case, Floats, Ints, Table
from privacy.utility.cox import Cox
from privacy.utility.encode import Encoder
from privacy.utility.result import Agreement, Coefficient, Regression, Task

MODELS = {
    Task.BINARY: "logistic regression of the rarer class",
    Task.CLASSES: "logistic regression of the most frequent class against the others",
    Task.NUMBER: "linear regression (target in standard deviations)",
    Task.SURVIVAL: "Cox regression",
}
PENALTY = 1.0
"""As of one more row: so that a level which has one outcome only does not run off to infinity."""

LEVEL = 0.95
_DEPENDENT = 1e-7
_STEPS = 50
_CLOSE = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """value, error: (terms,) coefficients and standard errors, of rows taken as independent."""

    value: Floats
    error: Floats

    @property
    def low(self) -> Floats:
        return self.value - float(special.ndtri((1 + LEVEL) / 2)) * self.error

    @property
    def high(self) -> Floats:
        return self.value + float(special.ndtri((1 + LEVEL) / 2)) * self.error


def regress(case: Case, rng: np.random.Generator) -> Regression | None:
    """The regression on as many rows of real, synthetic and control; None where no term is left.

    Terms and their scale come from the real rows: numbers and levels over their standard deviation.
    """
    tables = (case.real, case.synthetic, case.control)
    rows = min(map(len, tables))
    real, synthetic, control = (table.take(np.sort(rng.permutation(len(table))[:rows])) for table in tables)
    encoder = Encoder.fit(real.cells, case.nominal)
    designs = [encoder.design(table.cells, reference=True) for table in (real, synthetic, control)]
    kept = independent(designs)
    if not kept.size or any(_constant(case, table) for table in (real, synthetic, control)):
        return None
    middle, spread = designs[0][:, kept].mean(axis=0), designs[0][:, kept].std(axis=0)
    scale = (float(real.outcome.mean()), float(real.outcome.std()))
    ours, theirs, held = (
        _fitted(case, (design[:, kept] - middle) / spread, table, scale)
        for design, table in zip(designs, (real, synthetic, control), strict=True)
    )
    names = encoder.terms(case.features)
    return Regression(
        model=MODELS[case.task],
        rows=rows,
        left_out=int((designs[0].std(axis=0) > 0).sum()) - kept.size,
        synthetic=agreement(ours, theirs),
        floor=agreement(ours, held),
        terms=tuple(_term(": ".join(filter(None, names[at])), ours, theirs, i) for i, at in enumerate(kept)),
    )


def independent(designs: list[Floats]) -> Ints:
    """The columns that are linearly independent, of each other and of a constant, in every one of the designs."""
    kept = np.arange(designs[0].shape[1])
    for design in designs:
        centred = design[:, kept] - design[:, kept].mean(axis=0)
        if not kept.size:
            break
        corner, order = linalg.qr(centred, mode="r", pivoting=True)[:2]
        weight = np.abs(np.diag(corner))
        kept = np.sort(kept[order[: len(weight)][weight > _DEPENDENT * max(weight[0], 1.0)]])
    return kept


def overlap(ours: Fitted, theirs: Fitted) -> Floats:
    """(terms,) how much of each interval the common part is, mean of both (Karr et al., American
    Statistician 2006, eq. 3); negative for intervals apart (Snoke et al., JRSS A 2018).
    """
    common = np.minimum(ours.high, theirs.high) - np.maximum(ours.low, theirs.low)
    result: Floats = (common / (ours.high - ours.low) + common / (theirs.high - theirs.low)) / 2
    return result


def agreement(ours: Fitted, theirs: Fitted) -> Agreement:
    """The measures over all terms."""
    shared = overlap(ours, theirs)
    sure = (ours.low > 0) | (ours.high < 0)
    same = np.sign(ours.value) == np.sign(theirs.value)
    return Agreement(
        overlap=float(shared.mean()),
        apart=float((shared < 0).mean()),
        shift=float((np.abs(theirs.value - ours.value) / ours.error).mean()),
        signs=float(same[sure].mean()) if sure.any() else None,
    )


def _constant(case: Case, table: Table) -> bool:
    return np.unique(_answer(case, table)).size < 2


def _answer(case: Case, table: Table) -> Floats:
    """What is regressed: of several classes, whether it is the most frequent one."""
    return (table.outcome == 0).astype(np.float64) if case.task is Task.CLASSES else table.outcome


def _fitted(case: Case, terms: Floats, table: Table, scale: tuple[float, float]) -> Fitted:
    if case.task is Task.SURVIVAL:
        cox = Cox.fit(terms, table.time, table.outcome, PENALTY)
        return Fitted(cox.coefficients, np.sqrt(np.diag(linalg.inv(cox.information))))
    design = np.column_stack([np.ones(len(terms)), terms])
    answer = _answer(case, table)
    if case.task is Task.NUMBER:
        return least_squares(design, (answer - scale[0]) / scale[1])
    return logistic(design, answer)


def least_squares(design: Floats, answer: Floats) -> Fitted:
    """The slopes of a linear regression, with the penalty; the first column of the design is the constant."""
    curve = design.T @ design + _penalty(design)
    inverse = linalg.inv(curve)
    value = inverse @ (design.T @ answer)
    freedom = max(len(design) - design.shape[1], 1)
    noise = float(((answer - design @ value) ** 2).sum() / freedom)
    return Fitted(value[1:], np.sqrt(np.maximum(np.diag(inverse)[1:] * noise, 1e-24)))


def logistic(design: Floats, answer: Floats) -> Fitted:
    """The slopes of a logistic regression, with the penalty, by Newton's method with step halving."""
    penalty = _penalty(design)
    now = np.zeros(design.shape[1])

    def likelihood(at: Floats) -> float:
        lines = design @ at
        return float(answer @ lines - np.logaddexp(0, lines).sum() - at @ penalty @ at / 2)

    value = likelihood(now)
    for _ in range(_STEPS):
        chance = special.expit(design @ now)
        curve = (design.T * (chance * (1 - chance))) @ design + penalty
        step = linalg.solve(curve, design.T @ (answer - chance) - penalty @ now, assume_a="sym")
        while likelihood(now + step) < value - _CLOSE and np.abs(step).max() > _CLOSE:
            step = step / 2
        now = now + step
        gain, value = likelihood(now) - value, likelihood(now)
        if gain < _CLOSE:
            break
    return Fitted(now[1:], np.sqrt(np.diag(linalg.inv(curve))[1:]))


def _penalty(design: Floats) -> Floats:
    """Of all but the constant."""
    strengths = np.full(design.shape[1], PENALTY)
    strengths[0] = 1e-9
    return np.diag(strengths)


def _term(name: str, ours: Fitted, theirs: Fitted, at: int) -> Coefficient:
    return Coefficient(
        term=name,
        real=_interval(ours, at),
        synthetic=_interval(theirs, at),
        overlap=float(overlap(ours, theirs)[at]),
        shift=float(abs(theirs.value[at] - ours.value[at]) / ours.error[at]),
    )


def _interval(fitted: Fitted, at: int) -> Estimate:
    interval = Interval(low=fitted.low[at], high=fitted.high[at], level=LEVEL, method="Wald")
    return Estimate(value=float(fitted.value[at]), interval=interval)
