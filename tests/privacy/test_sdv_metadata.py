"""SDV's metadata in and out: the kinds come over, the embedded source values do not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from privacy.errors import SchemaError
from privacy.schema import Kind, Role, Schema, Treatment
from privacy.sdv_metadata import from_sdv, to_sdv

SECRET = "Mrs-Example-4711"

COLUMNS: dict[str, dict[str, Any]] = {
    "pid": {"sdtype": "id", "regex_format": "P[0-9]{6}"},
    "age": {"sdtype": "numerical", "computer_representation": "Int64"},
    "cost": {"sdtype": "numerical", "range_min": 3.25, "range_max": 99871.5, "decimal_places": 2},
    "grade": {"sdtype": "ordinal", "range_values": [SECRET]},
    "diagnosis": {"sdtype": "categorical", "range_values": [SECRET, "B"], "order_by": "alphabetical"},
    "smoker": {"sdtype": "boolean"},
    "seen": {"sdtype": "datetime", "datetime_format": "%Y-%m-%d", "range_min": "1911-03-04 00:00:00"},
    "family": {"sdtype": "last_name", "pii": True},
    "mail": {"sdtype": "email"},
    "zip": {"sdtype": "postcode", "pii": True},
    "lat": {"sdtype": "latitude"},
    "odd": {"sdtype": "unknown", "pii": True},
    "plain": {"sdtype": "job", "pii": False},
}
SINGLE_V1 = {"METADATA_SPEC_VERSION": "SINGLE_TABLE_V1", "primary_key": "pid", "columns": COLUMNS}
MULTI = {"relationships": [], "tables": {"people": {"primary_key": "pid", "columns": COLUMNS}}}
VERSIONS = [SINGLE_V1, {**MULTI, "METADATA_SPEC_VERSION": "V1"}, {**MULTI, "METADATA_SPEC_VERSION": "V2"}]


@pytest.mark.parametrize("metadata", VERSIONS)
def test_kinds_and_roles_come_over_from_every_version(metadata: dict[str, Any]) -> None:
    schema = from_sdv(metadata)
    assert schema.entity == "pid"
    assert {column.name: column.kind for column in schema} == {
        "pid": Kind.ID,
        "age": Kind.NUMERIC,
        "cost": Kind.NUMERIC,
        "grade": Kind.CATEGORICAL,
        "diagnosis": Kind.CATEGORICAL,
        "smoker": Kind.BOOLEAN,
        "seen": Kind.DATETIME,
        "family": Kind.TEXT,
        "mail": Kind.TEXT,
        "zip": Kind.CATEGORICAL,
        "lat": Kind.NUMERIC,
        "odd": Kind.TEXT,
        "plain": Kind.CATEGORICAL,
    }
    assert (schema["age"].decimals, schema["cost"].decimals) == (0, 2)
    assert {c.name for c in schema.with_role(Role.IDENTIFIER)} == {"pid", "family", "mail", "odd"}
    assert schema["zip"].role is Role.QUASI_IDENTIFIER and schema["diagnosis"].role is Role.SENSITIVE


@pytest.mark.parametrize("metadata", VERSIONS)
def test_no_value_that_sdv_embedded_comes_over(metadata: dict[str, Any]) -> None:
    text = from_sdv(metadata).model_dump_json() + json.dumps(to_sdv(from_sdv(metadata)))
    assert not any(value in text for value in (SECRET, "3.25", "99871", "1911", "P[0-9]"))


def test_one_of_several_tables_by_name() -> None:
    metadata = {
        "tables": {"a": {"columns": {"x": {"sdtype": "id"}}}, "b": {"columns": {"y": {"sdtype": "id"}}}}
    }
    assert from_sdv(metadata, "b").names == ("y",)
    with pytest.raises(SchemaError, match="2 tables"):
        from_sdv(metadata)
    with pytest.raises(SchemaError, match="table c: "):
        from_sdv(metadata, "c")


@pytest.mark.parametrize(
    "metadata",
    [
        [],
        {},
        {"tables": {}},
        {"tables": {"t": 3}},
        {"tables": {"t": {"columns": []}}},
        {"columns": {"x": "id"}},
        {"columns": {}},
        {"columns": {"x": {"sdtype": "id"}}, "primary_key": "y"},
    ],
)
def test_what_is_no_metadata_is_one_line(metadata: Any) -> None:
    with pytest.raises(SchemaError) as caught:
        from_sdv(metadata)
    assert "\n" not in str(caught.value)


def test_export_names_columns_and_sdtypes_only(people_schema: Schema) -> None:
    exported = to_sdv(people_schema, "people")["tables"]["people"]["columns"]
    assert list(exported) == list(people_schema.names)
    assert exported["age"] == {"sdtype": "numerical", "decimal_places": 0}
    assert exported["person"] == {"sdtype": "id"}


@pytest.mark.slow
def test_sdv_itself_accepts_what_we_write_and_we_accept_what_sdv_writes(
    people: Callable[[int, int], pd.DataFrame], people_schema: Schema
) -> None:
    metadata_class = pytest.importorskip("sdv.metadata").Metadata
    ours = metadata_class.load_from_dict(to_sdv(people_schema))
    ours.validate()
    again = from_sdv(ours.to_dict())
    assert again.names == people_schema.names
    assert [c.kind for c in again if c.name != "smoker"] == [
        c.kind for c in people_schema if c.name != "smoker"
    ]

    detected = metadata_class.detect_from_dataframes({"people": people(400, 0)}).to_dict()
    assert "range_values" in json.dumps(detected), "SDV no longer embeds values: this test shows nothing"
    schema = from_sdv(detected)
    assert schema["person"].released_as is Treatment.FAKE and schema["cost"].kind is Kind.NUMERIC
    assert all(c.minimum is None and c.maximum is None and c.levels is None for c in schema)
