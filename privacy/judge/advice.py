"""What would resolve an open question: how many more people or rows, or another control."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from privacy.policy import Policy
from privacy.result import ENOUGH_UNITS, EXCHANGED_RUN, Check, Detectable, Finding

_FEWEST_EXPOSED = 15
"""Records that have to be exposed before chance is ruled out, whatever the size of the tables."""

_HOPELESS = 100
"""Times the rows: nobody has them."""

DRAW_CONTROL = "Draw the control table at random from the same source, by person, and audit again."

MORE_PEOPLE = "More people on the side that has too few; where many are alike, a key that tells them apart."


@dataclass(frozen=True, slots=True)
class Sizes:
    """People in train and in control, and rows of the synthetic table."""

    train_units: int
    control_units: int
    synthetic_rows: int


def mend(failed: Check, finding: Finding, policy: Policy, sizes: Sizes | None) -> str:
    """What would make the comparison stand: more people where they are too few, else another control."""
    if failed.name == EXCHANGED_RUN:
        return f"If control's rows were used to make this table, do not share it. Else: {DRAW_CONTROL}"
    if failed.name != ENOUGH_UNITS:
        return DRAW_CONTROL
    found = {leak.leak: leak for leak in finding.detectable}
    # People are too few, not synthetic rows, however few of these there are.
    people = sizes and replace(sizes, synthetic_rows=sizes.train_units)
    if found:
        return more_rows(found, policy, people)
    return f"At least {_least_people(policy):,} people on either side. {MORE_PEOPLE}"


def more_rows(found: Mapping[str, Detectable], policy: Policy, sizes: Sizes | None) -> str:
    """How much more evidence would do: the smallest visible dose falls about as one over the rows."""
    ratios, beyond = [1.0], False
    for kind, tolerance in policy.detectable.items():
        if leak := found.get(kind):
            ratios.append((leak.largest_tried if leak.dose_95 is None else leak.dose_95) / tolerance)
            beyond |= leak.dose_95 is None
    if max(ratios) <= 1 and not beyond:
        missing = ", ".join(kind for kind in policy.detectable if kind not in found)
        return f"A policy without limits on leaks of which these tables hold no example: {missing}."
    factor, about = max(*ratios, 1.1), "At least" if beyond else "About"
    if sizes is not None:
        factor = max(factor, _least_people(policy) / max(sizes.train_units, 1))
    if sizes is None:
        return f"{about} {factor:.1f} times as many control rows, of other people, and train rows in step."
    if sizes.synthetic_rows < sizes.train_units:
        more = _round_up((factor - 1) * sizes.synthetic_rows)
        return f"{about} {more:,} more synthetic rows; where they outnumber train, more control rows."
    more = _round_up((factor - 1) * sizes.control_units)
    return f"{about} {more:,} more control rows, of other people, and train rows in step."


def narrower(excess: float, low: float, high: float, tolerance: float) -> str:
    """How many times the rows would take the tolerance out of the interval, whose width falls as one over their
    root, if the excess itself stayed."""
    reach = high - excess if excess < tolerance else excess - low
    factor = (reach / abs(tolerance - excess)) ** 2 if excess != tolerance else math.inf
    if factor > _HOPELESS:
        return "The excess is about at the limit: more rows would hardly decide, a less faithful table would."
    times = f"About {max(factor, 1.1):.1f} times as many rows, in control above all, if the excess stays"
    return f"{times}." if excess < tolerance else f"{times}; it would then be a leak. A less faithful table."


def _least_people(policy: Policy) -> int:
    """People of whom the strictest limit is enough records to be seen at all."""
    return _round_up(_FEWEST_EXPOSED / min(policy.detectable.values(), default=1.0))


def _round_up(number: float) -> int:
    """To two significant digits, upwards: advice should not look more exact than it is."""
    unit = 10 ** max(math.floor(math.log10(max(number, 1))) - 1, 0)
    return int(math.ceil(number / unit) * unit)
