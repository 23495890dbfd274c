"""Columns copied as they are, or with all values moved by one constant or mirrored at one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy.attacks.beyond_chance import LEAK_BELOW
from privacy.attacks.trials import Attacker, Trials, compared
from privacy.attacks.values.columns import ColumnValues
from privacy.errors import one_line
from privacy.result import Finding, Status
from privacy.stats import Count, conditional_test, two_exact

LEAST_COPIED = 0.01
LEAST_MOVED = 0.1
"""Share of train beyond control's. A move is searched for, so a few more chance hits are normal."""

MOST_COLUMNS = 15
_VOTERS = 24
_DECIMALS = 6
_EXACT = 2.0**52

Sides = tuple[Count, Count]


def copied_columns(columns: Sequence[ColumnValues], attacker: Attacker) -> Finding:
    """Of the values that one person alone has in an id-like column: how many stand in the synthetic table?"""
    tried = [(column, column.counts(column.alone, column.met)) for column in columns if column.id_like]
    return _worst(
        "copied columns",
        "alone have their value of column {name} and have it in the synthetic table",
        tried,
        attacker,
        LEAST_COPIED,
    )


def moved_columns(columns: Sequence[ColumnValues], attacker: Attacker, rng: np.random.Generator) -> Finding:
    """The same when one constant is added to every value, or every value is taken from one.

    The constant is what most pairs of one side's values and synthetic values differ by; train and control have
    a search each and may both use what either found, so the best of many constants is as good by chance for the
    one as for the other.
    """
    id_like = [column for column in columns if column.numeric and column.id_like]
    tried = [(column, _moved(column, rng)) for column in id_like[:MOST_COLUMNS]]
    return _worst(
        "moved columns",
        "alone have their value of column {name} and, moved by one constant for all, have it in the synthetic"
        " table",
        tried,
        attacker,
        LEAST_MOVED,
    )


def _worst(
    name: str, success: str, tried: list[tuple[ColumnValues, Sides]], attacker: Attacker, least: float
) -> Finding:
    """The finding of the column with the smallest p-value; the others beyond chance are named beside it."""
    if not tried:
        nothing = Count(0, 0)
        obstacle = "no column holds mostly values that one person alone has"
        return compared(Trials(name, success, 0, nothing, nothing, obstacle=obstacle), attacker, two_exact)
    p_values = [min(1.0, _p_value(sides) * len(tried)) for _, sides in tried]
    excesses = [train.rate - control.rate for _, (train, control) in tried]
    place = min(range(len(tried)), key=lambda i: (p_values[i], -excesses[i]))
    column, (train, control) = tried[place]
    flagged = tuple(
        other.name
        for (other, _), p_value, excess in zip(tried, p_values, excesses, strict=True)
        if p_value < LEAK_BELOW and excess > least
    )
    more = len(flagged) - 1
    finding = compared(
        Trials(
            name=name,
            success=success.format(name=one_line(column.name)),
            asked=int(np.unique(column.people[column.in_train]).size),
            train=train,
            control=control,
            columns=flagged or (column.name,),
            note=f"{more:,} of the {len(tried):,} columns tried are copied beside it" if more > 0 else "",
        ),
        attacker,
        two_exact,
    )
    leak = {"status": Status.LEAK, "gating": True, "reason": "So many more than control's are not chance."}
    return finding.model_copy(update={"p_value": p_values[place], **(leak if flagged else {})})


def _p_value(sides: Sides) -> float:
    train, control = sides
    if not train.trials or not control.trials:
        return 1.0
    return conditional_test(int(train.successes), int(control.successes), train.trials / control.trials)


def _moved(column: ColumnValues, rng: np.random.Generator) -> Sides:
    """Train and control with the better of the constants that either side's search brought."""
    pool, synthetic = _whole(column.pool, column.synthetic)
    different = np.unique(synthetic[~np.isnan(synthetic)])
    sides = [np.flatnonzero(side & column.alone) for side in (column.in_train, ~column.in_train)]
    found = np.zeros(len(pool), dtype=bool)
    if different.size and all(rows.size for rows in sides):
        moves = [
            (sign, _best_move(sign * pool[rows], different, rng)) for rows in sides for sign in (1.0, -1.0)
        ]
        for rows in sides:
            met = [pd.Series(sign * pool[rows] + move).isin(different).to_numpy() for sign, move in moves]
            found[rows] = max(met, key=np.count_nonzero)
    return column.counts(column.alone, found)


def _whole(pool: NDArray[np.float64], synthetic: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Whole numbers of the smallest unit, so that differences of decimals are exact; six decimals at most."""
    largest = max(float(np.nanmax(np.abs(values), initial=1.0)) for values in (pool, synthetic))
    decimals = min(_DECIMALS, int(np.floor(np.log10(_EXACT / largest))))
    return tuple(np.round(values * 10.0**decimals) for values in (pool, synthetic))


def _best_move(
    values: NDArray[np.float64], different: NDArray[np.float64], rng: np.random.Generator
) -> float:
    """The constant that takes most of a few of the `values` to one of `different`."""
    voters = rng.permutation(values)[:_VOTERS]
    votes = np.sort((different[None, :] - voters[:, None]).ravel())
    starts = np.flatnonzero(np.concatenate([[True], votes[1:] != votes[:-1]]))
    return float(votes[starts[np.argmax(np.diff(np.append(starts, len(votes))))]])
