"""Foreign text, lists and tables in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from privacy.report import text

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~$@&!]|:(?=//)|(?<=www)\.|^[-+=])")
"""Markup, tables, mentions, links that some readers make of bare addresses, and what begins a formula."""


def escaped(foreign: object, limit: int = 1000) -> str:
    """Foreign text on one line with every character escaped that Markdown or HTML could read."""
    return without_markup(text.visible(foreign, limit))


def without_markup(visible: str) -> str:
    """Text that is on one line already, with every character escaped that Markdown or HTML could read."""
    return _MARKUP.sub(r"\\\1", visible).replace("\\<", "&lt;").replace("\\&", "&amp;")


def bullets(items: Iterable[str]) -> list[str]:
    """A line for each item, escaped."""
    return [f"- {escaped(item)}" for item in items]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The cells as they are: whoever gives them has escaped them."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
