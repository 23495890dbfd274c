"""A template of a package -> one self-contained HTML page: no network, no script, no style but its own."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from types import ModuleType

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from privacy.report import text


def rendered(
    package: str, template: str, rooms: Mapping[str, ModuleType], styles: Sequence[str] = (), **told: object
) -> str:
    """The page of `template` in the audit report's clothes, with the style sheets `styles` of its package besides.

    rooms: the modules that templates may call, by the names they use. told: what the page is about.
    """
    sheets = [("privacy.report", "report.css"), *((package, style) for style in styles)]
    css = "\n".join(
        files(room).joinpath("templates", name).read_text(encoding="utf-8") for room, name in sheets
    )
    digest = b64encode(sha256(css.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    # The style sheets are files of these packages, not foreign text.
    trusted = Markup(css)  # noqa: S704
    return _environment(package, **rooms).get_template(template).render(told, css=trusted, policy=policy)


@cache  # which remembers keywords, but could not remember a mapping
def _environment(package: str, **rooms: ModuleType) -> Environment:
    environment = Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(visible=text.visible, decimal=text.decimal)
    environment.globals.update(rooms)
    return environment
