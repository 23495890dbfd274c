"""Audit -> one self-contained HTML page: no network, no script, no data but the audit's."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from privacy.report import asked, drawings, planted, scales, text, view, words
from privacy.result import Audit


def render_html(audit: Audit) -> str:
    """The report as HTML; equal audits give equal pages, whenever and wherever they are rendered."""
    css = files("privacy.report").joinpath("templates", "report.css").read_text(encoding="utf-8")
    digest = b64encode(sha256(css.encode()).digest()).decode()
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            audit=audit,
            # The style sheet is a file of this package, not foreign text.
            css=Markup(css),  # noqa: S704
            policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("privacy.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(visible=text.visible, decimal=text.decimal, at=lambda series, at: series[at])
    environment.globals.update(
        asked=asked, drawings=drawings, planted=planted, scales=scales, text=text, view=view, words=words
    )
    return environment
