"""The schema as a file: TOML that a person can read and edit, or SDV metadata in JSON."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import AoT, Table

from privacy.errors import SchemaError, SourceError, one_line
from privacy.folders import disk_errors, whole_file
from privacy.guess import Guess
from privacy.schema import Column, Kind, Schema, validated
from privacy.sdv_metadata import from_sdv

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BOUNDS = ("minimum", "maximum")
_HEAD = (
    "What the table holds: one [[column]] each, in order.",
    f"kind: {', '.join(Kind)}.",
    "role: identifier (never learnt), quasi-identifier, sensitive, other.",
    "treatment: model, fake or drop; without one, what its kind and role ask for.",
    "minimum, maximum, levels: declare them only when they are public knowledge, not when they were seen.",
    "entity: the column that is equal on all rows of one person.",
)


def load_schema(path: Path | str) -> Schema:
    """The schema of a .toml file, or of SDV metadata when the ending is .json.

    Raises SourceError when the file cannot be read and SchemaError when it is no schema.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise SourceError("there is no such file", where=str(path), todo="check the path") from None
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "the file is not UTF-8 text"
        raise SourceError(why, where=str(path), todo="check the file") from None
    return _from_json(text, path) if path.suffix.lower() == ".json" else _from_toml(text, path)


def _from_json(text: str, path: Path) -> Schema:
    try:
        data = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        raise SchemaError("the file is not JSON", where=str(path), todo="export the metadata again") from None
    return from_sdv(data)


def _from_toml(text: str, path: Path) -> Schema:
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = str(error).rpartition("(")[2].rstrip(")")
        raise SchemaError(
            f"the file is not TOML ({place})", where=str(path), todo="correct that place"
        ) from None
    columns = data.pop("column", [])
    if not isinstance(columns, list) or not all(isinstance(column, dict) for column in columns):
        raise SchemaError(
            "columns are written as [[column]]", where=str(path), todo="write one [[column]] each"
        )
    return validated({**data, "columns": [_with_seconds(column) for column in columns]}, where=path.name)


def _with_seconds(column: dict[str, Any]) -> dict[str, Any]:
    """The column with dates in its bounds turned into seconds since 1970-01-01 UTC."""
    dates = {key: column[key] for key in _BOUNDS if isinstance(column.get(key), date)}
    if dates and column.get("kind") != Kind.DATETIME:
        where = f"column {column.get('name', '?')}"
        raise SchemaError("a date is a bound of datetime columns only", where=where, todo="write a number")
    return {**column, **{key: _seconds(value) for key, value in dates.items()}}


def _seconds(value: date) -> float:
    moment = value if isinstance(value, datetime) else datetime.combine(value, time())
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH).total_seconds()


def save_schema(schema: Schema, path: Path | str, guesses: Iterable[Guess] = ()) -> None:
    """Writes the schema as TOML; the guesses' reasons stand as comments. SourceError when it cannot."""
    path = Path(path)
    with disk_errors(path), whole_file(path) as draft:
        draft.write_text(schema_text(schema, guesses), encoding="utf-8", newline="\n")


def schema_text(schema: Schema, guesses: Iterable[Guess] = ()) -> str:
    """The schema as TOML text."""
    reasons = {guess.column: guess for guess in guesses}
    document = tomlkit.document()
    for line in _HEAD:
        document.add(tomlkit.comment(line))
    document.add(tomlkit.nl())
    if schema.entity is not None:
        document.add("entity", tomlkit.string(schema.entity))
    array = AoT([])
    for column in schema:
        array.append(_table(column, reasons.get(column.name)))
    document.add("column", array)
    return tomlkit.dumps(document)


def _table(column: Column, guess: Guess | None) -> Table:
    table = tomlkit.table()
    if guess is not None:
        table.add(tomlkit.comment(one_line(f"{guess.reason} (confidence {guess.confidence:.0%})", 200)))
    fields = column.model_dump(mode="json", exclude_none=True)
    for key, value in fields.items():
        table.add(key, _dated(value) if key in _BOUNDS and column.kind is Kind.DATETIME else value)
    return table


def _dated(seconds: float) -> date | float:
    """Seconds as the date or time they are; as a number where no calendar reaches."""
    try:
        moment = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return seconds
    if (moment - _EPOCH).total_seconds() != seconds:
        return seconds
    return moment.date() if moment.time() == time() else moment.replace(tzinfo=None)
