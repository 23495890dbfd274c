"""Nobody on both sides, and both sides alike: a split that is neither is refused or reported.

Keys are believed where they stand. Without them equal rows prove nothing, since people may be alike, so
control is refused only when a random split would almost never share as many rows, or near-copies, with train.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy.errors import EvidenceError
from privacy.evidence.split_tests import (
    column_shift_p,
    kept_together_p,
    near_copies_p,
    partners,
    separation_p,
    straddling_p,
)
from privacy.neighbors import Distance
from privacy.result import EXCHANGEABLE, Check
from privacy.ruler import Coordinates
from privacy.schema import Kind, Schema
from privacy.tables import persons

_REFUSED = 1e-4
"""Each of the two refusals: a clean split is refused about once in 5,000 audits."""

_DIFFERENT = 1e-3
"""All comparisons of the sides together: one clean split in 1,000 is called different."""

_ENOUGH_GROUPS = 20
_BANDWIDTH = 0.05
_HOLD_BACK = "split the source at random, by person, before the generator sees it"


@dataclass(frozen=True, eq=False)
class Split:
    """Train and control rows and the same stacked on the ruler, with two groupings of the stacked rows.

    equal_rows, units: (pool rows,) numbered from 0. keyed: whether units are entities, not groups of equals.
    """

    train: pd.DataFrame
    control: pd.DataFrame
    pool: Coordinates
    equal_rows: NDArray[np.int64]
    units: NDArray[np.int64]
    keyed: bool

    @cached_property
    def in_train(self) -> NDArray[np.bool_]:
        return np.arange(len(self.pool)) < len(self.train)

    @property
    def units_on_each_side(self) -> tuple[int, int]:
        """Units of train and of control; those on both sides count on both."""
        return np.unique(self.units[self.in_train]).size, np.unique(self.units[~self.in_train]).size

    def one_row_each(self, rng: np.random.Generator) -> NDArray[np.int64]:
        """A random row of every entity; every row where no entity is known. In order."""
        if not self.keyed:
            return np.arange(len(self.pool))
        shuffled = rng.permutation(len(self.pool))
        _, first = np.unique(self.units[shuffled], return_index=True)
        rows: NDArray[np.int64] = np.sort(shuffled[first])
        return rows


def refuse_shared_keys(train: pd.DataFrame, control: pd.DataFrame, schema: Schema) -> None:
    """EvidenceError when an entity, or a row number with the same row behind it, is on both sides.

    Row numbers alone may have been given afresh to each table; so their rows must agree, too.
    """
    entity = schema.entity
    if entity is not None and entity in train and entity in control:
        shared = len((set(persons(train[entity])) & set(persons(control[entity]))) - {None})
        if shared:
            raise _overlap(f"{shared} of its entities are in train, too", f"column {entity}")
    compared = [column.name for column in schema.compared]
    for column in schema:
        name = column.name
        if column.kind is not Kind.ID or name not in train or name not in control:
            continue
        ours, theirs = (_with_persons(frame, name) for frame in (train, control))
        if ours[name].duplicated().any() or theirs[name].duplicated().any():
            continue
        numbered = ours.merge(theirs, on=name)[[name]]
        same = ours.merge(theirs, on=[name, *compared])[[name]]
        if len(same) > len(numbered) / 2:
            raise _overlap(f"{len(same)} of its rows are in train, too", f"column {name}")


def _with_persons(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """The rows whose `name` is known, in its one spelling."""
    spelled = frame.copy(deep=False)
    spelled[name] = persons(frame[name])
    return spelled.dropna(subset=[name])


def check_split(split: Split, rng: np.random.Generator) -> tuple[Check, ...]:
    """Whether the sides are exchangeable; EvidenceError when control holds rows or near-copies of train."""
    _refuse_equal_tables(split)
    in_train = split.in_train
    _, first = np.unique(np.stack([split.equal_rows, split.units]), axis=1, return_index=True)
    counted = first if split.keyed else np.arange(len(in_train))
    if straddling_p(split.equal_rows[counted], in_train[counted]) < _REFUSED:
        raise _overlap("more of its rows equal train rows than chance explains", None)

    rows = _rows_of_one_side(split)
    whose, sides = split.units[rows], in_train[rows]
    tails = []
    if np.unique(whose).size > 2 and 0 < sides.sum() < len(sides):
        pool = split.pool.take(rows)
        found = partners(pool, Distance.plain(pool), whose, rng)
        alike = partners(pool, Distance.near_match(pool, _BANDWIDTH, rng), whose, rng)
        if near_copies_p(found, whose, sides) < _REFUSED:
            raise _overlap("more of its rows nearly equal train rows than chance explains", None)
        tails += [separation_p(found, whose, sides, rng), kept_together_p(alike, whose, sides)]
    single = split.one_row_each(rng)
    ours, theirs = single[in_train[single]], single[~in_train[single]] - len(split.train)
    tails.append(column_shift_p(split.train.iloc[ours], split.control.iloc[theirs]))
    return (_exchangeable(min(1.0, min(tails) * len(tails))),)


def _refuse_equal_tables(split: Split) -> None:
    """Two tables with the same rows; a few distinct rows may well come out equal."""
    groups = int(split.equal_rows.max()) + 1
    ours, theirs = (
        np.bincount(split.equal_rows[side], minlength=groups) for side in (split.in_train, ~split.in_train)
    )
    if groups >= _ENOUGH_GROUPS and (ours == theirs).all():
        raise _overlap("it holds the same rows as train", None)


def _rows_of_one_side(split: Split) -> NDArray[np.int64]:
    """Rows whose unit's side is a coin flip: all rows of entities; else only rows without an equal, since
    equal rows found on one side alone are more often the larger side's."""
    if split.keyed:
        return np.arange(len(split.pool))
    return np.flatnonzero(np.bincount(split.equal_rows)[split.equal_rows] == 1)


def _exchangeable(p_value: float) -> Check:
    alike = p_value >= _DIFFERENT
    found = "no difference found" if alike else "they differ"
    advice = "" if alike else "; another year or site, or rows of one person without a key, would do this"
    return Check(
        name=EXCHANGEABLE,
        passed=alike,
        sentence=f"train and control compared as two samples: {found} (p = {p_value:.2g}){advice}.",
        p_value=p_value,
    )


def _overlap(what: str, where: str | None) -> EvidenceError:
    place = f"control table, {where}" if where else "control table"
    return EvidenceError(f"control overlaps train: {what}", where=place, todo=_HOLD_BACK)
