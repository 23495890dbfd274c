"""Dates as codes: the day on one axis, the time of day on a second one where the column has times."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tabsynth.domain import Axis
from tabsynth.encode.coder import Codes, Residuals, Value
from tabsynth.encode.numbers import NumberRules, Numbers
from tabsynth.encode.persons import Persons
from tabsynth.encode.rounding import CLOCK_GRIDS, ON_GRID, Floats, find_grid

DAY = 86400.0


@dataclass(frozen=True, slots=True, eq=False)
class Dates:
    """The codes of a column of dates, in seconds since 1970-01-01 UTC.

    day: the number of the day. clock: the seconds since midnight UTC; None when all are at midnight but few rows
    or fewer than `least` persons, and then every decoded date is. With a clock no day is a spike, so that every
    code of the first axis is a range of whole days or missing. Both axes have the gaps; the first one decides.
    """

    day: Numbers
    clock: Numbers | None

    @classmethod
    def fit(cls, values: Floats, persons: Persons, rules: NumberRules) -> tuple[Dates, dict[str, Any]]:
        """The codes of a column, and what was done to it, for the report. values: (rows,), NaN for missing."""
        days = np.floor(values / DAY)
        known = ~np.isnan(values)
        late = known & (days * DAY != values)
        frequent = bool(late.sum() > (1 - ON_GRID) * known.sum())
        timed = frequent and persons.take(late).count() >= rules.least
        by_day = replace(
            rules,
            minimum=None if rules.minimum is None else float(np.floor(rules.minimum / DAY)),
            maximum=None if rules.maximum is None else float(np.floor(rules.maximum / DAY)),
            grids=(1.0,),
            spikes=not timed,
        )
        day, report = Numbers.fit(days, persons, by_day)
        clock = None
        if timed:
            times = values - days * DAY
            rising = np.flatnonzero(known)[np.argsort(times[known], kind="stable")]
            grid = find_grid(times[rising], persons.take(rising), rules.least, CLOCK_GRIDS)
            last = DAY - (grid or CLOCK_GRIDS[0])
            by_clock = replace(rules, minimum=0.0, maximum=last, grids=CLOCK_GRIDS)
            clock, times_report = Numbers.fit(times, persons, by_clock)
            report |= {
                "clock_bins": times_report["bins"],
                "clock_spikes": times_report["spikes"],
            }
        return cls(day, clock), report

    @property
    def axes(self) -> tuple[Axis, ...]:
        day = self.day.axes[0]
        if self.clock is None:
            return (replace(day, edges=day.edges * DAY),)
        return replace(day, edges=(day.edges + 0.5) * DAY), *self.clock.axes

    def encode(self, values: NDArray[Any]) -> tuple[Codes, Residuals]:
        days = np.floor(values / DAY)
        codes, residuals = self.day.encode(days)
        if self.clock is None:
            return codes, residuals
        clock_codes, clock_residuals = self.clock.encode(values - days * DAY)
        return np.hstack([codes, clock_codes]), np.hstack([residuals, clock_residuals])

    def decode(self, codes: Codes, residuals: Residuals, rng: np.random.Generator) -> NDArray[Any]:
        days = self.day.decode(codes[:, :1], residuals[:, :1], rng)
        if self.clock is None:
            return np.asarray(days * DAY)
        time = self.clock.decode(codes[:, 1:], residuals[:, 1:], rng)
        torn = np.isnan(time)
        axis = self.clock.axes[0]
        if torn.any() and axis.size > axis.missing:
            any_code = rng.integers(axis.missing, axis.size, (int(torn.sum()), 1))
            time[torn] = self.clock.decode(any_code, rng.random(any_code.shape, np.float32), rng)
        return np.asarray(days * DAY + np.nan_to_num(time))

    def plain_values(self, part: int) -> list[Value]:
        if part == 0:
            return [None if value is None else float(value) * DAY for value in self.day.plain_values(0)]
        return self.clock.plain_values(0) if self.clock else []

    def to_json(self) -> dict[str, Any]:
        return {"day": self.day.to_json(), "clock": self.clock and self.clock.to_json()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Dates:
        return cls(Numbers.from_json(data["day"]), data["clock"] and Numbers.from_json(data["clock"]))
