"""Audits on disk: `audit.json`, `report.html` and `report.md`, written whole or not at all."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from privacy.errors import SourceError
from privacy.report import render_html, render_markdown
from privacy.result import Audit

AUDIT_FILES = frozenset({"audit.json", "report.html", "report.md"})


def audit_files(audit: Audit) -> dict[str, bytes]:
    """The three files of an audit by name."""
    return {
        "audit.json": (audit.model_dump_json(indent=1) + "\n").encode(),
        "report.html": render_html(audit).encode(),
        "report.md": render_markdown(audit).encode(),
    }


def load_audit(path: Path) -> Audit:
    """The audit of a JSON file; SourceError when it is not one."""
    try:
        return Audit.model_validate_json(path.read_bytes())
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}", where=str(path)) from None
    except ValidationError:
        raise SourceError(
            "is not an audit of this version", where=str(path), todo="name an audit.json that tabsynth wrote"
        ) from None
