"""Progress: a line a stage in a log, bars with stage, note and time left on a terminal."""

import io
import sys

import pytest

from privacy.events import Event
from privacy.progress import Screen


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch):
    """`terminal(width)`: stderr as a terminal of that many columns."""

    def make(width):
        screen = Terminal()
        monkeypatch.setattr(sys, "stderr", screen)
        monkeypatch.setenv("COLUMNS", str(width))
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("NO_COLOR", "1")
        return screen

    return make


def line_of(drawn, stage):
    """What the terminal shows last of a stage."""
    return [line for line in drawn.getvalue().splitlines() if stage in line][-1]


def test_a_log_gets_one_line_a_stage(capsys):
    with Screen() as screen:
        screen(Event("reading"))
        for done in range(5):
            screen(Event("training", done, 4, f"loss {done}" if done else "on cpu"))
        screen(Event("writing"))
    lines = [line.partition("] ")[2] for line in capsys.readouterr().err.splitlines()]
    assert lines == ["reading", "training: on cpu", "writing"]


def test_a_log_holds_no_escape_codes(capsys):
    with Screen() as screen:
        screen(Event("training", 1, 2, "[bold]x"))
    assert "\x1b" not in capsys.readouterr().err


@pytest.mark.parametrize("width", [80, 110])
def test_a_long_note_leaves_stage_count_and_time_on_the_line(terminal, width):
    drawn = terminal(width)
    with Screen() as screen:
        screen(Event("attack: memorisation", 1, 100, "cpu, " + "losses and distances " * 20))
    last = line_of(drawn, "attack")
    assert "attack: memorisation" in last
    assert "100/100" in last
    assert "left" in last
    assert "cpu" in last
    assert "━" in last


def test_markup_in_notes_is_text(terminal):
    drawn = terminal(110)
    with Screen() as screen:
        screen(Event("sampling", 1, 2, "[bold]loud[/bold]"))
    assert "[bold]loud" in drawn.getvalue()


def test_a_stage_is_full_when_the_next_begins(terminal):
    drawn = terminal(110)
    with Screen() as screen:
        screen(Event("first", 1, 4))
        screen(Event("second"))
    assert "4/4" in line_of(drawn, "first")
    assert "1/1" in line_of(drawn, "second")
