"""CSV as it stands: every cell's exact text, and numbers only where nothing is lost by calling them so."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from privacy.errors import SourceError
from privacy.tables.csv_dialect import SEPARATORS, as_numbers, separator_of

_BLOCK_BYTES = 1 << 24
_BEGINNING_CHARACTERS = 1 << 20
_QUOTES = "close every quote, and double the quotes inside quoted cells"


def read_csv(path: Path) -> pa.Table:
    """The table of a UTF-8 CSV file with a header line; columns are string, int64 or float64.

    Commas, semicolons or tabs separate the cells, whichever the header line shows; where it is not commas,
    numbers may have a decimal comma. Empty cells are null. Raises SourceError for ragged rows, other encodings
    or separators, broken quotes, a missing header, and names that are empty or stand twice; no message shows a
    cell.
    """
    separator, width = _separator_and_width(path)
    text = _read_text(path, separator, width)
    names = [text.column(j)[0].as_py() or "" for j in range(width)]
    _check_header(names, path)
    cells = [text.column(j).slice(1) for j in range(width)]
    if any(pc.any(pc.match_substring(column, "\n")).as_py() for column in cells):
        _check_quotes(path, separator)
    return pa.table([_typed(column.combine_chunks(), separator) for column in cells], names=names)


def _separator_and_width(path: Path) -> tuple[str, int]:
    """What separates the cells, and the number of names in the first line that is not blank."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            separator = separator_of(file.read(_BEGINNING_CHARACTERS))
            file.seek(0)
            header = next((row for row in csv.reader(file, delimiter=separator or ",") if row), None)
    except UnicodeDecodeError:
        raise _not_utf8(path) from None
    except csv.Error:
        raise SourceError("the header line cannot be read", where=str(path), todo=_QUOTES) from None
    if header is None:
        raise SourceError("the file is empty", where=str(path), todo="write a header line and the rows")
    if separator is None:
        raise SourceError(
            "cells are not separated by commas, semicolons or tabs",
            where=str(path),
            todo="save it with commas between the cells, or as .parquet",
        )
    return separator, len(header)


def _read_text(path: Path, separator: str, width: int, threads: bool = True) -> pa.Table:
    """Every line, the header too, as `width` string columns named 0, 1, ... Several threads do not know which row
    they are in: what they stumble over is read again by one."""
    ragged: list[tuple[int, int]] = []

    def refuse(row: Any) -> str:
        ragged.append((row.number or 0, row.actual_columns))
        return "error"

    names = [str(number) for number in range(width)]
    try:
        return arrow_csv.read_csv(
            path,
            read_options=arrow_csv.ReadOptions(
                column_names=names, block_size=_BLOCK_BYTES, use_threads=threads
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=separator,
                newlines_in_values=True,
                ignore_empty_lines=width > 1,
                invalid_row_handler=refuse,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
            ),
        )
    except pa.ArrowInvalid as error:
        if ragged and threads:
            return _read_text(path, separator, width, threads=False)
        if ragged:
            marks = SEPARATORS[separator]
            raise SourceError(
                f"row {ragged[0][0]:,} has {ragged[0][1]} cells, the header has {width}",
                where=str(path),
                todo=f"give every row as many cells as the header, and quote cells that hold {marks}",
            ) from None
        if "UTF8" in str(error):
            raise _not_utf8(path) from None
        raise SourceError("the file cannot be read as CSV", where=str(path), todo=_QUOTES) from None


def _not_utf8(path: Path) -> SourceError:
    return SourceError(
        "the file is not UTF-8 text", where=str(path), todo="save it as UTF-8 (in Excel: CSV UTF-8)"
    )


def _check_header(names: list[str], path: Path) -> None:
    for number, name in enumerate(names, 1):
        if not name.strip():
            raise SourceError(
                f"column {number} has no name",
                where=str(path),
                todo="name every column; a table saved with its row numbers must be saved without",
            )
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise SourceError("stands twice in the header", where=f"{path}: column {twice}", todo="rename one")


def _check_quotes(path: Path, separator: str) -> None:
    """Refuse a file in which a quote left open has swallowed rows.

    Only a cell with a line break can hide that, so only files that have one are read a second time.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for _ in csv.reader(file, delimiter=separator, strict=True):
                pass
    except csv.Error:
        raise SourceError("a quote is left open or misplaced", where=str(path), todo=_QUOTES) from None


def _typed(text: Any, separator: str) -> Any:
    numbers = as_numbers(text, separator)
    return text if numbers is None else numbers
