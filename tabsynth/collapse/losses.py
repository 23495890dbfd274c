"""What is lost: a family of measures, each as its distance from the floor, in one number a generation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tabsynth.collapse.curves import FLOOR, Point

Direction = Literal["low", "high", "share of floor"]


@dataclass(frozen=True, slots=True)
class Curve:
    """One measure. best: low or high values, or the floor itself, of which a departure is then a share."""

    measure: str
    label: str
    best: Direction

    def loss(self, value: float, floor: float) -> float:
        """How much worse than the floor; below 0 where it is better."""
        if self.best == "share of floor":
            return abs(value - floor) / floor if floor else 0.0
        return value - floor if self.best == "low" else floor - value


@dataclass(frozen=True, slots=True)
class Family:
    """Curves that are judged together. tolerance: of the loss, per generation; beyond it the engine collapses."""

    name: str
    tolerance: float
    curves: tuple[Curve, ...]

    def loss(self, values: Mapping[str, float], floors: Mapping[str, float]) -> float | None:
        """The mean loss of the curves that could be measured, or None."""
        found = [
            curve.loss(values[curve.measure], floors[curve.measure])
            for curve in self.curves
            if curve.measure in values and curve.measure in floors
        ]
        return float(np.mean(found)) if found else None


FAMILIES = (
    Family(
        "fidelity",
        0.01,
        (
            Curve("classifier/classifier two-sample test, AUC", "two-sample AUC", "low"),
            Curve("pairs/two-way tables, mean", "two-way tables", "low"),
        ),
    ),
    Family(
        "diversity",
        0.01,
        (
            Curve("diversity/entropy ratio", "entropy ratio", "high"),
            Curve("diversity/joint cells reached", "joint cells reached", "high"),
            Curve("diversity/beta-recall", "beta-recall", "high"),
        ),
    ),
    Family("tails", 0.05, (Curve("tails/extreme values", "extreme values", "share of floor"),)),
    Family(
        "rare classes",
        0.05,
        (
            Curve("tails/rare categories", "rare categories", "share of floor"),
            Curve("tails/category coverage", "category coverage", "high"),
        ),
    ),
)
"""The tolerances are our choice: at 0.01 a generation an engine has lost 0.05 of its fidelity or diversity after
five; tails and rare classes are few rows, measured five times as coarsely."""

CURVES = tuple(curve for family in FAMILIES for curve in family.curves)


def losses(family: Family, points: Sequence[Point], regime: str) -> NDArray[np.float64] | None:
    """(seeds, generations) of a regime, from the first generation; None where the family could not be measured."""
    floors = {point.seed: point.values for point in points if point.regime == FLOOR}
    rows: dict[int, dict[int, float | None]] = {}
    for point in points:
        if point.regime == regime:
            of_seed = rows.setdefault(point.seed, {})
            of_seed[point.generation] = family.loss(point.values, floors[point.seed])
    return _filled(rows)


def values(curve: Curve, points: Sequence[Point], regime: str) -> NDArray[np.float64] | None:
    """(seeds, generations) of one measure as it stands."""
    rows: dict[int, dict[int, float | None]] = {}
    for point in points:
        if point.regime == regime:
            rows.setdefault(point.seed, {})[point.generation] = point.values.get(curve.measure)
    return _filled(rows)


def _filled(rows: Mapping[int, Mapping[int, float | None]]) -> NDArray[np.float64] | None:
    table = [[of_seed[generation] for generation in sorted(of_seed)] for _, of_seed in sorted(rows.items())]
    if not table or any(cell is None for row in table for cell in row):
        return None
    return np.array(table, dtype=np.float64)
