"""The gate: does the synthetic table point at train's people more than at people it never saw?

Two tests share the error: the most exposed records get four fifths of it, and one fifth goes, for diffuse
leaks, to the share of synthetic rows whose nearest record is train's. Beside them stand the plainest finding of
all, a table that contains train, and the smallest leaks that this audit would have seen.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from privacy.events import Event, OnEvent, silent
from privacy.evidence import Evidence
from privacy.gate.containment import containment
from privacy.gate.controls import detectable_leaks
from privacy.gate.exposure import Exposure, Pointer, Sides
from privacy.gate.findings import closest_records, nothing_to_look_at, train_share
from privacy.gate.tails import TailTest, depths_for, relabelled_p
from privacy.gate.views import order_names
from privacy.result import EXCHANGED_RUN, Check, Detectable, Finding
from privacy.wording import percent

_ALPHA_OF_TAILS = 0.8
_ALPHA_OF_EXCHANGE = 0.01
_CLEAN_DRAWS = 1000
_ALPHA_OF_ALARMS = 1e-3
_WIDE = 2
"""The view whose nearest records make the DCR share: it sees diffuse leaks best."""

Values = NDArray[np.float64]


def inspect(
    evidence: Evidence,
    *,
    odds: float = 1.5,
    alpha: float = 0.05,
    tolerances: Mapping[str, float],
    rng: np.random.Generator,
    draws: int = 2000,
    planted_draws: int = 100,
    on_event: OnEvent = silent,
) -> tuple[list[Finding], list[Check]]:
    """The gating findings "closest records", "DCR share" and "identical table", and two checks.

    odds: tolerated factor on the odds train : control of any record pointed at. alpha: chance that either of
    the two tests flags a table at the tolerance. tolerances: leak kind -> limit, entered into `detectable`.
    draws: relabellings behind the critical value. planted_draws: audits with a planted leak at every dose.
    A rejected test is a LEAK; whether the rest is bounded is for the policy to say, from `detectable`.
    """
    sides = Sides.of(evidence)
    identical = containment(evidence)
    depths = depths_for(len(sides.labelled))
    if not len(depths):
        return [nothing_to_look_at(sides), identical], []
    pointer, neighbours = Pointer.fit(evidence, rng, on_event)
    exposure = Exposure.of(pointer.of_neighbours(neighbours), sides, int(depths[-1]), rng)
    names, burdens = order_names(pointer.views), pointer.burdens

    on_event(Event("critical value"))
    level = alpha * _ALPHA_OF_TAILS
    test = TailTest.calibrate(exposure.head, burdens, sides, odds, level, draws, rng)
    leaks = _with_tolerances(
        detectable_leaks(
            evidence, pointer, sides, exposure, test, rng=rng, draws=planted_draws, on_event=on_event
        ),
        tolerances,
    )
    findings = [
        closest_records(sides, exposure, test, names, odds, level),
        train_share(sides, evidence.units[neighbours[_WIDE].index], odds, alpha - level),
        identical,
    ]
    checks = [
        _exchanged_run(exposure, burdens, sides, draws, rng),
        _clean_draws(exposure, sides, test, alpha, rng),
    ]
    return [finding.model_copy(update={"detectable": leaks}) for finding in findings], checks


def _with_tolerances(
    leaks: tuple[Detectable, ...], tolerances: Mapping[str, float]
) -> tuple[Detectable, ...]:
    return tuple(leak.model_copy(update={"tolerance": tolerances.get(leak.leak)}) for leak in leaks)


def _exchanged_run(
    exposure: Exposure, burdens: Values, sides: Sides, draws: int, rng: np.random.Generator
) -> Check:
    """The same test with train and control in each other's place must find nothing, at exactly even odds.

    A control that had a part in the synthetic table is found, and so is a hole: a table from which rows near to
    train were taken away points at control more than chance.
    """
    exchanged = sides.exchanged()
    test = TailTest.calibrate(exposure.head, burdens, exchanged, 1.0, _ALPHA_OF_EXCHANGE, draws, rng)
    smallest = float(test.p_values(exchanged.in_train, exposure.head).min())
    passed = smallest >= test.critical
    found = (
        "finds nothing"
        if passed
        else "finds control exposed: control had a part in the synthetic table, or rows near to train were removed"
    )
    return Check(
        name=EXCHANGED_RUN,
        passed=passed,
        sentence=f"the same test with train and control exchanged {found}.",
        p_value=test.adjusted(smallest),
    )


def _clean_draws(
    exposure: Exposure, sides: Sides, test: TailTest, alpha: float, rng: np.random.Generator
) -> Check:
    """How often this table is flagged when its labels are dealt at random: false alarms, measured."""
    clean = sides.chance(1.0)
    drawn = relabelled_p(exposure.head, test.burdens, clean, test.chance, test.depths, _CLEAN_DRAWS, rng)
    alarms = int((drawn < test.critical).sum())
    return Check(
        name="false alarms",
        passed=bool(binom.sf(alarms - 1, _CLEAN_DRAWS, alpha) > _ALPHA_OF_ALARMS),
        sentence=f"with labels dealt at random, the most exposed records of this table were called a leak in"
        f" {percent(alarms / _CLEAN_DRAWS)} of {_CLEAN_DRAWS:,} draws.",
    )
