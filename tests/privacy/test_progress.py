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


def test_a_long_stage_gets_further_lines_in_a_log_ever_more_seldom(capsys, monkeypatch):
    """A hundred epochs of 20 seconds, on a clock that the test turns."""
    clock = [0.0]
    monkeypatch.setattr("privacy.progress.time.monotonic", lambda: clock[0])
    with Screen() as screen:
        for done in range(101):
            screen(Event("training", done, 100, "on cpu" if not done else f"loss {done}"))
            clock[0] += 20
    lines = capsys.readouterr().err.splitlines()
    assert lines[:2] == [
        "[   0.0 s] training: on cpu",
        "[  20.0 s] training 1/100, about 33 min left: loss 1",
    ]
    said = [float(line[1:].split()[0]) for line in lines]
    assert 20 < len(said) < 40
    assert said[-1] - said[-2] > 160


def test_whoever_reads_a_log_waits_two_seconds_for_the_time_left(capsys, monkeypatch):
    """A stage of sixteen seconds in steps of half a second."""
    clock = [0.0]
    monkeypatch.setattr("privacy.progress.time.monotonic", lambda: clock[0])
    with Screen() as screen:
        for done in range(33):
            screen(Event("training", done, 32))
            clock[0] += 0.5
    lines = capsys.readouterr().err.splitlines()
    assert [float(line[1:].split()[0]) for line in lines] == [0, 2, 4, 8, 16]
    assert lines[1].endswith("training 4/32, about 14 s left")


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


def test_the_time_left_is_known_however_long_a_step_takes(terminal, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr("privacy.progress.time.monotonic", lambda: clock[0])
    drawn = terminal(110)
    with Screen() as screen:
        screen(Event("training", 0, 10))
        clock[0] = 600
        screen(Event("training", 1, 10))
        screen._progress.refresh()
    assert "1:30:00" in drawn.getvalue()


def test_an_interrupted_stage_is_not_drawn_as_done(terminal):
    drawn = terminal(110)

    def interrupted():
        with Screen() as screen:
            screen(Event("training", 3, 10))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert "3/10" in line_of(drawn, "training")
