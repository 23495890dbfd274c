"""Columns that are missing together, or as another column says."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from privacy import Kind
from tabsynth.rules.missing import Missing
from tabsynth.rules.suggest.columns import EXPECTED, Columns
from tabsynth.rules.suggest.suggestion import Suggestion

Mask = NDArray[np.bool_]


def gaps(columns: Columns) -> Iterator[Suggestion]:
    """Gaps at the same rows, gaps within those of another column, gaps that a column of words decides."""
    gone = {
        column.name: columns.gaps[column.name]
        for column in columns.columns
        if EXPECTED <= columns.gaps[column.name].sum() <= columns.rows - EXPECTED
    }
    first = {name: next(each for each in gone if (gone[each] == gone[name]).all()) for name in gone}
    leading = [name for name in gone if first[name] == name]
    for name, leader in first.items():
        if name != leader:
            yield Suggestion(Missing(column=name, when=_is_null(leader)), columns.rows)
    wider = {
        name: {each for each in leading if _is_within(gone[name], gone[each], columns.rows)}
        for name in leading
    }
    for name in leading:
        for each in leading:
            if each in wider[name] and not any(each in wider[between] for between in wider[name]):
                rule = Missing(column=each, when=_is_null(name), exactly=False)
                yield Suggestion(rule, int(gone[name].sum()))
    for name in leading:
        for by in columns.of_kind(Kind.CATEGORICAL, Kind.BOOLEAN):
            is_coarse = columns.sizes[by.name] * 5 <= len(columns.one_each)
            if first.get(by.name) != name and is_coarse and _decides(columns.codes[by.name], gone[name]):
                yield Suggestion(Missing(column=name, by=by.name), columns.rows)


def _is_null(column: str) -> str:
    """In SQL: the column has no value."""
    return '"' + column.replace('"', '""') + '" IS NULL'


def _is_within(some: Mask, more: Mask, rows: int) -> bool:
    """Whether one column has a gap wherever the other has, as it would not by chance."""
    by_chance = some.sum() * (1 - more.sum() / rows)
    return some is not more and by_chance >= EXPECTED and not (some & ~more).any()


def _decides(codes: NDArray[np.int64], gone: Mask) -> bool:
    """Whether rows with the same code, of which a gap is one, have all a gap or none."""
    groups = codes + 1
    share = np.bincount(groups, gone) / np.maximum(np.bincount(groups), 1)
    return bool(np.isin(share, (0, 1)).all())
