"""Files and frames into canonical tables: the one place where foreign types become ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from privacy.errors import SchemaError, SourceError, one_line
from privacy.schema import Column, Kind, Schema
from privacy.tables.cells import to_numbers, to_seconds, to_texts, to_truth
from privacy.tables.csv_file import read_csv
from privacy.tables.frames import as_frame, repeated
from privacy.tables.marks import MARK, Marks, RowMark, lifted
from privacy.tables.persons import one_spelling, persons

__all__ = [
    "MARK",
    "Marks",
    "RowMark",
    "as_frame",
    "canonical",
    "lifted",
    "one_spelling",
    "persons",
    "read_arrow",
    "read_marked",
    "read_table",
]


def read_table(path: Path | str) -> pd.DataFrame:
    """The table of a .csv, .parquet, .arrow or .feather file, without the marks of synthetic rows.

    SourceError when it cannot be read.
    """
    return read_marked(path)[0]


def read_marked(path: Path | str) -> tuple[pd.DataFrame, Marks]:
    """The table of a file, and what it says of its rows, see `privacy.tables.marks`."""
    table, marks = lifted(read_arrow(path))
    with _reading(Path(path)):
        return as_frame(table), marks


def read_arrow(path: Path | str) -> pa.Table:
    """The table of a file in Arrow's types, with its metadata and whatever marks it has."""
    path = Path(path)
    if path.is_dir():
        raise SourceError("this is a folder", where=str(path), todo="name one file")
    if not path.exists():
        raise SourceError("there is no such file", where=str(path), todo="check the path")
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(_READERS)
        raise SourceError(
            "the file's ending says no known format", where=str(path), todo=f"use one of {known}"
        )
    with _reading(path):
        return reader(path)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turns what readers raise into one line that says what to do."""
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        why = getattr(error, "strerror", None) or f"the file is not a readable {path.suffix[1:]} table"
        raise SourceError(why, where=str(path), todo="check the file, or export it again") from None


def _read_parquet(path: Path) -> pa.Table:
    import pyarrow.parquet as parquet

    return parquet.ParquetFile(path).read()


def _read_arrow(path: Path) -> pa.Table:
    import pyarrow.feather as feather

    with path.open("rb") as file:
        stream = not file.read(6).startswith((b"ARROW1", b"FEA1"))
    if not stream:
        return feather.read_table(path)
    with pa.OSFile(str(path)) as source, pa.ipc.open_stream(source) as batches:
        return batches.read_all()


_READERS: dict[str, Callable[[Path], pa.Table]] = {
    ".csv": read_csv,
    ".parquet": _read_parquet,
    ".arrow": _read_arrow,
    ".feather": _read_arrow,
}


def canonical(
    frame: pd.DataFrame, schema: Schema, *, table: str, optional: frozenset[str] = frozenset()
) -> pd.DataFrame:
    """`frame` with the schema's columns in its order and canonical types, a fresh index.

    Numeric and datetime columns become float64 (datetimes in seconds since 1970-01-01 UTC), NaN for missing;
    every other column `object` holding str, None for missing; truth values are "true" and "false". `table`
    names the table in errors; `optional` columns may be absent. Raises SchemaError for columns that are
    missing, extra or twice there, for values that do not fit their column, and for a table without rows.
    """
    if isinstance(frame, pd.DataFrame):
        twice = repeated(map(str, frame.columns))
        if twice:
            raise SchemaError(
                "stands twice in the table", where=f"{table}: column {twice[0]}", todo="rename one"
            )
    plain = as_frame(frame)
    _check_columns(list(plain.columns), schema, table, optional)
    if plain.empty:
        raise SchemaError(f"the {table} table has no rows", todo="give a table with rows")
    columns = {
        column.name: _converted(plain[column.name], column, table)
        for column in schema
        if column.name in plain.columns
    }
    return pd.DataFrame(columns, index=pd.RangeIndex(len(plain)), copy=False)


def _check_columns(names: list[str], schema: Schema, table: str, optional: frozenset[str]) -> None:
    missing = [name for name in schema.names if name not in names and name not in optional]
    extra = [name for name in names if name not in schema.names]
    faults = [f"missing column {_listed(missing)}"] if missing else []
    faults += [f"extra column {_listed(extra)}: not in the schema"] if extra else []
    if faults:
        raise SchemaError(
            "; ".join(faults), where=f"{table} table", todo="make the columns and the schema the same"
        )


def _listed(names: list[str]) -> str:
    shown = ", ".join(one_line(name, 40) for name in names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown


def _converted(series: pd.Series[Any], column: Column, table: str) -> NDArray[Any]:
    """The column's canonical values, or a SchemaError that counts what does not fit."""
    if column.kind is Kind.NUMERIC:
        result, noun, todo = to_numbers(series), "numbers", "declare it categorical, or an id"
    elif column.kind is Kind.DATETIME:
        result, noun, todo = (
            to_seconds(series),
            "dates",
            "write dates as YYYY-MM-DD, or declare it categorical",
        )
    elif column.kind is Kind.BOOLEAN:
        result, noun, todo = to_truth(series), "true or false", "declare it categorical"
    else:
        _refuse_infinite(series, f"{table}: column {column.name}")
        return to_texts(series)
    where = f"{table}: column {column.name}"
    if result.note:
        raise SchemaError(f"{result.bad} of {len(series)} values: {result.note}", where=where, todo=todo)
    if result.bad:
        raise SchemaError(f"{result.bad} of {len(series)} values are not {noun}", where=where, todo=todo)
    if column.kind is Kind.NUMERIC:
        _refuse_infinite(pd.Series(result.cells), where)
    return result.cells


def _refuse_infinite(values: pd.Series[Any], where: str) -> None:
    if values.dtype.kind == "f" and (infinite := int(np.isinf(values.to_numpy()).sum())):
        raise SchemaError(
            f"{infinite} of {len(values)} values are infinite",
            where=where,
            todo="replace them or leave them empty",
        )
