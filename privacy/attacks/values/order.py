"""Row order: does a synthetic column run in the order of train's rows?

Then its n-th value is the n-th person's, for anybody who has the list. Labels and coarse numbers, which a match
of values says nothing about, give themselves away here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats as distributions

from privacy.attacks.trials import Attacker, Trials, compared
from privacy.errors import one_line
from privacy.evidence import Evidence
from privacy.result import Finding, Status
from privacy.ruler import Coordinates
from privacy.stats import Count, newcombe

NAME = "row order"

BAND = 0.01
"""Numbers agree within this difference of ranks."""

STEPS = (1, 2, 3, 5, 8, 13, 21, 34)
"""How far the column is moved along, both ways, to see how often it agrees with its neighbours' places. While that
speaks of a leak, every step up to `_LONGEST` is tried: a panel of twelve months agrees twelve rows on."""

_LONGEST = 400

LEAK_BELOW = 1e-4
"""p-value, over all columns (Bonferroni)."""

_LEVEL = 0.999
"""Of the interval of train's agreement less control's, which has to lie above zero."""


@dataclass(frozen=True, slots=True)
class _InPlace:
    """Rows that agree with the row at the same place and not at another, less those the other way round.

    count: for the place that agrees most, of the rows compared. p_value: exact, by the signs (McNemar,
    Psychometrika 1947), the largest over all moves.
    """

    count: Count
    p_value: float


def row_order(evidence: Evidence, attacker: Attacker) -> Finding:
    """The column that agrees most with train's at the same place, beyond what neighbouring places give.

    Sorted tables and slow trends agree with neighbouring places too and so count for nothing; a pattern that
    every table has, such as a shift plan, agrees with control as well.
    """
    names = [*evidence.ruler.ranked, *evidence.ruler.coded]
    agreement = [
        (
            _in_place(evidence.synthetic_at, evidence.train_at, place),
            _in_place(evidence.synthetic_at, evidence.control_at, place),
        )
        for place in range(len(names))
    ]
    p_values = [min(1.0, train.p_value * len(names)) for train, _ in agreement]
    excesses = [train.count.rate - control.count.rate for train, control in agreement]
    surely = [newcombe(train.count, control.count, _LEVEL).low > 0 for train, control in agreement]
    worst = min(range(len(names)), key=lambda i: (p_values[i], -excesses[i]))
    train, control = agreement[worst]
    flagged = tuple(
        name
        for name, p_value, more in zip(names, p_values, surely, strict=True)
        if p_value < LEAK_BELOW and more
    )
    finding = compared(
        Trials(
            name=NAME,
            subject="rows",
            success=f"agree in column {one_line(str(names[worst]))} with the train row at the same place, beyond"
            " what other places give",
            asked=len(evidence.train),
            train=train.count,
            control=control.count,
            columns=tuple(map(str, flagged or (names[worst],))),
            obstacle="the tables are too short",
        ),
        attacker,
        newcombe,
    )
    leak = {"status": Status.LEAK, "gating": True, "reason": "The column was left in train's order."}
    return finding.model_copy(update={"p_value": p_values[worst], **(leak if flagged else {})})


def _in_place(synthetic: Coordinates, real: Coordinates, column: int) -> _InPlace:
    """Of the rows that both tables have, from the first on."""
    rows = min(len(synthetic), len(real))
    if rows <= 2 * max(STEPS):
        return _InPlace(Count(0, 0), 1.0)
    ours, theirs = (_values(table, column)[:rows] for table in (synthetic, real))
    band = BAND if column < synthetic.ranks.shape[1] else 0.0
    here = np.abs(ours - theirs) <= band
    least, p_value = rows, 0.0
    further = (step for step in range(1, min(_LONGEST, rows // 2)) if step not in STEPS)
    for step in (sign * step for step in (*STEPS, *further) for sign in (1, -1)):
        if p_value > LEAK_BELOW and abs(step) not in STEPS:
            break
        there = np.abs(ours - np.roll(theirs, step)) <= band
        only_here, only_there = int((here & ~there).sum()), int((there & ~here).sum())
        least = min(least, only_here - only_there)
        tail = float(distributions.binom.sf(only_here - 1, only_here + only_there, 0.5))
        p_value = max(p_value, tail)
    return _InPlace(Count(max(least, 0), rows), p_value)


def _values(table: Coordinates, column: int) -> NDArray[np.float64]:
    ranked = table.ranks.shape[1]
    values = table.ranks[:, column] if column < ranked else table.codes[:, column - ranked]
    return values.astype(np.float64)
