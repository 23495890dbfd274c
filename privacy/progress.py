"""Progress on a screen: bars with stage, device and time left on a terminal, a line a stage in a log."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column

from privacy.events import Event

BAR_WIDTH = 16
"""Leaves a dozen characters for the note on a terminal of 80."""


class Screen:
    """A listener for events. On a terminal it draws; elsewhere it writes one line when a stage begins."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=BAR_WIDTH),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            # The note gets the room that is left: a long one must not push bar and time off the line.
            TextColumn("[dim]{task.fields[note]}", table_column=Column(ratio=1, no_wrap=True)),
            expand=True,
            console=Console(stderr=True),
            disable=not self._live,
        )
        self._task: TaskID | None = None
        self._stage = ""
        self._said = ""
        self._began = time.monotonic()

    def __enter__(self) -> Screen:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close_stage()
        self._progress.stop()

    def __call__(self, event: Event) -> None:
        if event.stage != self._stage:
            self._close_stage()
            self._stage = event.stage
            self._task = self._progress.add_task(escape(event.stage), total=event.total, note="")
        if self._task is not None:
            self._progress.update(
                self._task, completed=event.done, total=event.total, note=escape(event.note)
            )
        line = f"{event.stage}{': ' if event.note else ''}{event.note}"
        if not self._live and (self._said != event.stage or (event.note and event.done == 0)):
            sys.stderr.write(f"[{time.monotonic() - self._began:6.1f} s] {line}\n")
            self._said = event.stage

    def _close_stage(self) -> None:
        if self._task is not None:
            task = self._progress.tasks[-1]
            self._progress.update(self._task, total=task.total or 1, completed=task.total or 1)
