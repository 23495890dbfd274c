"""What a schema promises: consistent columns, an entity, and treatments that never learn an identifier."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from privacy.errors import SchemaError
from privacy.schema import Column, Kind, Role, Schema, Treatment, validated


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("treatment", [None, *Treatment])
def test_identifiers_and_free_text_are_never_learnt(
    kind: Kind, role: Role, treatment: Treatment | None
) -> None:
    personal = role is Role.IDENTIFIER or kind in (Kind.ID, Kind.TEXT)
    if personal and treatment is Treatment.MODEL:
        with pytest.raises(ValidationError, match="cannot be learnt"):
            Column(name="x", kind=kind, role=role, treatment=treatment)
    else:
        released = Column(name="x", kind=kind, role=role, treatment=treatment).released_as
        assert (released is not Treatment.MODEL) if personal else (released is (treatment or Treatment.MODEL))


def test_views_keep_the_order(people_schema: Schema) -> None:
    assert people_schema.names[0] == "person" and people_schema["cost"].decimals == 2
    assert [column.name for column in people_schema.with_role(Role.SENSITIVE)] == ["diagnosis", "cost"]
    assert [column.name for column in people_schema.released_as(Treatment.FAKE)] == ["person"]
    assert [column.name for column in people_schema.compared] == list(people_schema.names[1:])
    with pytest.raises(SchemaError, match="column nobody: no such column"):
        people_schema["nobody"]


AGE = {"name": "age", "kind": "numeric"}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"columns": []}, "at least one column"),
        ({"columns": [AGE, AGE]}, "column 'age' is declared twice"),
        ({"columns": [AGE], "entity": "who"}, "entity column 'who' is not among the columns"),
        ({"columns": [AGE], "entity": "age"}, "must be an id or an identifier"),
        ({"columns": [{**AGE, "kind": "number"}]}, "columns.0.kind"),
        ({"columns": [{**AGE, "kin": "x"}]}, "columns.0.kin"),
        ({"columns": [{**AGE, "minimum": 2, "maximum": 1}]}, "minimum is above maximum"),
        ({"columns": [{**AGE, "minimum": float("inf")}]}, "columns.0.minimum"),
        ({"columns": [{**AGE, "decimals": -1}]}, "columns.0.decimals"),
        ({"columns": [{"name": "a", "kind": "categorical", "levels": ["x", "x"]}]}, "listed twice"),
        ({"columns": [{**AGE, "kind": "id", "treatment": "model"}]}, "cannot be learnt"),
    ],
)
def test_a_wrong_schema_is_one_line_that_names_the_place(data: dict[str, Any], says: str) -> None:
    with pytest.raises(SchemaError) as caught:
        validated(data)
    assert says in str(caught.value) and "\n" not in str(caught.value)
