"""Predicates as boxes, and the isolations they make."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

import numpy as np
import pandas as pd

from privacy.attacks.predicates import WINDOW, Levels, Predicate
from privacy.attacks.singling_out import SinglingOut, _univariate
from privacy.evidence import Evidence, gather
from privacy.result import Finding
from privacy.ruler import Coordinates
from privacy.schema import Column, Kind, Schema


def _run(evidence: Evidence, guesses: int = 800, seed: int = 0) -> dict[str, Finding]:
    return {f.name: f for f in SinglingOut(guesses=guesses).run(evidence, np.random.default_rng(seed))}


def test_a_predicate_selects_what_a_plain_loop_selects() -> None:
    rng = np.random.default_rng(0)
    at = Coordinates(rng.random((200, 2), dtype=np.float32), rng.integers(0, 4, (200, 2)).astype(np.int32))
    levels = Levels.of(at)
    isolated = 0
    for row in range(100):
        columns = (0, 2, 3)
        centre = tuple(float(levels.grid[c, row]) for c in columns)
        predicate = Predicate.around(centre, columns, levels.ranked)
        alike = [
            other
            for other in range(200)
            if abs(float(at.ranks[other, 0]) - centre[0]) <= WINDOW and all(at.codes[other] == at.codes[row])
        ]
        assert levels.isolated_by(predicate) == (alike[0] if len(alike) == 1 else None)
        isolated += len(alike) == 1
    assert 10 < isolated < 90, "both answers must occur, or this compares nothing"


def test_equality_and_open_ends() -> None:
    levels = Levels(np.array([[0.1, 0.5, 0.5, 4.0]]), ranked=1)
    assert levels.isolated_by(Predicate.between(0, 0.1, 0.1)) == 0
    assert levels.isolated_by(Predicate.between(0, 0.5, 0.5)) is None
    assert levels.isolated_by(Predicate.between(0, 0.6, 0.9)) is None
    assert levels.isolated_by(Predicate.between(0, 0.2, 4.0)) is None
    assert levels.isolated_by(Predicate.between(0, 4.0, 4.0)) == 3, "one missing value is a description too"


def test_columns_take_turns() -> None:
    rng = np.random.default_rng(1)
    codes = np.minimum(np.arange(500), 40)
    frame = pd.DataFrame({"amount": rng.normal(size=500), "code": [f"k{code}" for code in codes]})
    levels = Levels(np.stack([frame["amount"].rank().to_numpy() / 500, codes.astype(float)]), ranked=1)
    first = [predicate.columns[0] for predicate in islice(_univariate(frame, levels, rng), 80)]
    assert first.count(0) == first.count(1) == 40, "500 unique amounts must not crowd out 40 unique codes"


def test_copies_are_singled_out_and_fresh_rows_are_not(evidence: Callable[..., Evidence]) -> None:
    for finding in _run(evidence(copied=1.0)).values():
        assert finding.excess is not None and finding.excess.interval is not None
        assert finding.excess.interval.low > 0
    for finding in _run(evidence(copied=0.0)).values():
        assert finding.excess is not None and finding.excess.interval is not None
        assert finding.excess.interval.low <= 0 <= finding.excess.interval.high


def test_the_denominator_is_the_predicates_made() -> None:
    # Two labels in turn and nothing else: no univariate predicate is unique.
    schema = Schema(columns=(Column(name="x", kind=Kind.CATEGORICAL),))
    frames = [pd.DataFrame({"x": ["a", "b"] * 50}) for _ in range(3)]
    frames[2].loc[0, "x"] = "c"
    finding = _run(gather(*frames, schema, np.random.default_rng(0)))["univariate predicates"]
    assert (finding.trials_asked, finding.trials_made) == (800, 1)
    assert "Only 1 of the 800" in finding.sentence


def test_a_smaller_control_is_no_excuse(evidence: Callable[..., Evidence]) -> None:
    """Chance isolations depend on the table's size; both sides must have the same."""
    excesses = []
    for seed in range(8):
        findings = _run(evidence(1200, 200, 600, seed=seed), 300, seed)
        excesses.append([f.excess.value for f in findings.values() if f.excess])
    mean, error = np.mean(excesses, axis=0), np.std(excesses, axis=0) / np.sqrt(len(excesses))
    assert (np.abs(mean) <= 3 * error + 1e-9).all()
