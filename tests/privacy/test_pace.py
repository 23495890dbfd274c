"""The time left of a stage, on a clock that the test turns."""

import pytest

from privacy.pace import Pace, in_words


def paced(*steps, total=10):
    pace = Pace()
    for moment, done in steps:
        pace.note(moment, done, total)
    return pace


def test_nothing_is_told_before_a_step_was_done():
    assert paced().left(0) is None
    assert paced((0, 0)).left(5) is None
    assert paced((0, 0), (4, 1), total=None).left(5) is None


def test_the_steps_left_take_as_long_as_those_done():
    assert paced((0, 0), (4, 1)).left(4) == 36
    assert paced((0, 0), (4, 1), (10, 2)).left(10) == 40


def test_between_steps_the_time_runs_down_but_not_below_zero():
    pace = paced((0, 0), (40, 1), total=3)
    assert [pace.left(moment) for moment in (40, 60, 500)] == [80, 60, 0]


def test_what_an_earlier_run_has_done_gives_no_speed():
    """Epochs 1 to 6 were read from a checkpoint; the seventh took 5 seconds, and three are left."""
    assert paced((0, 0), (1, 6)).left(1) is None
    assert paced((0, 0), (1, 6), (6, 7)).left(6) == 15


def test_the_last_steps_count():
    steps = [(float(at), at) for at in range(100)] + [(100 + 2.0 * at, 100 + at) for at in range(100)]
    assert paced(*steps, total=210).left(298) == pytest.approx(22)


def test_a_stage_that_begins_again_is_timed_again():
    assert paced((0, 0), (1, 9), (2, 10), (50, 0), (55, 1)).left(55) == 45


def test_times_are_told_as_roughly_as_they_are_known():
    assert [in_words(seconds) for seconds in (0.2, 40.4, 700, 12_600)] == ["1 s", "40 s", "12 min", "3.5 h"]
