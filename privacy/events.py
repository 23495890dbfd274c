"""Progress, as values: the library says what it does, the command line draws it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a long job.

    stage: what is being done, in words a user knows ("training", "nearest records").
    done, total: steps of this stage; total is None when it cannot be known.
    note: one more fact, such as the device or the loss; never a value of the table.
    """

    stage: str
    done: int = 0
    total: int | None = None
    note: str = ""


OnEvent = Callable[[Event], None]


def silent(event: Event) -> None:
    """The listener of whoever does not want to listen."""
