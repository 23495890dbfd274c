"""What enough persons carry together: lists of values, learnt from train and looked up in a frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BeforeValidator

from tabsynth.encode.persons import Persons

Cell = Annotated[
    str | float | None,
    BeforeValidator(lambda cell: str(cell).lower() if isinstance(cell, bool) else cell),
]
"""A canonical value; a truth value is written as its word."""

Listed = tuple[tuple[Cell, ...], ...]
"""Rows of values; None for missing."""


def carried(frame: pd.DataFrame, columns: Sequence[str], persons: Persons, least: int) -> pd.DataFrame:
    """The different rows of these columns that at least `least` persons carry, and `carriers`: by how many."""
    groups = frame.groupby(list(columns), dropna=False, sort=True)
    numbers = groups.ngroup().to_numpy().astype(np.int64)
    carriers = persons.per_group(numbers, groups.ngroups)
    _, first = np.unique(numbers, return_index=True)
    enough = carriers >= least
    return frame[list(columns)].iloc[first[enough]].assign(carriers=carriers[enough]).reset_index(drop=True)


def listed(frame: pd.DataFrame) -> Listed:
    """The rows of a frame as plain values."""
    return tuple(
        tuple(None if pd.isna(cell) else cell if isinstance(cell, str) else float(cell) for cell in row)
        for row in frame.itertuples(index=False, name=None)
    )


def found_at(frame: pd.DataFrame, columns: Sequence[str], rows: Listed) -> NDArray[np.int64]:
    """(rows,) where in the list each row's values of these columns stand, as its first columns; -1 where not."""
    known = pd.DataFrame(
        {
            name: pd.Series([row[at] for row in rows], dtype=frame[name].dtype)
            for at, name in enumerate(columns)
        }
    ).reset_index(names="place")
    asked = frame[list(columns)]
    places = asked.merge(known.drop_duplicates(list(columns)), how="left", on=list(columns))["place"]
    return places.fillna(-1).to_numpy(dtype=np.int64)
