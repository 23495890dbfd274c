"""What can go wrong, in two families: the user's to mend, and ours.

Every user error is one line that says what is wrong, where, and what to do. Messages name columns and
counts, never a value of a table: an exception travels to logs and screens that the table may not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError


def one_line(text: str, limit: int = 120) -> str:
    """`text` made safe for a log or a terminal: control characters escaped, cut at `limit`.

    Column names come from the user's file and may hold newlines or terminal escape codes.
    """
    safe = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
    return safe if len(safe) <= limit else safe[: limit - 1] + "…"


_IN_OUR_WORDS = {
    "extra_forbidden": "there is no such key",
    "missing": "this key is needed",
    "tuple_type": "write a list",
    "too_short": "the list is too short",
}


def first_fault(error: ValidationError) -> tuple[str, str]:
    """The first thing that a pydantic model refused: its dotted place, maybe "", and why, without the input."""
    first = error.errors(include_input=False, include_url=False)[0]
    reason = _IN_OUR_WORDS.get(first["type"], first["msg"].removeprefix("Value error, "))
    return ".".join(str(part) for part in first["loc"]), reason


class UserError(Exception):
    """Something the user can mend. The command line prints it on one line and exits with 2."""

    def __init__(self, what: str, *, where: str | None = None, todo: str | None = None) -> None:
        self.what, self.where, self.todo = one_line(what, 400), where, todo
        place = f"{one_line(where)}: " if where else ""
        advice = f"; {one_line(todo, 400)}" if todo else ""
        super().__init__(f"{place}{self.what}{advice}")


class SourceError(UserError):
    """A file cannot be read or written as a table."""


class SchemaError(UserError):
    """A schema is wrong in itself, or a table does not follow it."""


class EvidenceError(UserError):
    """Train, control and synthetic cannot be compared: overlapping, misaligned or empty."""


class PolicyError(UserError):
    """A policy file is wrong."""


class ConfigError(UserError):
    """An option or a configuration file is wrong."""


class BundleError(UserError):
    """A release bundle is damaged, altered or incomplete."""


class TrainingError(UserError):
    """A generator cannot be fitted to this table with these settings."""


class MissingExtraError(UserError):
    """An optional package is needed. Names the install line."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            f"the package {package} is not installed", todo=f"pip install 'tabsynth-privacy[{extra}]'"
        )


class InternalError(Exception):
    """Our fault: a promise between two rooms was broken. The command line exits with 70."""
