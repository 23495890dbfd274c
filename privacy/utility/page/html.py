"""Evaluation -> one self-contained HTML page in the audit report's clothes: no network, no script."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from privacy.report import drawings as shared, text
from privacy.utility.page import drawings, view
from privacy.utility.result import Evaluation


def render_html(evaluation: Evaluation) -> str:
    """The page; equal evaluations give equal pages."""
    css = "\n".join(
        files(package).joinpath("templates", name).read_text(encoding="utf-8")
        for package, name in (("privacy.report", "report.css"), ("privacy.utility.page", "evaluation.css"))
    )
    digest = b64encode(sha256(css.encode()).digest()).decode()
    return (
        _environment()
        .get_template("evaluation.html.j2")
        .render(
            evaluation=evaluation,
            # The style sheets are files of these packages, not foreign text.
            css=Markup(css),  # noqa: S704
            policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("privacy.utility.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(visible=text.visible, decimal=text.decimal)
    environment.globals.update(drawings=drawings, shared=shared, text=text, view=view)
    return environment
