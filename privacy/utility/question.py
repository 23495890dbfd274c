"""From three tables and a target to a case in numbers, or one line that says why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy.errors import ConfigError, EvidenceError, SchemaError, one_line
from privacy.evidence import Evidence
from privacy.schema import Column, Kind, Schema
from privacy.utility.arms import FEWEST_ROWS
from privacy.utility.case import Case, Floats, Ints, Table
from privacy.utility.result import Task
from privacy.utility.subgroups import scored_classes
from privacy.wording import SMALL_CELL

MOST_CLASSES = 50
FEWEST_CONTROL = 50
FEWEST_OF_A_CLASS = 5
_NUMBERS = (Kind.NUMERIC, Kind.DATETIME)
_EVENT = {"true": 1.0, "1": 1.0, "false": 0.0, "0": 0.0}
_THIRDS = ("lowest third", "middle third", "highest third")


@dataclass(frozen=True, slots=True)
class Question:
    """target: the column to predict; with time, its event. groups: columns whose parts are scored apart.
    left_out: columns that no model may see.
    """

    target: str
    time: str | None = None
    groups: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def check_columns(asked: Question, schema: Schema) -> None:
    """ConfigError for columns that there are not, or that cannot be what they are asked to be."""
    for option, names in (
        ("--target", (asked.target,)),
        ("--time", (asked.time,) if asked.time is not None else ()),
        ("--groups", asked.groups),
        ("--leave-out", asked.left_out),
    ):
        for name in names:
            if name not in schema.names:
                raise ConfigError(
                    "there is no such column", where=f"{option} {name}", todo="check its spelling"
                )
    _refuse_unfit(schema, asked.target, "--target", (Kind.ID, Kind.TEXT, Kind.DATETIME))
    if asked.time is not None:
        _refuse_unfit(schema, asked.time, "--time", tuple(set(Kind) - {Kind.NUMERIC}))
    for name in asked.groups:
        _refuse_unfit(schema, name, "--groups", (Kind.ID, Kind.TEXT))
    if asked.target in (asked.time, *asked.left_out):
        raise ConfigError(
            "the target is named twice", where=f"--target {asked.target}", todo="name two columns"
        )


def _refuse_unfit(schema: Schema, name: str, option: str, kinds: Sequence[Kind]) -> None:
    column = schema[name]
    if column.kind in kinds or column not in schema.compared:
        what = column.kind if column in schema.compared else "identifier"
        raise ConfigError(
            f"its kind is {what}: it cannot serve here",
            where=f"{option} {name}",
            todo="name another column, or correct its kind and role in the schema",
        )


def pose(asked: Question, evidence: Evidence) -> tuple[Case, list[str]]:
    """The case, and what was done to the rows in sentences. Raises SchemaError or EvidenceError, one line each."""
    frames = {"real": evidence.train, "synthetic": evidence.synthetic, "control": evidence.control}
    for name in (asked.target, asked.time, *asked.groups):
        if name is not None and name not in evidence.train:
            raise SchemaError("the synthetic table does not have it", where=f"column {name}")
    people = _people(evidence)
    known = {table: frame[asked.target].notna().to_numpy() for table, frame in frames.items()}
    if asked.time is not None:
        _refuse_missing_events(asked, frames)
    notes = [
        _dropped(table, int((~kept).sum()), f"{one_line(asked.target)} is missing in them")
        for table, kept in known.items()
        if not kept.all()
    ]
    foreign = known["synthetic"] & ~_of_known_class(asked, evidence)
    if foreign.any():
        why = f"no real row has their class of {one_line(asked.target)}, which may be a pool of rare ones"
        notes.append(_dropped("synthetic", int(foreign.sum()), why))
        known["synthetic"] &= ~foreign
    _refuse_few({table: int(kept.sum()) for table, kept in known.items()}, asked.target)
    frames = {table: frame[known[table]].reset_index(drop=True) for table, frame in frames.items()}
    task, outcomes, classes = _outcomes(asked, evidence.schema[asked.target], frames)
    features = _features(asked, evidence.schema, frames["real"])
    cells = _cells(frames, features)
    tables = {
        table: Table(
            cells[table],
            outcomes[table],
            frame[asked.time].to_numpy(np.float64) if asked.time else np.zeros(len(frame)),
            people[table][known[table]],
        )
        for table, frame in frames.items()
    }
    case = Case(
        task=task,
        features=tuple(column.name for column in features),
        nominal=np.array([column.kind not in _NUMBERS for column in features]),
        classes=classes,
        **tables,
        groups={
            name: _groups(frames["real"][name], frames["control"][name], evidence.schema[name])
            for name in asked.groups
        },
    )
    _refuse_thin(case, asked.target)
    return case, notes


def _people(evidence: Evidence) -> dict[str, Ints]:
    """Whose row each is: of the key where there is one; else, and in the synthetic table, everybody's own."""
    synthetic = np.arange(len(evidence.synthetic))
    if not evidence.keyed:
        real, control = np.arange(len(evidence.train)), np.arange(len(evidence.control))
    else:
        real, control = np.split(evidence.units, [len(evidence.train)])
    return {"real": real, "synthetic": synthetic, "control": control}


def _dropped(table: str, rows: int, why: str) -> str:
    count = f"{rows:,}" if rows >= SMALL_CELL else f"fewer than {SMALL_CELL}"
    return f"{count} rows of the {table} table are left out, since {why}."


def _of_known_class(asked: Question, evidence: Evidence) -> NDArray[np.bool_]:
    """(rows,) which synthetic rows have a class that a real one has; all of them where numbers are asked for."""
    real = evidence.train[asked.target].dropna()
    is_number = evidence.schema[asked.target].kind is Kind.NUMERIC and real.nunique() > 2
    if asked.time is not None or is_number:
        return np.ones(len(evidence.synthetic), bool)
    return evidence.synthetic[asked.target].isin(real.unique()).to_numpy()


def _refuse_few(rows: dict[str, int], target: str) -> None:
    for table, least in (("real", FEWEST_ROWS), ("synthetic", FEWEST_ROWS), ("control", FEWEST_CONTROL)):
        if rows[table] < least:
            known = "can be compared with real ones" if table == "synthetic" else "is known"
            raise EvidenceError(
                f"the {table} table has too few rows in which the target {known}: it needs {least}",
                where=f"column {target}",
                todo="give a larger table",
            )


def _refuse_missing_events(asked: Question, frames: dict[str, pd.DataFrame]) -> None:
    """Of a survival row both must be known, and a time is not negative."""
    assert asked.time is not None  # noqa: S101
    for table, frame in frames.items():
        for name in (asked.time, asked.target):
            if frame[name].isna().any():
                raise SchemaError(
                    "holds missing values, and survival needs time and event of every row",
                    where=f"{table}: column {name}",
                    todo="leave those rows out",
                )
        if (frame[asked.time] < 0).any():
            raise SchemaError(
                "holds negative times",
                where=f"{table}: column {asked.time}",
                todo="count time from the beginning of the observation",
            )


def _outcomes(
    asked: Question, column: Column, frames: dict[str, pd.DataFrame]
) -> tuple[Task, dict[str, Floats], int]:
    """The task, the outcome of every row and the number of classes."""
    real = frames["real"][asked.target]
    distinct = real.nunique()
    if distinct < 2:
        raise EvidenceError(
            "it is constant in the real table", where=f"column {asked.target}", todo="name another"
        )
    if asked.time is not None:
        return Task.SURVIVAL, {table: _events(f[asked.target], table) for table, f in frames.items()}, 0
    if column.kind is Kind.NUMERIC and distinct > 2:
        return Task.NUMBER, {t: f[asked.target].to_numpy(np.float64) for t, f in frames.items()}, 0
    if distinct > MOST_CLASSES:
        raise EvidenceError(
            f"it has more than {MOST_CLASSES} classes",
            where=f"column {asked.target}",
            todo="join rare ones, or declare it numeric",
        )
    levels = real.value_counts(sort=False).sort_index().sort_values(ascending=False, kind="stable").index
    place = pd.Series(np.arange(distinct, dtype=np.float64), index=levels)
    outcomes = {t: f[asked.target].map(place).fillna(-1).to_numpy(np.float64) for t, f in frames.items()}
    return Task.BINARY if distinct == 2 else Task.CLASSES, outcomes, distinct


def _events(column: pd.Series[float], table: str) -> Floats:
    said = [value if isinstance(value, str) else f"{value:g}" for value in column]
    if not set(said) <= set(_EVENT):
        raise SchemaError(
            "an event is 1 or true where it was seen, 0 or false where it was not",
            where=f"{table}: column {column.name}",
            todo="recode it",
        )
    return np.array([_EVENT[value] for value in said])


def _features(asked: Question, schema: Schema, real: pd.DataFrame) -> list[Column]:
    """What models see: no text, no target, nothing left out, nothing that no real row has a value of."""
    hidden = {asked.target, asked.time, *asked.left_out}
    found = [
        column
        for column in schema.compared
        if column.name not in hidden and column.kind is not Kind.TEXT and real[column.name].notna().any()
    ]
    if not found:
        raise EvidenceError("no column is left to predict from", todo="leave fewer columns out")
    return found


def _cells(frames: dict[str, pd.DataFrame], features: list[Column]) -> dict[str, Floats]:
    """(rows, features) of each table; levels get the same number in all tables, in the order of their names."""
    cells = {table: np.empty((len(frame), len(features))) for table, frame in frames.items()}
    for at, column in enumerate(features):
        if column.kind in _NUMBERS:
            for table, frame in frames.items():
                cells[table][:, at] = frame[column.name].to_numpy(np.float64)
            continue
        levels = sorted(set().union(*(frame[column.name].dropna().unique() for frame in frames.values())))
        place = pd.Series(np.arange(len(levels), dtype=np.float64), index=pd.Index(levels, dtype=object))
        for table, frame in frames.items():
            cells[table][:, at] = frame[column.name].map(place).to_numpy(np.float64)
    return cells


def _groups(
    real: pd.Series[float], control: pd.Series[float], column: Column
) -> tuple[Ints, tuple[str, ...]]:
    """The group of each control row and what groups are called: levels by rank, numbers by thirds of real."""
    if column.kind in _NUMBERS:
        ends = np.nanquantile(real.to_numpy(np.float64), [1 / 3, 2 / 3])
        place = np.searchsorted(ends, control.to_numpy(np.float64), side="left")
        names: tuple[str, ...] = _THIRDS
    else:
        levels = real.value_counts(sort=False).sort_index().sort_values(ascending=False, kind="stable").index
        place = control.map(pd.Series(np.arange(len(levels)), index=levels)).fillna(-1).to_numpy(np.int64)
        names = tuple(f"level {rank}" for rank in range(1, len(levels) + 1))
    missing = control.isna().to_numpy()
    return np.where(missing, len(names), place).astype(np.int64), (*names, "missing")


def _refuse_thin(case: Case, target: str) -> None:
    """Too few people of a class, or events, to learn from or to score on."""
    if scored_classes(case, case.control) is None:
        what = {
            Task.NUMBER: "the target is constant in the control table",
            Task.SURVIVAL: f"the control table has fewer than {SMALL_CELL} events",
        }.get(case.task, f"fewer than two classes have {SMALL_CELL} people in the control table")
        raise EvidenceError(what, where=f"column {target}", todo="give a larger control")
    seen = np.bincount(case.real.outcome.astype(np.int64)) if case.task is not Task.NUMBER else np.array([])
    if case.task in (Task.BINARY, Task.SURVIVAL) and seen.min() < FEWEST_OF_A_CLASS:
        raise EvidenceError(
            f"the real table has fewer than {FEWEST_OF_A_CLASS} rows of one kind",
            where=f"column {target}",
            todo="give a larger table",
        )


__all__ = ["Question", "check_columns", "pose"]
