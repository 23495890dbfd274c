"""The audit's models and the JSON Schema that is committed for whoever reads audit.json without us."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from pydantic import ValidationError

from privacy.result import Audit, Estimate, Interval, Outcome, TableFacts, Verdict, json_schema

COMMITTED = Path(__file__).parents[2] / "reports" / "schema" / "audit.schema.json"


@pytest.fixture
def smallest() -> Audit:
    table = TableFacts(rows=1, units=1)
    return Audit(
        created="2026-11-22T12:00:00+00:00",
        versions={},
        policy={},
        columns=(),
        train=table,
        control=table,
        synthetic=table,
        checks=(),
        findings=(),
        verdict=Verdict(outcome=Outcome.INCONCLUSIVE, sentence="Nothing was run."),
    )


def test_the_committed_schema_is_the_models_schema() -> None:
    committed = json.loads(COMMITTED.read_text(encoding="utf-8"))
    assert committed == json.loads(json.dumps(json_schema())), (
        "the models changed: write json.dumps(privacy.result.json_schema(), indent=1) and a newline to"
        f" {COMMITTED.name}, and say in CHANGELOG what readers of audit.json must know"
    )
    jsonschema.Draft202012Validator.check_schema(committed)


def test_an_audit_follows_the_schema_and_a_damaged_one_does_not(smallest: Audit) -> None:
    check = jsonschema.Draft202012Validator(json.loads(COMMITTED.read_text(encoding="utf-8")))
    data = json.loads(smallest.model_dump_json())
    assert check.is_valid(data)
    assert not check.is_valid({**data, "verdict": {**data["verdict"], "outcome": "ok"}})
    assert not check.is_valid({**data, "unknown": 1})
    assert not check.is_valid({key: value for key, value in data.items() if key != "findings"})


def test_an_audit_comes_back_from_json_unchanged(smallest: Audit) -> None:
    assert Audit.model_validate_json(smallest.model_dump_json(indent=1)) == smallest


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_json_does_not_know_are_refused(value: float) -> None:
    with pytest.raises(ValidationError):
        Estimate(value=value)
    with pytest.raises(ValidationError):
        Interval(low=0, high=value)
