"""Tables of several makers under one roof: the same columns, in types that lose nothing."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from privacy import SchemaError

_SHOWN = 5


def alike(tables: Sequence[pa.Table], names: Sequence[str]) -> list[pa.Table]:
    """The tables with the columns of the first, in its order, all in the same types.

    names: of the tables, for messages. SchemaError where columns are missing or extra, or hold different things.
    """
    first = tables[0]
    for table, name in zip(tables[1:], names[1:], strict=True):
        _require_same_columns(first, table, name)
    types = {
        column: _common([table.schema.field(column).type for table in tables])
        for column in first.column_names
    }
    unlike = [column for column, kind in types.items() if kind is None]
    if unlike:
        raise SchemaError(
            f"{', '.join(unlike[:_SHOWN])}: the parts hold different kinds of values here",
            where="--part",
            todo="bring tables that hold the same in every column",
        )
    schema = pa.schema(types.items())
    return [
        _cast(table.select(first.column_names), schema, name)
        for table, name in zip(tables, names, strict=True)
    ]


def _require_same_columns(first: pa.Table, table: pa.Table, name: str) -> None:
    missing = [column for column in first.column_names if column not in table.column_names]
    extra = [column for column in table.column_names if column not in first.column_names]
    faults = [f"misses {', '.join(missing[:_SHOWN])}"] if missing else []
    faults += [f"has {', '.join(extra[:_SHOWN])} too many"] if extra else []
    if faults or len(set(table.column_names)) < table.num_columns:
        raise SchemaError(
            f"has other columns than the first part: {'; '.join(faults) or 'one stands twice'}",
            where=name,
            todo="bring tables with the same columns",
        )


def _common(types: Sequence[pa.DataType]) -> pa.DataType | None:
    """A type that holds the values of all; None where they are of different kinds."""
    plain = {kind.value_type if pa.types.is_dictionary(kind) else kind for kind in types} - {pa.null()}
    if len(plain) <= 1:
        return next(iter(plain), pa.null())
    others = {kind for kind in plain if not (pa.types.is_string(kind) or pa.types.is_large_string(kind))}
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
                raise SchemaError(
                    f"holds values that do not fit the other parts' {field.type}",
                    where=f"{name}: column {field.name}",
                    todo="bring tables that hold the same in every column",
                ) from None
    return table
