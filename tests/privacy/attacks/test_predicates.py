"""Predicates as boxes, and whom they isolate."""

from __future__ import annotations

import numpy as np

from privacy.attacks.predicates import WINDOW, Levels, Predicate


def test_a_predicate_selects_what_a_plain_loop_selects() -> None:
    rng = np.random.default_rng(0)
    ranks, codes = rng.random((2, 200), dtype=np.float32), rng.integers(0, 4, (2, 200))
    levels = Levels(np.vstack([ranks, codes]).astype(np.float32), ranked=2)
    isolated = 0
    for row in range(100):
        columns = (0, 2, 3)
        centre = tuple(float(levels.grid[c, row]) for c in columns)
        predicate = Predicate.around(centre, columns, levels.ranked)
        alike = [
            other
            for other in range(200)
            if abs(float(ranks[0, other]) - centre[0]) <= WINDOW and all(codes[:, other] == codes[:, row])
        ]
        assert levels.isolated_by(predicate) == (alike[0] if len(alike) == 1 else None)
        isolated += len(alike) == 1
    assert 10 < isolated < 90, "both answers must occur, or this compares nothing"


def test_equality_and_open_ends() -> None:
    levels = Levels(np.array([[0.1, 0.5, 0.5, 4.0]], np.float32), ranked=1)
    tenth = float(levels.grid[0, 0])
    assert levels.isolated_by(Predicate.between(0, tenth, tenth)) == 0
    assert levels.isolated_by(Predicate.between(0, -1.0, 0.3)) == 0
    assert levels.isolated_by(Predicate.between(0, 0.5, 0.5)) is None
    assert levels.isolated_by(Predicate.between(0, 0.6, 0.9)) is None
    assert levels.isolated_by(Predicate.between(0, 0.2, 4.0)) is None
    assert levels.isolated_by(Predicate.between(0, 4.0, 4.0)) == 3, "one missing value is a description too"


def test_a_column_that_nobody_fits_decides_at_once() -> None:
    levels = Levels(np.array([[0.0, 1.0], [5.0, 5.0]], np.float32), ranked=0)
    assert levels.isolated_by(Predicate((0, 1), (0.0, 7.0), (0.0, 7.0))) is None
    assert levels.isolated_by(Predicate((0, 1), (0.0, 5.0), (0.0, 5.0))) == 0
