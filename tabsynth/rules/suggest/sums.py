"""Columns that add up to another, two to four of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, islice

import numpy as np
from numpy.typing import NDArray

from privacy import Column, Kind
from tabsynth.rules.suggest.columns import EXPECTED, Columns
from tabsynth.rules.suggest.suggestion import Suggestion
from tabsynth.rules.sums import Sum

_SKETCHED = 256
"""Rows that a column is weighed over."""

_ALMOST = 1e-6
_MOST = 150
"""Numeric columns to search: with more there are too many triples."""

_MOST_CANDIDATES = 100_000
"""Beside a very large column all small ones look like nothing."""

Floats = NDArray[np.float64]
Parts = tuple[int, ...]


def sums(columns: Columns, equal: frozenset[str]) -> Iterator[Suggestion]:
    """Sums that hold in all rows, the shortest for each total. equal: columns that only repeat another.

    A column stands for one number: its rows, weighed by chance and added. Sums of columns are sums of these
    numbers, so that four parts are found by looking up what is missing to a total among the sums of two.
    """
    kinds = [column for column in columns.of_kind(Kind.NUMERIC) if column.name not in equal][:_MOST]
    if len(kinds) < 3:
        return
    values = np.column_stack([columns.numbers(column.name) for column in kinds])
    busy = ((values != 0) & ~np.isnan(values)).sum(axis=0) >= EXPECTED
    found: set[int] = set()
    looked_at = islice(_candidates(_sketch(values), busy), _MOST_CANDIDATES)
    for total, parts in sorted(looked_at, key=lambda each: len(each[1])):
        if total in found or not _may_add_up(values[columns.few], total, parts):
            continue
        support = ~np.isnan(values[:, [*parts, total]]).any(axis=1)
        if ((values[support][:, list(parts)] != 0).sum(axis=0) < EXPECTED).any():
            continue
        rule = _sum_of([kinds[part] for part in parts], kinds[total], columns)
        if rule is not None:
            found.add(total)
            yield Suggestion(rule, int(support.sum()))


def _may_add_up(few: Floats, total: int, parts: Parts) -> bool:
    """Whether the parts come near to the total in a few rows."""
    off = np.abs(few[:, list(parts)].sum(axis=1) - few[:, total])
    return bool(np.nanmax(off, initial=0) <= 1 + _ALMOST * np.nanmax(np.abs(few[:, total]), initial=0))


def _sum_of(parts: list[Column], total: Column, columns: Columns) -> Sum | None:
    """The sum that holds in all rows, exactly or but for the rounding of the last decimal; None when none does."""
    decimals = [column.decimals for column in (*parts, total) if column.decimals]
    for tolerance in (0.0, *([10.0 ** -max(decimals)] if decimals else [])):
        rule = Sum(parts=tuple(part.name for part in parts), total=total.name, tolerance=tolerance)
        if rule.met(columns.frame).all():
            return rule
    return None


def _sketch(values: Floats) -> tuple[Floats, Floats]:
    """(columns,) the number of each column, and how large its digits are; of the rows with fewest gaps."""
    rng = np.random.default_rng(0)
    order = np.argsort(np.isnan(values).sum(axis=1) + rng.random(len(values)), kind="stable")
    known = np.nan_to_num(values[order[:_SKETCHED]])
    weights = rng.normal(size=len(known))
    return weights @ known, np.abs(weights) @ np.abs(known)


def _candidates(sketch: tuple[Floats, Floats], busy: NDArray[np.bool_]) -> Iterator[tuple[int, Parts]]:
    """Totals and parts whose numbers add up."""
    number, size = sketch
    usable = np.flatnonzero(busy & (size > 0))
    pairs = list(combinations(usable.tolist(), 2))
    if not pairs:
        return
    of_pairs = np.array([number[a] + number[b] for a, b in pairs])
    order = np.argsort(of_pairs)
    singles = [((int(one),), float(number[one])) for one in usable]
    more: list[tuple[Parts, float]] = [((), 0.0), *singles, *zip(pairs, of_pairs.tolist(), strict=True)]
    added = np.array([weight for _, weight in more])
    for total in usable.tolist():
        within = _ALMOST * size[total]
        low = np.searchsorted(of_pairs[order], number[total] - added - within)
        high = np.searchsorted(of_pairs[order], number[total] - added + within)
        for other in np.flatnonzero(high > low).tolist():
            for place in range(low[other], high[other]):
                parts = (*pairs[order[place]], *more[other][0])
                if len(set(parts)) == len(parts) and total not in parts and _is_first(parts):
                    yield total, tuple(parts)


def _is_first(parts: Parts) -> bool:
    """Whether these parts stand in the one order in which they are to be tried."""
    return list(parts) == sorted(parts)
