"""Three disjoint random parts of a real table, and what its columns are."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

GIVEN_ID = "record_id"
"""An id column that a table is given when it has none of its own."""


class NotInThisTable(Exception):
    """The table has no columns or no records that this kind of leak needs."""


@dataclass(frozen=True)
class Roles:
    """Column names by what the columns hold, and what an attacker would know or want to know."""

    numeric: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    datetime: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    id: tuple[str, ...] = ()
    quasi_identifiers: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()

    @classmethod
    def of_sidecar(cls, sidecar: dict[str, Any]) -> Roles:
        """From the JSON file beside a table; columns of mixed content count as categories."""
        named = {
            kind: tuple(sidecar.get(f"{kind}_columns", ())) for kind in ("numeric", "datetime", "text", "id")
        }
        return cls(
            **named,
            categorical=(*sidecar["categorical_columns"], *sidecar.get("mixed_columns", ())),
            quasi_identifiers=tuple(sidecar["quasi_identifiers_suggested"]),
            sensitive=tuple(sidecar["sensitive_suggested"]),
        )

    @property
    def released(self) -> tuple[str, ...]:
        """All columns but ids."""
        return (*self.numeric, *self.categorical, *self.datetime, *self.text)


@dataclass(frozen=True, eq=False)
class Split:
    """Disjoint random rows of one table: `train`, `control`, `fresh`, and `spare` rows for a larger pool.

    train, control and fresh have equally many rows and hold all columns, ids too. spare may be empty.
    """

    train: pd.DataFrame
    control: pd.DataFrame
    fresh: pd.DataFrame
    roles: Roles
    spare: pd.DataFrame = field(default_factory=pd.DataFrame)

    def released(self, rows: pd.DataFrame) -> pd.DataFrame:
        """`rows` as a release would hold them: without ids, columns in their order, rows numbered anew."""
        return rows[[name for name in rows if name in self.roles.released]].reset_index(drop=True)


Plant = Callable[[Split, float, np.random.Generator], pd.DataFrame]
"""(split, dose, rng) -> a synthetic table that leaks."""

Prepare = Callable[[Split, np.random.Generator], Split]
"""What is done to the three parts before the leak is planted."""


def read_table(folder: Path, name: str) -> tuple[pd.DataFrame, Roles]:
    """`folder/name.parquet` and the roles of its columns from `folder/name.json`."""
    sidecar = json.loads((folder / f"{name}.json").read_text())
    return pd.read_parquet(folder / f"{name}.parquet"), Roles.of_sidecar(sidecar)


def make_split(
    table: pd.DataFrame, roles: Roles, rows: int, rng: np.random.Generator, *, most_spare: int | None = None
) -> Split:
    """`rows` rows each, or a third of the table where it is smaller; a table without ids is given one."""
    rows = min(rows, len(table) // 3)
    if not roles.id:
        numbers = rng.choice(9 * len(table), len(table), replace=False) + 10**6
        table, roles = table.assign(**{GIVEN_ID: numbers}), replace(roles, id=(GIVEN_ID,))
    order = rng.permutation(len(table))
    parts: Iterable[pd.DataFrame] = (table.iloc[order[i * rows : (i + 1) * rows]] for i in range(3))
    train, control, fresh = (part.reset_index(drop=True) for part in parts)
    left = order[3 * rows :][: 2 * rows if most_spare is None else most_spare]
    return Split(train, control, fresh, roles, table.iloc[left].reset_index(drop=True))


def with_repeats(split: Split, rng: np.random.Generator) -> Split:
    """A tenth of the persons of every part stands in it three times, with equal records: repeated units.

    Persons are split, not rows: nobody stands in two parts. The number of rows stays.
    """

    def repeated(rows: pd.DataFrame) -> pd.DataFrame:
        persons = rng.permutation(len(rows))[: round(len(rows) / 1.2)]
        again = persons[: len(rows) // 12]
        order = np.concatenate([persons, again, again])
        return rows.iloc[rng.permutation(order)].reset_index(drop=True)

    return replace(
        split, train=repeated(split.train), control=repeated(split.control), fresh=repeated(split.fresh)
    )


def with_30_control_rows(split: Split, rng: np.random.Generator) -> Split:
    """Next to nobody to compare with."""
    return replace(split, control=split.control.head(30))
