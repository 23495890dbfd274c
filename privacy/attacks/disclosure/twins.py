"""Every measure three times: on train people, on as many control people, and without the synthetic table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from privacy.attacks.cells import Cells
from privacy.attacks.disclosure.classes import Classes, Shares, Targeted
from privacy.result import Estimate, Interval
from privacy.stats import Count, clopper_pearson

Counted = TypeVar("Counted", Classes, Targeted)
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Twins(Generic[Counted]):
    """train, control: people of each side counted against the synthetic table, equally many.

    blind: the train people against a shuffled synthetic table, which has its margins and nothing else.
    """

    train: Counted
    control: Counted
    blind: Counted

    def shares(
        self, name: str, measure: Callable[[Counted], Flags | Shares], level: float
    ) -> dict[str, Estimate]:
        """A measure of one value a person, for train and control, as entries of `Finding.also`."""
        return {
            name: share(measure(self.train), level),
            f"{name}, control": share(measure(self.control), level),
        }

    def facts(self, name: str, measure: Callable[[Counted], float]) -> dict[str, Estimate]:
        """A smallest or largest of a table, for train and control."""
        return {name: fact(measure(self.train)), f"{name}, control": fact(measure(self.control))}


def of_keys(cells: Cells, rng: np.random.Generator) -> Twins[Classes]:
    """Classes of all the columns crossed; blind: every synthetic column shuffled by itself."""
    rows = cells.synthetic.shape[1]
    shuffled = rng.permuted(cells.synthetic, axis=1)
    both = np.hstack([cells.synthetic, shuffled])
    crossed = Cells(cells.train, cells.control, both).crossed()
    train, control, synthetic = crossed.train[0], crossed.control[0], crossed.synthetic[0]
    return Twins(
        Classes.of(train, synthetic[:rows]),
        Classes.of(control, synthetic[:rows]),
        Classes.of(train, synthetic[rows:]),
    )


def with_target(keys: Twins[Classes], target: Cells, rng: np.random.Generator) -> Twins[Targeted]:
    """The keys with one more column as target; blind: the synthetic keys stay, the target is shuffled."""
    train, control, synthetic = target.train[0], target.control[0], target.synthetic[0]
    return Twins(
        Targeted.of(keys.train, Classes.of(train, synthetic)),
        Targeted.of(keys.control, Classes.of(control, synthetic)),
        Targeted.of(keys.train, Classes.of(train, rng.permutation(synthetic))),
    )


def share(values: Flags | Shares, level: float, worth: float = 1.0) -> Estimate:
    """Mean of values in [0, 1] with an exact interval: they vary no more than successes of the same mean.

    worth: the design effect, where values hang together.
    """
    total = Count(float(values.sum()), len(values))
    interval = clopper_pearson(total.effective(worth), level)
    if values.dtype != np.bool_:
        return Estimate(value=total.rate, interval=interval, trials=len(values))
    return Estimate(value=total.rate, interval=interval, successes=int(values.sum()), trials=len(values))


def fact(value: float) -> Estimate:
    """A number that was counted in full and has no error of sampling."""
    return Estimate(value=value, interval=Interval(low=value, high=value, method="counted in full"))
