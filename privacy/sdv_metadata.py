"""SDV's metadata in and out, without the source values it embeds.

SDV 2.0 writes smallest and largest values and every level of a column into its metadata (`range_min`,
`range_max`, `range_values`). None of that is taken over: a column keeps its name, its kind and whether it
points at a person. Reads single-table V1 and multi-table V1 and V2; writes V2. Fields as documented at
https://docs.sdv.dev/sdv/concepts/metadata.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from privacy.errors import SchemaError
from privacy.guess.column_names import meaning
from privacy.schema import Column, Kind, Role, Schema, validated

_KINDS = {
    "numerical": Kind.NUMERIC,
    "categorical": Kind.CATEGORICAL,
    "ordinal": Kind.CATEGORICAL,
    "boolean": Kind.BOOLEAN,
    "datetime": Kind.DATETIME,
    "id": Kind.ID,
    "text": Kind.TEXT,
}
_PLACES = {
    "city",
    "country_code",
    "administrative_unit",
    "state",
    "state_abbr",
    "postcode",
    "zipcode",
    "latitude",
    "longitude",
}
_NUMERIC_PLACES = {"latitude", "longitude"}
_TODO = "export the metadata again with SDV's save_to_json"


def from_sdv(metadata: Any, table: str | None = None) -> Schema:
    """A schema from SDV metadata; `table` chooses among several.

    Personal sdtypes (name, email, ...) become identifiers, places quasi-identifiers; other roles are read off
    the names. The primary or sequence key becomes the entity. SchemaError when the metadata is none.
    """
    chosen = _table(metadata, table)
    columns = chosen.get("columns")
    if not isinstance(columns, Mapping) or not all(isinstance(facts, Mapping) for facts in columns.values()):
        raise SchemaError("the SDV metadata has no columns", todo=_TODO)
    keys = {key for field in ("primary_key", "sequence_key") for key in _names(chosen.get(field))}
    for name in keys - set(columns):
        raise SchemaError(
            "the SDV metadata names a key that is no column", where=f"column {name}", todo=_TODO
        )
    fields = [_column(name, facts, name in keys) for name, facts in columns.items()]
    owner = _names(chosen.get("sequence_key")) or _names(chosen.get("primary_key"))
    return validated(
        {"columns": fields, "entity": owner[0] if len(owner) == 1 else None}, where="SDV metadata"
    )


def _names(field: object) -> list[str]:
    """A key of SDV: one name, several, or none."""
    if isinstance(field, str):
        return [field]
    return [name for name in field if isinstance(name, str)] if isinstance(field, list | tuple) else []


def _table(metadata: Any, table: str | None) -> Mapping[str, Any]:
    if not isinstance(metadata, Mapping):
        raise SchemaError("the file is not SDV metadata", todo=_TODO)
    tables = metadata.get("tables")
    if tables is None and "columns" in metadata:
        return metadata
    if not isinstance(tables, Mapping) or not tables:
        raise SchemaError("the SDV metadata has no tables", todo=_TODO)
    if table is None and len(tables) > 1:
        raise SchemaError(
            f"the SDV metadata describes {len(tables)} tables", todo="save the metadata of one table"
        )
    chosen = tables.get(table) if table is not None else next(iter(tables.values()))
    if not isinstance(chosen, Mapping):
        raise SchemaError(
            "the SDV metadata has no such table", where=f"table {table}", todo="name one it has"
        )
    return chosen


def _column(name: str, facts: Mapping[str, Any], key: bool) -> dict[str, Any]:
    """The column's fields, from its sdtype; what else SDV recorded about the values is left behind."""
    sdtype = str(facts.get("sdtype", "unknown"))
    personal = facts.get("pii", sdtype not in _KINDS) is not False
    hint = meaning(name)
    role = hint.role if hint is not None else Role.OTHER
    if key or sdtype == "id":
        return {"name": name, "kind": Kind.ID, "role": Role.IDENTIFIER}
    if sdtype in _PLACES:
        kind = Kind.NUMERIC if sdtype in _NUMERIC_PLACES else Kind.CATEGORICAL
        return {"name": name, "kind": kind, "role": Role.QUASI_IDENTIFIER}
    if sdtype in _KINDS:
        return {"name": name, "kind": _KINDS[sdtype], "role": role, **_decimals(sdtype, facts)}
    if personal:
        return {"name": name, "kind": Kind.TEXT, "role": Role.IDENTIFIER}
    return {"name": name, "kind": Kind.CATEGORICAL, "role": role}


def _decimals(sdtype: str, facts: Mapping[str, Any]) -> dict[str, int]:
    if sdtype != "numerical":
        return {}
    if str(facts.get("computer_representation", "")).startswith(("Int", "UInt")):
        return {"decimals": 0}
    places = facts.get("decimal_places")
    return {"decimals": places} if isinstance(places, int) and 0 <= places <= 15 else {}


def to_sdv(schema: Schema, table: str = "table") -> dict[str, Any]:
    """SDV metadata (V2) of one table: names and sdtypes only.

    No primary key is named: an entity may own several rows, which SDV's primary key forbids.
    """
    columns = {column.name: _sdtype(column) for column in schema}
    return {"tables": {table: {"columns": columns}}, "relationships": [], "METADATA_SPEC_VERSION": "V2"}


def _sdtype(column: Column) -> dict[str, Any]:
    if column.kind is Kind.ID:
        return {"sdtype": "id"}
    if column.role is Role.IDENTIFIER or column.kind is Kind.TEXT:
        return {"sdtype": "unknown", "pii": True}
    if column.kind is Kind.NUMERIC and column.decimals is not None:
        return {"sdtype": "numerical", "decimal_places": column.decimals}
    sdtypes = {
        Kind.NUMERIC: "numerical",
        Kind.CATEGORICAL: "categorical",
        Kind.BOOLEAN: "categorical",
        Kind.DATETIME: "datetime",
    }
    return {"sdtype": sdtypes[column.kind]}
