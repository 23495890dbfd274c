"""Tables out to files, whole or not at all, and harmless to a spreadsheet; `privacy` has the way back."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from privacy import MARK, Column, Kind, Schema, SchemaError, SourceError, Treatment, require_place, whole_file
from tabsynth.lineage.ancestry import Lineage

_FORMULA = "^[=+\\-@\\t\\r\\n\uff1d\uff0b\uff0d\uff20]"
"""What makes a spreadsheet run a cell: OWASP, CSV Injection (CWE-1236)."""
_NUMBER = r"^-[0-9]+(?:\.[0-9]+)?$"


def public_schema(schema: Schema) -> Schema:
    """The schema of the released table: its columns, and what a person declared of them."""
    kept = tuple(column for column in schema.columns if column.released_as is not Treatment.DROP)
    names = {column.name for column in kept}
    return schema.model_copy(
        update={"columns": kept, "entity": schema.entity if schema.entity in names else None}
    )


def released_frame(canonical: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """A canonical frame in the types users expect; columns as they stand in `canonical`.

    Datetimes become datetime64[us] (UTC, without zone), truth values pandas boolean, whole numbers and categories
    declared to be whole numbers Int64, other numbers float64 rounded to their decimals, everything else string.
    """
    columns = {name: _released(canonical[name], schema[name]) for name in map(str, canonical.columns)}
    return pd.DataFrame(columns, index=pd.RangeIndex(len(canonical)), copy=False)


def _released(series: pd.Series[Any], column: Column) -> pd.Series[Any]:
    series = series.reset_index(drop=True)
    if column.kind is Kind.DATETIME:
        known = series.notna().to_numpy()
        micros = np.where(known, np.round(series.to_numpy(dtype=np.float64) * 1e6), 0).astype(np.int64)
        moments = micros.astype("datetime64[us]")
        moments[~known] = np.datetime64("NaT")
        return pd.Series(moments)
    if column.kind is Kind.BOOLEAN:
        return series.map({"true": True, "false": False}).astype("boolean")
    if column.kind is Kind.NUMERIC and column.decimals is not None:
        rounded = series.astype("float64").round(column.decimals)
        fits = bool((rounded.abs().fillna(0) < 2**63).all())
        return rounded.astype("Int64") if column.decimals == 0 and fits else rounded
    if column.kind is Kind.NUMERIC:
        return series.astype("float64")
    if column.kind is Kind.CATEGORICAL and column.decimals == 0 and _whole(series.dropna()):
        return pd.to_numeric(series).astype("Int64")
    return series.astype("string")


def _whole(texts: pd.Series[Any]) -> bool:
    """Whether every text is a whole number as we write them; a pooled level has a word for its name."""
    return bool(texts.str.fullmatch(r"-?[0-9]{1,18}").all()) and not texts.empty


def require_writable(path: Path) -> None:
    """SourceError or ConfigError unless a table can be written there; for saying so before the work."""
    if path.suffix.lower() not in _WRITERS:
        known = ", ".join(_WRITERS)
        raise SourceError(
            "the file's ending says no known format", where=str(path), todo=f"use one of {known}"
        )
    require_place(path)


def write_table(frame: pd.DataFrame, path: Path | str, lineage: Lineage | None = None) -> tuple[str, ...]:
    """Writes a frame as `write_arrow` does."""
    require_writable(Path(path))
    try:
        table = pa.Table.from_pandas(frame, preserve_index=False)
    except (pa.ArrowException, UnicodeEncodeError):
        raise _foreign_values(Path(path)) from None
    return write_arrow(table, path, lineage)


def write_arrow(table: pa.Table, path: Path | str, lineage: Lineage | None = None) -> tuple[str, ...]:
    """Writes .csv, .parquet or .arrow by the ending, under a temporary name until it is complete.

    lineage: where the table came from, for the metadata of the formats that have any. In a CSV file, texts and
    column names that a spreadsheet would run as a formula get an apostrophe in front; numbers are not touched.
    Returns the names of the columns so changed. Raises SourceError when the file
    cannot be written; then nothing is left of it.
    """
    path = Path(path)
    require_writable(path)
    writer = _WRITERS[path.suffix.lower()]
    changed: tuple[str, ...] = ()
    try:
        table = table.replace_schema_metadata(lineage.metadata() if lineage else None)
        if path.suffix.lower() == ".csv":
            table, changed = _harmless(_short_dates(_spelled_out(table)))
        with whole_file(path) as unfinished:
            writer(table, unfinished)
    except OSError as error:
        why = os.strerror(error.errno or 5)
        raise SourceError(
            f"cannot write: {why}", where=str(path), todo="free space, or choose another place"
        ) from None
    except pa.ArrowException:
        raise _foreign_values(path) from None
    return changed


def _foreign_values(path: Path) -> SourceError:
    return SourceError("holds values this format cannot store", where=str(path), todo="use another format")


def require_unmarked(names: Iterable[str]) -> None:
    """SchemaError where a column of the table's own has the name of the mark."""
    if MARK in names:
        raise SchemaError(
            "this name is kept for the mark that synthetic rows bear",
            where=f"column {MARK}",
            todo="rename the column",
        )


def with_mark(frame: pd.DataFrame, word: str) -> pd.DataFrame:
    """The frame with the column that says of every row where it came from, see `privacy.MARK`."""
    require_unmarked(frame.columns)
    words = pd.Categorical([word]).repeat(len(frame))
    return frame.assign(**{MARK: words})


def _write_csv(table: pa.Table, path: Path) -> None:
    import pyarrow.csv as arrow_csv

    arrow_csv.write_csv(table, path)


def _write_parquet(table: pa.Table, path: Path) -> None:
    import pyarrow.parquet as parquet

    parquet.write_table(table, path, compression="zstd")


def _write_arrow(table: pa.Table, path: Path) -> None:
    import pyarrow.feather as feather

    feather.write_feather(table, str(path), compression="zstd")


_WRITERS: dict[str, Callable[[pa.Table, Path], None]] = {
    ".csv": _write_csv,
    ".parquet": _write_parquet,
    ".arrow": _write_arrow,
}


def _spelled_out(table: pa.Table) -> pa.Table:
    """Categories as the texts they stand for, so that no cell escapes the check for formulas."""
    for j, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(j, field.name, pc.cast(table[j], field.type.value_type))
    return table


def _short_dates(table: pa.Table) -> pa.Table:
    """Times in UTC without a zone; where they are all midnight as dates: 2020-01-31, not 2020-01-31 00:00:00."""
    for j, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            times = pc.cast(table[j], pa.timestamp(field.type.unit))
            short = pa.date32() if _has_only(times, "day") else pa.timestamp("us")
            table = table.set_column(
                j, field.name, pc.cast(times, short) if _has_only(times, "microsecond") else times
            )
    return table


def _has_only(times: pa.ChunkedArray, unit: str) -> bool:
    return bool(pc.all(pc.equal(times, pc.floor_temporal(times, unit=unit))).as_py())


def _harmless(table: pa.Table) -> tuple[pa.Table, tuple[str, ...]]:
    """The table with an apostrophe before every formula, and the names of the columns that got one."""
    changed: list[str] = []
    names: list[str] = []
    for j, field in enumerate(table.schema):
        name: str = field.name
        column = table[j]
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            risky = pc.and_not(
                pc.match_substring_regex(column, _FORMULA), pc.match_substring_regex(column, _NUMBER)
            )
            if pc.any(risky).as_py():
                guarded = pc.binary_join_element_wise(
                    pa.scalar("'", field.type), column, pa.scalar("", field.type)
                )
                table = table.set_column(j, name, pc.if_else(risky, guarded, column))
                changed.append(name)
        if pc.match_substring_regex(pa.scalar(name), _FORMULA).as_py():
            changed += [name] if name not in changed else []
            name = f"'{name}"
        names.append(name)
    return table.rename_columns(names), tuple(changed)
