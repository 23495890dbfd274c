"""Evaluation -> HTML and Markdown. Reads the evaluation's models only: a saved evaluation.json renders again."""

from __future__ import annotations

from privacy.utility.page.html import render_html
from privacy.utility.page.markdown import render_markdown

__all__ = ["render_html", "render_markdown"]
