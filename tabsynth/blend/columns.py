"""Tables of several makers under one roof: the same columns, in types that lose nothing."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from privacy import SchemaError

_SHOWN = 5
_ADVISED = 3
_SAME = "bring tables that hold the same in every column"


def alike(tables: Sequence[pa.Table], names: Sequence[str]) -> list[pa.Table]:
    """The tables with the columns of the first, in its order, all in the same types.

    names: of the tables, for messages. SchemaError where columns are missing or extra, or hold different things.
    """
    first = tables[0]
    for table, name in zip(tables[1:], names[1:], strict=True):
        _require_same_columns(first, table, names[0], name)
    types = {
        column: _common([table.schema.field(column).type for table in tables])
        for column in first.column_names
    }
    unlike = [column for column, kind in types.items() if kind is None]
    if unlike:
        raise SchemaError(
            f"{', '.join(unlike[:_SHOWN])}: the parts hold different kinds of values here",
            where="--part",
            todo=_way_to_one_kind(unlike, tables, names),
        )
    schema = pa.schema(types.items())
    return [
        _cast(table.select(first.column_names), schema, name)
        for table, name in zip(tables, names, strict=True)
    ]


def _way_to_one_kind(unlike: Sequence[str], tables: Sequence[pa.Table], names: Sequence[str]) -> str:
    """Codes that are whole numbers in one part may be texts in a synthetic one, which pools the rare ones."""
    kinds = [[_plain(table.schema.field(column).type) for table in tables] for column in unlike]
    if not all(_is_text(kind) or pa.types.is_integer(kind) for column in kinds for kind in column):
        return _SAME
    whole = [
        name for at, name in enumerate(names) if any(pa.types.is_integer(column[at]) for column in kinds)
    ]
    return f"write {_advised(unlike)} as text in {' and '.join(whole)}; synthetic rows hold a word for rare codes"


def _require_same_columns(first: pa.Table, table: pa.Table, first_name: str, name: str) -> None:
    missing = [column for column in first.column_names if column not in table.column_names]
    extra = [column for column in table.column_names if column not in first.column_names]
    faults = [f"misses {', '.join(missing[:_SHOWN])}"] if missing else []
    faults += [f"has {', '.join(extra[:_SHOWN])} too many"] if extra else []
    if faults or len(set(table.column_names)) < table.num_columns:
        surplus = [(missing, first_name), (extra, name)]
        ways = [f"{_advised(columns)} out of {which}" for columns, which in surplus if columns]
        raise SchemaError(
            f"has other columns than the first part: {'; '.join(faults) or 'one stands twice'}",
            where=name,
            todo=f"leave {', and '.join(ways)} (releases hold no free text)"
            if ways
            else "name each column once",
        )


def _advised(columns: Sequence[str]) -> str:
    """The first few columns, and how many more."""
    more = len(columns) - _ADVISED
    return ", ".join(columns[:_ADVISED]) + (f" and {more} more" if more > 0 else "")


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _common(types: Sequence[pa.DataType]) -> pa.DataType | None:
    """A type that holds the values of all; None where they are of different kinds."""
    plain = {_plain(kind) for kind in types} - {pa.null()}
    if len(plain) <= 1:
        return next(iter(plain), pa.null())
    others = {kind for kind in plain if not _is_text(kind)}
    if not others:
        return pa.string()
    if plain - others:
        # A .csv file has no types: dates and truth values come from it as texts.
        spelled = _common([*others])
        return spelled if spelled and (spelled == pa.bool_() or pa.types.is_timestamp(spelled)) else None
    if all(pa.types.is_date(kind) or pa.types.is_timestamp(kind) for kind in plain):
        zones = {kind.tz for kind in plain if pa.types.is_timestamp(kind)}
        return pa.timestamp("us", zones.pop()) if len(zones) == 1 else None
    if all(pa.types.is_integer(kind) for kind in plain):
        return pa.int64()
    if all(pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in plain):
        return pa.float64()
    return None


def _cast(table: pa.Table, schema: pa.Schema, name: str) -> pa.Table:
    for at, field in enumerate(schema):
        if table.schema.field(at).type != field.type:
            try:
                table = table.set_column(at, field.name, pc.cast(table[at], field.type))
            except pa.ArrowInvalid:
                is_date = pa.types.is_timestamp(field.type)
                raise SchemaError(
                    f"holds values that do not fit the other parts' {field.type}",
                    where=f"{name}: column {field.name}",
                    todo="write its dates as 2024-01-31" if is_date else _SAME,
                ) from None
    return table
