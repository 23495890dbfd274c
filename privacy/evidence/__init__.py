"""The trio train, control, synthetic: aligned, typed, disjoint, sized, on one ruler, or refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy.errors import EvidenceError, one_line
from privacy.evidence.disjoint import Split, check_split, refuse_shared_keys
from privacy.result import ENOUGH_UNITS, Check
from privacy.ruler import Coordinates, Ruler
from privacy.schema import Schema, Treatment
from privacy.tables import canonical, persons

FEWEST_UNITS = 50
"""On either side. With fewer, no number of train records among the nearest is beyond chance and tolerance."""


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What every attack sees.

    schema: the declared or guessed schema, less the columns that no synthetic row has; only
    `schema.compared` columns stand in the frames.
    train, control, synthetic: canonical frames, a fresh index each, columns in schema order. Numeric and
    datetime columns are float64 (datetimes in seconds since 1970-01-01 UTC) with NaN for missing; every
    other column is `object` holding str, or None for missing.
    units: (rows of train + rows of control,) whose row it is, numbered from 0 over the pool, train's rows
    first. A unit is an entity, or a group of equal rows where no entity is known.
    keyed: whether units are entities.
    identifiers: table -> frame of the columns that are not compared and stand in all three tables, rows as in
    the tables; for the one attack that looks for real names and numbers.
    ruler, train_at, control_at, synthetic_at: the ruler fitted on train + control, and each table on it.
    checks: conditions the comparison rests on; a failed one makes gating findings unresolved.
    """

    schema: Schema
    train: pd.DataFrame
    control: pd.DataFrame
    synthetic: pd.DataFrame
    units: NDArray[np.int64]
    ruler: Ruler
    train_at: Coordinates
    control_at: Coordinates
    synthetic_at: Coordinates
    identifiers: Mapping[str, pd.DataFrame]
    checks: tuple[Check, ...] = ()
    keyed: bool = False

    @property
    def in_train(self) -> NDArray[np.bool_]:
        """(pool rows,) which rows of the pool are train's."""
        return np.arange(len(self.units)) < len(self.train)

    @property
    def odds(self) -> float:
        """The odds that a random unit is train's: of entities, else of rows.

        Not of groups of equal rows: the larger table has more of its rows in large groups.
        """
        if not self.keyed:
            return len(self.train) / len(self.control)
        train = np.unique(self.units[: len(self.train)]).size
        control = np.unique(self.units[len(self.train) :]).size
        return float(train / control)


def gather(
    train: pd.DataFrame,
    control: pd.DataFrame,
    synthetic: pd.DataFrame,
    schema: Schema,
    rng: np.random.Generator,
) -> Evidence:
    """The evidence, or an EvidenceError / SchemaError naming the column or the fault.

    Its `checks` say whether train and control are two draws of one source.
    Identifiers may be absent from any table and are not compared, but one that stands in train and control is
    used to refuse a control that shares people with train. Columns that the schema does not release may be
    absent from the synthetic table, and are then left out everywhere.
    """
    evidence, sides = _lined_up(train, control, synthetic, schema)
    return replace(evidence, checks=(*check_split(sides, rng), *evidence.checks))


def unchecked(
    train: pd.DataFrame, control: pd.DataFrame, synthetic: pd.DataFrame, schema: Schema
) -> Evidence:
    """As `gather`, where it is known that the same source was cut into train and control."""
    return _lined_up(train, control, synthetic, schema)[0]


def _lined_up(
    train: pd.DataFrame, control: pd.DataFrame, synthetic: pd.DataFrame, schema: Schema
) -> tuple[Evidence, Split]:
    if train is control:
        raise EvidenceError("train and control are the same table", todo="give a control that was held back")
    keys = frozenset(schema.names) - {column.name for column in schema.compared}
    unreleased = frozenset(column.name for column in schema.released_as(Treatment.DROP))
    tables = {
        "train": canonical(train, schema, table="train", optional=keys),
        "control": canonical(control, schema, table="control", optional=keys),
        "synthetic": canonical(synthetic, schema, table="synthetic", optional=keys | unreleased),
    }
    _refuse_tiny(tables)
    schema = _without(schema, [name for name in unreleased - keys if name not in tables["synthetic"]])
    names = [column.name for column in schema.compared]
    if not names:
        raise EvidenceError("there is no column to compare", todo="declare columns that are not identifiers")
    refuse_shared_keys(tables["train"], tables["control"], schema)
    compared = {table: frame[names] for table, frame in tables.items()}

    pool = pd.concat([compared["train"], compared["control"]], ignore_index=True)
    ruler = Ruler.fit(pool)
    at = {table: ruler.measure(frame) for table, frame in compared.items()}
    pool_at = at["train"].followed_by(at["control"])
    equal_rows = _numbered(np.hstack([pool_at.ranks, pool_at.codes]))
    entities = _entities(tables["train"], tables["control"], schema.entity)
    units = equal_rows if entities is None else entities
    sides = Split(compared["train"], compared["control"], pool_at, equal_rows, units, entities is not None)
    evidence = Evidence(
        schema=schema,
        **compared,
        units=units,
        ruler=ruler,
        train_at=at["train"],
        control_at=at["control"],
        synthetic_at=at["synthetic"],
        identifiers=_in_all(tables, keys),
        checks=(_enough_units(sides), *_keyless(schema.entity, sides)),
        keyed=entities is not None,
    )
    return evidence, sides


def _refuse_tiny(tables: Mapping[str, pd.DataFrame]) -> None:
    for name, frame in tables.items():
        if len(frame) < 2:
            raise EvidenceError(
                f"the {name} table has {len(frame)} row: nothing can be compared",
                todo="give tables of a few hundred rows or more",
            )


def _in_all(tables: Mapping[str, pd.DataFrame], names: Collection[str]) -> dict[str, pd.DataFrame]:
    """Those of the columns that stand in every table."""
    shared = [
        name for name in tables["synthetic"] if name in names and all(name in t for t in tables.values())
    ]
    return {table: frame[shared] for table, frame in tables.items()}


def _without(schema: Schema, names: Collection[str]) -> Schema:
    """The schema less these columns; none of them is the entity."""
    kept = tuple(column for column in schema if column.name not in names)
    return schema.model_copy(update={"columns": kept})


def _numbered(values: NDArray[Any]) -> NDArray[np.int64]:
    """Equal numbers for equal values or rows, from 0 in the order of first appearance."""
    _, first, group = np.unique(values, axis=0, return_index=True, return_inverse=True)
    renumbered = np.empty(len(first), np.int64)
    renumbered[np.argsort(first)] = np.arange(len(first))
    numbers: NDArray[np.int64] = renumbered[group.ravel()]
    return numbers


def _entities(train: pd.DataFrame, control: pd.DataFrame, entity: str | None) -> NDArray[np.int64] | None:
    """(pool rows,) the entity of each row, where both tables name it; a missing one is a person of its own."""
    if entity is None or entity not in train or entity not in control:
        return None
    names = np.concatenate([persons(train[entity]), persons(control[entity])])
    codes = pd.factorize(names)[0].astype(np.int64)
    unknown = codes < 0
    codes[unknown] = codes.max() + 1 + np.arange(np.count_nonzero(unknown))
    return _numbered(codes)


def _enough_units(split: Split) -> Check:
    train, control = split.units_on_each_side
    return Check(
        name=ENOUGH_UNITS,
        passed=min(train, control) >= FEWEST_UNITS,
        sentence=f"train holds {train:,} and control {control:,} different people or rows;"
        f" {FEWEST_UNITS} on either side are the least that can show anything.",
    )


def _keyless(entity: str | None, split: Split) -> tuple[Check, ...]:
    """A failed check where the schema names an entity that the tables lack."""
    if entity is None or split.keyed:
        return ()
    return (
        Check(
            name="entity key",
            passed=False,
            sentence=f"the entity column {one_line(entity)} is not in both train and control, so the rows of"
            " one person were taken for different people.",
        ),
    )
