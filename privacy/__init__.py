"""The customs house: inspects a synthetic table, anybody's, against the people it was made from.

Names load on first use, so importing this package is quick and brings in neither torch nor any generator.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from privacy.attacks.trials import Trials, compared
    from privacy.auditor import audit
    from privacy.command import USAGE, give, run_command, say
    from privacy.compiling import compiled
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
    from privacy.fidelity import fidelity_of
    from privacy.folders import (
        disk_errors,
        require_new,
        require_new_file,
        require_place,
        whole_file,
        whole_folder,
    )
    from privacy.generations import followed
    from privacy.guess import Guess, guess_schema
    from privacy.inspection import inspect_files, tell_verdict
    from privacy.limits import known_policy
    from privacy.measures import MEASURES, nearest_measure
    from privacy.neighbors import Distance, k_nearest, two_nearest
    from privacy.policy import BUILT_IN, Policy
    from privacy.progress import Screen
    from privacy.record import AUDIT_FILES, audit_files, load_audit
    from privacy.report.markup import escaped
    from privacy.result import Audit, Estimate, Finding, Interval, Measure, Outcome, Skipped
    from privacy.ruler import Coordinates, Ruler
    from privacy.schema import Column, Kind, Role, Schema, Treatment
    from privacy.schema_file import load_schema, save_schema, schema_text
    from privacy.sdv_metadata import to_sdv
    from privacy.segments import Segment
    from privacy.spending import alpha_at
    from privacy.stats import (
        Count,
        clopper_pearson,
        holm,
        newcombe,
        one_run_epsilon,
        proportion,
        two_exact,
    )
    from privacy.tables import (
        MARK,
        Marks,
        RowMark,
        as_frame,
        canonical,
        lifted,
        one_spelling,
        persons,
        read_arrow,
        read_marked,
        read_table,
    )
    from privacy.tables.marks import GENERATION_KEY, LABEL_KEY, LABELS, LINEAGE_KEY, REAL, Label
    from privacy.utility import Evaluation, evaluate, evaluate_files, use
    from privacy.wording import SMALL_CELL, counted, percent

_HOME = {
    "AUDIT_FILES": "record",
    "BUILT_IN": "policy",
    "Audit": "result",
    "BundleError": "errors",
    "Column": "schema",
    "ConfigError": "errors",
    "Coordinates": "ruler",
    "Count": "stats",
    "Distance": "neighbors",
    "Estimate": "result",
    "Evaluation": "utility",
    "Event": "events",
    "EvidenceError": "errors",
    "Finding": "result",
    "GENERATION_KEY": "tables.marks",
    "Guess": "guess",
    "InternalError": "errors",
    "Interval": "result",
    "Kind": "schema",
    "LABELS": "tables.marks",
    "LABEL_KEY": "tables.marks",
    "LINEAGE_KEY": "tables.marks",
    "Label": "tables.marks",
    "MARK": "tables.marks",
    "MEASURES": "measures",
    "Marks": "tables.marks",
    "Measure": "result",
    "MissingExtraError": "errors",
    "OnEvent": "events",
    "Outcome": "result",
    "Policy": "policy",
    "PolicyError": "errors",
    "REAL": "tables.marks",
    "Role": "schema",
    "RowMark": "tables.marks",
    "Ruler": "ruler",
    "SMALL_CELL": "wording",
    "Schema": "schema",
    "SchemaError": "errors",
    "Screen": "progress",
    "Segment": "segments",
    "Skipped": "result",
    "SourceError": "errors",
    "TrainingError": "errors",
    "Treatment": "schema",
    "Trials": "attacks.trials",
    "USAGE": "command",
    "UserError": "errors",
    "alpha_at": "spending",
    "as_frame": "tables",
    "audit": "auditor",
    "audit_files": "record",
    "canonical": "tables",
    "clopper_pearson": "stats",
    "compared": "attacks.trials",
    "compiled": "compiling",
    "counted": "wording",
    "disk_errors": "folders",
    "escaped": "report.markup",
    "evaluate": "utility",
    "evaluate_files": "utility",
    "fidelity_of": "fidelity",
    "first_fault": "errors",
    "followed": "generations",
    "give": "command",
    "guess_schema": "guess",
    "holm": "stats",
    "inspect_files": "inspection",
    "k_nearest": "neighbors",
    "known_policy": "limits",
    "lifted": "tables.marks",
    "load_audit": "record",
    "load_schema": "schema_file",
    "nearest_measure": "measures",
    "newcombe": "stats",
    "one_line": "errors",
    "one_run_epsilon": "stats",
    "one_spelling": "tables",
    "percent": "wording",
    "persons": "tables",
    "proportion": "stats",
    "read_arrow": "tables",
    "read_marked": "tables",
    "read_table": "tables",
    "require_new": "folders",
    "require_new_file": "folders",
    "require_place": "folders",
    "run_command": "command",
    "save_schema": "schema_file",
    "say": "command",
    "schema_text": "schema_file",
    "silent": "events",
    "tell_verdict": "inspection",
    "to_sdv": "sdv_metadata",
    "two_exact": "stats",
    "two_nearest": "neighbors",
    "use": "utility",
    "whole_file": "folders",
    "whole_folder": "folders",
}

__all__ = [
    "AUDIT_FILES",
    "BUILT_IN",
    "GENERATION_KEY",
    "LABELS",
    "LABEL_KEY",
    "LINEAGE_KEY",
    "MARK",
    "MEASURES",
    "REAL",
    "SMALL_CELL",
    "USAGE",
    "Audit",
    "BundleError",
    "Column",
    "ConfigError",
    "Coordinates",
    "Count",
    "Distance",
    "Estimate",
    "Evaluation",
    "Event",
    "EvidenceError",
    "Finding",
    "Guess",
    "InternalError",
    "Interval",
    "Kind",
    "Label",
    "Marks",
    "Measure",
    "MissingExtraError",
    "OnEvent",
    "Outcome",
    "Policy",
    "PolicyError",
    "Role",
    "RowMark",
    "Ruler",
    "Schema",
    "SchemaError",
    "Screen",
    "Segment",
    "Skipped",
    "SourceError",
    "TrainingError",
    "Treatment",
    "Trials",
    "UserError",
    "alpha_at",
    "as_frame",
    "audit",
    "audit_files",
    "canonical",
    "clopper_pearson",
    "compared",
    "compiled",
    "counted",
    "disk_errors",
    "escaped",
    "evaluate",
    "evaluate_files",
    "fidelity_of",
    "first_fault",
    "followed",
    "give",
    "guess_schema",
    "holm",
    "inspect_files",
    "k_nearest",
    "known_policy",
    "lifted",
    "load_audit",
    "load_schema",
    "nearest_measure",
    "newcombe",
    "one_line",
    "one_run_epsilon",
    "one_spelling",
    "percent",
    "persons",
    "proportion",
    "read_arrow",
    "read_marked",
    "read_table",
    "require_new",
    "require_new_file",
    "require_place",
    "run_command",
    "save_schema",
    "say",
    "schema_text",
    "silent",
    "tell_verdict",
    "to_sdv",
    "two_exact",
    "two_nearest",
    "use",
    "whole_file",
    "whole_folder",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'privacy' has no attribute {name!r}")
    return getattr(import_module(f"privacy.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
