"""Evaluation -> one self-contained HTML page in the audit report's clothes: no network, no script."""

from __future__ import annotations

from privacy.report import drawings as shared, text
from privacy.report.page import rendered
from privacy.utility.page import drawings, view
from privacy.utility.result import Evaluation

_ROOMS = {"drawings": drawings, "shared": shared, "text": text, "view": view}


def render_html(evaluation: Evaluation) -> str:
    """The page; equal evaluations give equal pages."""
    return rendered(
        "privacy.utility.page", "evaluation.html.j2", _ROOMS, ["evaluation.css"], evaluation=evaluation
    )
