"""Progress on a screen: bars with stage, device and time left on a terminal, a line now and then in a log."""

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
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Column
from rich.text import Text

from privacy.events import Event
from privacy.pace import Pace, in_words

WIDE = 100
"""Columns of a terminal with room for the long bar: on a narrower one the note needs it more."""

SOON, OFTEN, SELDOM = 2.0, 10.0, 300.0
"""Seconds between two lines of a stage in a log: at first, later on, and at most. In between, half of its time up
to the second, a tenth up to the third."""


class _Left(ProgressColumn):
    """Time left. Not rich's own, which forgets steps older than half a minute: an epoch may take longer."""

    def render(self, task: Task) -> Text:
        left = 0.0 if task.finished else task.fields["pace"].left(time.monotonic())
        if left is None:
            return Text("-:--:--", style="progress.remaining")
        minutes, seconds = divmod(round(left), 60)
        return Text(f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}", style="progress.remaining")


class Screen:
    """A listener for events. On a terminal it draws; elsewhere it writes a line when a stage begins, and further
    ones, with the time left, of a stage that takes long."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=16 if console.width >= WIDE else 8),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            _Left(),
            # The note gets the room that is left: a long one must not push bar and time off the line.
            TextColumn("[dim]{task.fields[note]}", table_column=Column(ratio=1, no_wrap=True)),
            expand=True,
            console=console,
            disable=not self._live,
        )
        self._task: TaskID | None = None
        self._stage = ""
        self._pace = Pace()
        self._began = self._stage_began = self._said = time.monotonic()

    def __enter__(self) -> Screen:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._close_stage()
        self._progress.stop()

    def __call__(self, event: Event) -> None:
        now = time.monotonic()
        new = event.stage != self._stage
        if new:
            self._close_stage()
            self._stage, self._pace, self._stage_began = event.stage, Pace(), now
            self._task = self._progress.add_task(
                escape(event.stage), total=event.total, note="", pace=self._pace
            )
        self._pace.note(now, event.done, event.total)
        if self._task is not None:
            self._progress.update(
                self._task, completed=event.done, total=event.total, note=escape(event.note)
            )
        if not self._live and (new or (event.note and event.done == 0) or self._silent_long(now)):
            self._write(event, now)

    def _silent_long(self, now: float) -> bool:
        taken = now - self._stage_began
        return now - self._said >= min(max(SOON, min(taken / 2, OFTEN), taken / 10), SELDOM)

    def _write(self, event: Event, now: float) -> None:
        done = f" {event.done}/{event.total}" if event.done and event.total else ""
        left = self._pace.left(now)
        wait = f", about {in_words(left)} left" if done and left else ""
        note = f": {event.note}" if event.note else ""
        sys.stderr.write(f"[{now - self._began:6.1f} s] {event.stage}{done}{wait}{note}\n")
        sys.stderr.flush()
        self._said = now

    def _close_stage(self) -> None:
        if self._task is not None:
            task = self._progress.tasks[-1]
            self._progress.update(self._task, total=task.total or 1, completed=task.total or 1)
