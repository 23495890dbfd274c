"""Audit -> HTML and Markdown. Reads the audit's models only, so a saved audit.json renders again."""

from __future__ import annotations

from privacy.report.html import render_html
from privacy.report.markdown import render_markdown

__all__ = ["render_html", "render_markdown"]
