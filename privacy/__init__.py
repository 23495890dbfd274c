"""The customs house: inspects a synthetic table, anybody's, against the people it was made from.

Names load on first use, so importing this package is quick and brings in neither torch nor any generator.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from privacy.auditor import audit
    from privacy.command import USAGE, give, run_command, say
    from privacy.errors import (
        BundleError,
        ConfigError,
        EvidenceError,
        InternalError,
        MissingExtraError,
        PolicyError,
        SchemaError,
        SourceError,
        TrainingError,
        UserError,
        first_fault,
        one_line,
    )
    from privacy.events import Event, OnEvent, silent
    from privacy.folders import disk_errors, require_new, require_place, whole_file, whole_folder
    from privacy.guess import Guess, guess_schema
    from privacy.inspection import inspect_files, tell_verdict
    from privacy.policy import Policy
    from privacy.progress import Screen
    from privacy.record import AUDIT_FILES, audit_files, load_audit
    from privacy.result import Audit, Outcome
    from privacy.schema import Column, Kind, Role, Schema, Treatment
    from privacy.schema_file import load_schema, save_schema, schema_text
    from privacy.sdv_metadata import to_sdv
    from privacy.tables import as_frame, canonical, one_spelling, persons, read_table

_HOME = {
    "AUDIT_FILES": "record",
    "Audit": "result",
    "BundleError": "errors",
    "Column": "schema",
    "ConfigError": "errors",
    "Event": "events",
    "EvidenceError": "errors",
    "Guess": "guess",
    "InternalError": "errors",
    "Kind": "schema",
    "MissingExtraError": "errors",
    "OnEvent": "events",
    "Outcome": "result",
    "Policy": "policy",
    "PolicyError": "errors",
    "Role": "schema",
    "Schema": "schema",
    "SchemaError": "errors",
    "Screen": "progress",
    "SourceError": "errors",
    "TrainingError": "errors",
    "Treatment": "schema",
    "USAGE": "command",
    "UserError": "errors",
    "as_frame": "tables",
    "audit": "auditor",
    "audit_files": "record",
    "canonical": "tables",
    "disk_errors": "folders",
    "first_fault": "errors",
    "give": "command",
    "guess_schema": "guess",
    "inspect_files": "inspection",
    "load_audit": "record",
    "load_schema": "schema_file",
    "one_line": "errors",
    "one_spelling": "tables",
    "persons": "tables",
    "read_table": "tables",
    "require_new": "folders",
    "require_place": "folders",
    "run_command": "command",
    "save_schema": "schema_file",
    "say": "command",
    "schema_text": "schema_file",
    "silent": "events",
    "tell_verdict": "inspection",
    "to_sdv": "sdv_metadata",
    "whole_file": "folders",
    "whole_folder": "folders",
}

__all__ = [
    "AUDIT_FILES",
    "USAGE",
    "Audit",
    "BundleError",
    "Column",
    "ConfigError",
    "Event",
    "EvidenceError",
    "Guess",
    "InternalError",
    "Kind",
    "MissingExtraError",
    "OnEvent",
    "Outcome",
    "Policy",
    "PolicyError",
    "Role",
    "Schema",
    "SchemaError",
    "Screen",
    "SourceError",
    "TrainingError",
    "Treatment",
    "UserError",
    "as_frame",
    "audit",
    "audit_files",
    "canonical",
    "disk_errors",
    "first_fault",
    "give",
    "guess_schema",
    "inspect_files",
    "load_audit",
    "load_schema",
    "one_line",
    "one_spelling",
    "persons",
    "read_table",
    "require_new",
    "require_place",
    "run_command",
    "save_schema",
    "say",
    "schema_text",
    "silent",
    "tell_verdict",
    "to_sdv",
    "whole_file",
    "whole_folder",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'privacy' has no attribute {name!r}")
    return getattr(import_module(f"privacy.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
