"""Values at the edge of the domain: exact extremes, rare labels, numbers with more decimals than the others.

A generator that reads its bounds and code lists off the table publishes them even where its rows are private
(Ganev et al., arXiv:2504.08254).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy.attacks.beyond_chance import LEAK_BELOW, OPEN_WITHOUT_CONTROL, beyond_chance
from privacy.attacks.trials import Attacker, Trials, compared
from privacy.attacks.values.columns import ColumnValues, Mask
from privacy.errors import one_line
from privacy.result import Finding
from privacy.stats import Count, conditional_test, proportion, two_exact

NAME = "domain values"

USUAL_SHARE = 0.95
_MOST_DECIMALS = 8
_NAMED = 5
_RESOLVE = "Take bounds and code lists from public knowledge, not from the table, and declare them."


def domain_values(columns: Sequence[ColumnValues], attacker: Attacker) -> Finding:
    """People who alone have such a value, and those whose value stands in the synthetic table.

    Fresh rows meet some of them too, train's as often as control's.
    """
    kinds = {
        kind: [(column, column.alone & test(column)) for column in columns] for kind, test in _KINDS.items()
    }
    every = [pair for pairs in kinds.values() for pair in pairs]
    train, control = _people(every)
    exposure = train.trials / control.trials if control.trials else 1.0
    p_value = conditional_test(int(train.successes), int(control.successes), exposure)
    open_below = 0.0 if control.successes else OPEN_WITHOUT_CONTROL
    if not control.trials:
        # Without anybody to compare with nothing is a leak, and one person met is one too many to call bounded.
        p_value, open_below = 1.0, math.inf if train.successes else 0.0
    named = []
    if p_value < max(open_below, LEAK_BELOW):
        # On a quiet table the names would tell its reader which extremes are a real person's.
        met = [
            one_line(column.name) for column, tried in every if (tried & column.in_train & column.met).any()
        ]
        named = list(dict.fromkeys(met))
    finding = compared(
        Trials(
            name=NAME,
            subject="train people who alone have an exact extreme, a rare label or unusual decimals",
            success="have it in the synthetic table",
            asked=int(train.trials),
            train=train,
            control=control,
            columns=tuple(named),
            note=_listed(named),
            obstacle=f"nobody in {'control' if train.trials else 'train'} alone has an extreme value, a rare label"
            " or unusual decimals",
        ),
        attacker,
        two_exact,
    )
    also = {
        f"{kind}, {side}": proportion(count, attacker.level)
        for kind, pairs in kinds.items()
        for side, count in zip(("train", "control"), _people(pairs), strict=True)
        if count.trials
    }
    finding = finding.model_copy(update={"also": also})
    return beyond_chance(finding, p_value, open_below=open_below, resolve=_RESOLVE)


def _extremes(column: ColumnValues) -> Mask:
    """The smallest and the largest number of the pool."""
    if not column.numeric or np.isnan(column.pool).all():
        return np.zeros(len(column.pool), dtype=bool)
    ends: Mask = (column.pool == np.nanmin(column.pool)) | (column.pool == np.nanmax(column.pool))
    return ends


def _labels(column: ColumnValues) -> Mask:
    """Labels of a column that is no list of people; those are looked at as copied columns."""
    return np.full(len(column.pool), not column.numeric and not column.id_like)


def _decimals(column: ColumnValues) -> Mask:
    """Numbers with more decimals than 95 % of the column's."""
    if not column.numeric:
        return np.zeros(len(column.pool), dtype=bool)
    decimals = _decimals_of(column.pool)
    present = decimals[~np.isnan(column.pool)]
    if not present.size:
        return np.zeros(len(column.pool), dtype=bool)
    unusual: Mask = decimals > np.quantile(present, USUAL_SHARE, method="higher")
    return unusual


_KINDS: dict[str, Callable[[ColumnValues], Mask]] = {
    "extremes": _extremes,
    "rare labels": _labels,
    "decimals": _decimals,
}


def _decimals_of(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """(rows,) decimal places, up to eight."""
    places = np.zeros(len(values), dtype=np.int64)
    for digits in range(_MOST_DECIMALS):
        scaled = values * 10.0**digits
        places[np.abs(scaled - np.round(scaled)) > 1e-9 * np.maximum(np.abs(scaled), 1)] = digits + 1
    return places


def _people(pairs: Sequence[tuple[ColumnValues, Mask]]) -> tuple[Count, Count]:
    """Distinct people of train and of control, over columns: met, of those with such a value."""
    sides = []
    for in_train in (True, False):
        tried, met = [], []
        for column, flags in pairs:
            rows = flags & (column.in_train == in_train)
            tried.append(column.people[rows])
            met.append(column.people[rows & column.met])
        sides.append(Count(*(int(pd.unique(np.concatenate(part)).size) for part in (met, tried))))
    return sides[0], sides[1]


def _listed(names: Sequence[str]) -> str:
    if not names:
        return ""
    more = len(names) - _NAMED
    return f"Columns: {', '.join(names[:_NAMED])}" + (f" and {more:,} more" if more > 0 else "")
