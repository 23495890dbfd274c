"""Columns that decide others: one alone, or two together.

A dependency is looked for as in TANE (Huhtala et al., The Computer Journal 42, 1999): rows equal in the one must
be equal in the other. What follows from two others found is left out, and so is what is hardly put to the test.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd

from tabsynth.rules.dependency import Dependency
from tabsynth.rules.rule import LISTED
from tabsynth.rules.suggest.columns import EXPECTED, Codes, Columns
from tabsynth.rules.suggest.suggestion import Suggestion

_Found = dict[str, set[str]]


def dependencies(columns: Columns, equal: frozenset[str]) -> Iterator[Suggestion]:
    """Dependencies that hold in all rows. equal: columns that only repeat another."""
    given = [name for name in columns.deciding if name not in equal]
    asked = [column.name for column in columns.of_kind(*LISTED) if column.name not in equal]
    single: _Found = {name: set() for name in asked}
    for name in given:
        single[name] = set(_decided(columns, columns.codes[name], [each for each in asked if each != name]))
    for name, decided in _direct(single).items():
        for gives in asked:
            if gives in decided:
                yield Suggestion(
                    Dependency(given=(name,), gives=gives), _support(columns, columns.codes[name], gives)
                )
    yield from _of_two(columns, given, asked, single)


def _of_two(columns: Columns, given: list[str], asked: list[str], single: _Found) -> Iterator[Suggestion]:
    """Two columns that decide a third which neither does, and none of which decides the other.

    Of three columns any two of which decide the third, as of two parts and their total, one dependency.
    """
    found: set[str] = set()
    alike: set[frozenset[str]] = set()
    for one, other in combinations(given, 2):
        if one in single[other] or other in single[one]:
            continue
        splitting = {name for name in given if one in single[name] and other in single[name]}
        implied = single[one] | single[other] | {one, other} | found | splitting
        few = _together(columns, one, other, columns.few)
        left = [
            name
            for name in asked
            if name not in implied and _is_decided(few, columns.codes[name][columns.few])
        ]
        if not left:
            continue
        both = _together(columns, one, other)
        if (both.max(initial=-1) + 1) * 5 > len(columns.one_each):
            continue
        for gives in _direct_among(_decided(columns, both, left), single):
            if frozenset({one, other, gives}) in alike:
                continue
            found.add(gives)
            alike.add(frozenset({one, other, gives}))
            yield Suggestion(Dependency(given=(one, other), gives=gives), _support(columns, both, gives))


def _together(columns: Columns, one: str, other: str, rows: Codes | slice = slice(None)) -> Codes:
    """(rows,) equal numbers where two columns are equal, -1 beside a gap in one."""
    first, second = columns.codes[one][rows], columns.codes[other][rows]
    numbers = pd.factorize(first * columns.sizes[other] + second)[0].astype(np.int64)
    return np.where((first < 0) | (second < 0), -1, numbers)


def _decided(columns: Columns, given: Codes, asked: list[str]) -> list[str]:
    """Those of the asked columns that the codes decide in all rows, and in enough to be believed."""
    few = columns.few
    return [
        name
        for name in asked
        if _is_decided(given[few], columns.codes[name][few])
        and _is_decided(given, columns.codes[name])
        and _is_tested(columns, given, name)
    ]


def _is_decided(given: Codes, codes: Codes) -> bool:
    """Whether rows equal in the one are equal in the other; rows with a gap in either are not asked."""
    bound = (given >= 0) & (codes >= 0)
    of_given, decided = given[bound], codes[bound]
    value = np.zeros(given.max(initial=0) + 1, np.int64)
    value[of_given] = decided
    return bool((value[of_given] == decided).all())


def _is_tested(columns: Columns, given: Codes, gives: str) -> bool:
    """Whether enough persons would break the dependency, were the columns independent."""
    bound = (given >= 0) & (columns.codes[gives] >= 0)
    persons = given[columns.one_each][bound[columns.one_each]]
    repeats = len(persons) - len(np.unique(persons))
    return repeats * (1 - columns.agreement(gives)) >= EXPECTED


def _support(columns: Columns, given: Codes, gives: str) -> int:
    """Rows that share their value of the deciding columns with another."""
    bound = given[(given >= 0) & (columns.codes[gives] >= 0)]
    return int((np.bincount(bound, minlength=1)[bound] > 1).sum()) if len(bound) else 0


def _direct(found: _Found) -> _Found:
    """Those that do not follow from two others; of columns that decide each other, those of the first."""
    order = list(found)
    twin = {name: next(each for each in order if each == name or _alike(each, name, found)) for name in order}
    direct: _Found = {}
    for name in order:
        if twin[name] != name:
            continue
        others = {each for each in found[name] if twin[each] == each}
        far = {each for middle in others for each in found[middle] if twin[each] == each and each != middle}
        twins = {each for each in found[name] if twin[each] == name}
        direct[name] = (others - far) | twins
    return direct


def _alike(one: str, other: str, found: _Found) -> bool:
    return one in found[other] and other in found[one]


def _direct_among(decided: list[str], single: _Found) -> list[str]:
    """The columns that no other of them decides."""
    return [name for name in decided if not any(name in single[each] for each in decided if each != name)]
