"""What a table must be beside private: its measures against the policy's bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from privacy.policy import Policy
from privacy.result import Measure


@dataclass(frozen=True, slots=True)
class Floors:
    """missed: a sentence for every bound that the table is known to miss. unmeasured: for every other one whose
    measure could not be had."""

    missed: tuple[str, ...] = ()
    unmeasured: tuple[str, ...] = ()

    @classmethod
    def of(cls, measures: Sequence[Measure], policy: Policy) -> Floors:
        values = {f"{measure.group}/{measure.name}": measure.value for measure in measures}
        too_low = [
            f"{key} is {_told(values[key], bound)}; the policy asks for {bound:g} at least."
            for key, bound in policy.at_least.items()
            if key in values and values[key] < bound
        ]
        too_high = [
            f"{key} is {_told(values[key], bound)}; the policy asks for {bound:g} at most."
            for key, bound in policy.at_most.items()
            if key in values and values[key] > bound
        ]
        unmeasured = [
            f"{key} could not be measured, and the policy sets a bound on it."
            for key in (*policy.at_least, *policy.at_most)
            if key not in values
        ]
        return cls((*too_low, *too_high), tuple(unmeasured))


def _told(value: float, bound: float) -> str:
    """A value that misses its bound, with digits enough to show it."""
    told = (f"{value:.{digits}g}" for digits in range(3, 17))
    return next((text for text in told if float(text) != float(f"{bound:g}")), f"{value!r}")
