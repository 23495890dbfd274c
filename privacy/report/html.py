"""Audit -> one self-contained HTML page: no network, no script, no data but the audit's."""

from __future__ import annotations

from privacy.report import asked, drawings, planted, scales, text, view, words
from privacy.report.page import rendered
from privacy.result import Audit

_ROOMS = {
    "asked": asked,
    "drawings": drawings,
    "planted": planted,
    "scales": scales,
    "text": text,
    "view": view,
    "words": words,
}


def render_html(audit: Audit) -> str:
    """The report as HTML; equal audits give equal pages, whenever and wherever they are rendered."""
    return rendered("privacy.report", "report.html.j2", _ROOMS, audit=audit)
