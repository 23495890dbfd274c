"""How many rows of each part, and of each level of a column within it: counted out, none twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from privacy import SMALL_CELL, ConfigError, SourceError
from tabsynth.asked.shares import ROUNDING, counted_out


@dataclass(frozen=True, slots=True)
class Strata:
    """The levels of a column in each part as in that part, or at these shares. shares: level as text -> share."""

    column: str
    shares: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        total = sum(self.shares.values())
        if self.shares and (abs(total - 1) > ROUNDING or min(self.shares.values()) < 0):
            raise ConfigError(
                f"the shares of the levels sum to {total:.4%}",
                where=f"column {self.column}",
                todo="state shares that sum to 100%",
            )


def chosen(
    table: pa.Table, rows: int, strata: Strata | None, rng: np.random.Generator, name: str
) -> NDArray[np.int64]:
    """(rows,) which rows of `table` are taken, each once at most. SourceError when there are too few."""
    _require(table.num_rows, rows, name, "")
    if strata is None:
        return rng.permutation(table.num_rows)[:rows]
    levels = _levels(table, strata)
    counts = np.bincount(levels)
    wanted = (
        counted_out(list(counts / counts.sum()), rows)
        if not strata.shares
        else counted_out(list(strata.shares.values()), rows)
    )
    taken = []
    for level, count in enumerate(wanted):
        members = np.flatnonzero(levels == level)
        _require(len(members), count, name, f" of level {level + 1} of column {strata.column}")
        taken.append(rng.permutation(members)[:count])
    return np.concatenate(taken)


def _levels(table: pa.Table, strata: Strata) -> NDArray[np.int64]:
    """(rows,) the number of each row's level: by first appearance with missing as one of its own, or the place
    among the stated ones, and then a number past these for all others."""
    if strata.column not in table.column_names:
        raise ConfigError("the tables have no such column", where=f"--stratify {strata.column}")
    column = table[strata.column].combine_chunks()
    if not strata.shares:
        return _numbers(column.dictionary_encode(null_encoding="encode").indices)
    texts = column if pa.types.is_string(column.type) else pc.cast(column, pa.string())
    found = pc.index_in(texts, pa.array(list(strata.shares), pa.string()))
    return _numbers(pc.fill_null(found, len(strata.shares)))


def _numbers(indices: pa.Array) -> NDArray[np.int64]:
    numbers: NDArray[np.int64] = indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return numbers


def _require(there: int, asked: int, name: str, which: str) -> None:
    if asked > there:
        known = f"{there:,}" if there >= SMALL_CELL else f"fewer than {SMALL_CELL}"
        raise SourceError(
            f"has {known} rows{which}, and its share asks for {asked:,}",
            where=name,
            todo="ask for fewer rows, or a smaller share: no row is taken twice",
        )
