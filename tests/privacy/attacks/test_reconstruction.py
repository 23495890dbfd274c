"""Solving for a secret bit: the equations, their solution, and what is read off copies and fresh rows."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import pandas as pd
import pytest

from privacy.attacks.cells import Cells
from privacy.attacks.reconstruction import (
    PULL,
    Binary,
    Equations,
    Reconstruction,
    column_sets,
    equations,
    solution,
)
from privacy.evidence import Evidence, gather
from privacy.result import Finding
from privacy.schema import Column, Kind, Role, Schema

MakeEvidence = Callable[..., Evidence]


def _run(evidence: Evidence, seed: int = 0) -> Finding:
    (finding,) = Reconstruction().run(evidence, np.random.default_rng(seed))
    return finding


def _low(finding: Finding) -> float:
    assert finding.excess is not None and finding.excess.interval is not None
    return finding.excess.interval.low


def _slow_equations(
    people: np.ndarray, synthetic: np.ndarray, ones: np.ndarray, sets: list[tuple[int, ...]]
) -> set[tuple[tuple[int, ...], float, float]]:
    """(members, answer, weight) of every combination of values that people and synthetic rows have."""
    found = set()
    for columns in sets:
        for values in product(range(4), repeat=len(columns)):
            alike = [i for i in range(people.shape[1]) if tuple(people[list(columns), i]) == values]
            rows = [j for j in range(synthetic.shape[1]) if tuple(synthetic[list(columns), j]) == values]
            if alike and rows:
                share = sum(ones[rows]) / len(rows)
                found.add(
                    (tuple(alike), round(share * len(alike), 9), round(len(rows) ** 0.5 / len(alike), 9))
                )
    return found


def test_equations_are_the_scaled_counts_of_a_plain_loop() -> None:
    rng = np.random.default_rng(0)
    cells = Cells(*(rng.integers(0, 4, (3, rows)) for rows in (30, 25, 40)))
    ones = rng.random(40) < 0.4
    sets = [(0,), (1, 2), (0, 1, 2)]
    for system, people in zip(equations(cells, ones, sets), (cells.train, cells.control), strict=True):
        made = {
            (tuple(row.indices.tolist()), round(float(answer), 9), round(float(weight), 9))
            for row, answer, weight in zip(system.members, system.answers, system.weights, strict=True)
        }
        assert made == _slow_equations(people, cells.synthetic, ones, sets)


def test_the_solution_is_that_of_a_general_solver() -> None:
    """Inside the bounds, the pulled least squares have a closed form; at the bounds, the gradient points out."""
    from scipy.sparse import csr_matrix

    rng = np.random.default_rng(1)
    members = (rng.random((60, 20)) < 0.2).astype(float)
    inside = Equations(csr_matrix(members), members @ rng.uniform(0.4, 0.6, 20), np.full(60, 2.0))
    exact = np.linalg.solve(
        4 * members.T @ members + PULL * np.eye(20), 4 * members.T @ inside.answers + PULL * 0.5
    )
    assert solution(inside, 0.5) == pytest.approx(exact, abs=1e-3)

    truth = (rng.random(20) < 0.5).astype(float)
    outside = Equations(csr_matrix(members), members @ (3 * truth - 1), np.full(60, 2.0))
    bits = solution(outside, 0.5)
    gradient = 4 * members.T @ (members @ bits - outside.answers) + PULL * (bits - 0.5)
    assert bits.min() == 0 and bits.max() == 1
    inner = (bits > 0) & (bits < 1)
    assert abs(gradient[inner]).max(initial=0) < 0.05
    assert (gradient[bits == 0] > -0.05).all() and (gradient[bits == 1] < 0.05).all()


def test_exact_counts_give_the_bits_away_where_no_person_is_unique() -> None:
    """Dinur & Nissim: enough sums of bits determine the bits, though none is about one person alone."""
    from scipy.sparse import csr_matrix

    rng = np.random.default_rng(2)
    truth = rng.random(80) < 0.5
    members = (rng.random((300, 80)) < 0.25).astype(float)
    assert members.sum(axis=1).min() > 1
    bits = solution(Equations(csr_matrix(members), members @ truth, np.ones(300)), 0.5)
    assert ((bits >= 0.5) == truth).all()


def test_nobody_is_solved_for_without_people() -> None:
    from scipy.sparse import csr_matrix

    assert solution(Equations(csr_matrix((0, 0)), np.empty(0), np.empty(0)), 0.5).size == 0


def test_copies_give_bits_away_and_the_attacker_is_told_which(evidence: MakeEvidence) -> None:
    finding = _run(evidence(1200, 1200, 1200, copied=0.9))
    assert _low(finding) > 0.02
    assert finding.also["precision when sure"].value > finding.also["precision when sure, control"].value
    assert finding.baseline is not None and finding.value.value > finding.baseline.value


def test_fresh_rows_are_seldom_taken_for_a_leak(people: Callable[[int, int], pd.DataFrame]) -> None:
    schema = Schema(
        columns=(
            Column(name="age", kind=Kind.NUMERIC, role=Role.QUASI_IDENTIFIER),
            Column(name="area", kind=Kind.CATEGORICAL, role=Role.QUASI_IDENTIFIER),
            Column(name="cost", kind=Kind.NUMERIC, role=Role.SENSITIVE),
        )
    )
    alarms = 0
    for seed in range(40):
        rows = people(900, seed)[["age", "area", "cost"]]
        drawn = gather(rows[:300], rows[300:600], rows[600:], schema, np.random.default_rng(0))
        alarms += _low(_run(drawn, seed)) > 0
    assert alarms <= 2


def _with(*columns: tuple[str, str, Role], rows: int = 200) -> Evidence:
    """Three tables with columns drawn from the letters of a word each, or normal where the word is empty."""
    rng = np.random.default_rng(3)

    def table() -> pd.DataFrame:
        return pd.DataFrame(
            {
                name: rng.choice(list(word), rows) if word else rng.normal(size=rows)
                for name, word, _ in columns
            }
        )

    schema = Schema(
        columns=tuple(
            Column(name=name, kind=Kind.CATEGORICAL if word else Kind.NUMERIC, role=role)
            for name, word, role in columns
        )
    )
    return gather(table(), table(), table(), schema, rng)


def test_a_secret_of_two_levels_comes_first() -> None:
    evidence = _with(("k", "abc", Role.OTHER), ("s", "xyz", Role.SENSITIVE), ("b", "ny", Role.SENSITIVE))
    secret = Binary.chosen(evidence, np.random.default_rng(0))
    assert secret.name == "b" and secret.split == ""


def test_other_secrets_are_cut_in_two() -> None:
    levels = Binary.chosen(
        _with(("k", "abc", Role.OTHER), ("s", "xxyz", Role.SENSITIVE)), np.random.default_rng(0)
    )
    assert levels.train.mean() == pytest.approx(0.5, abs=0.1) and "commonest" in levels.split
    number = Binary.chosen(
        _with(("k", "abc", Role.OTHER), ("s", "", Role.SENSITIVE)), np.random.default_rng(0)
    )
    assert number.train.mean() == pytest.approx(0.5, abs=0.1) and "median" in number.split


def test_missing_numbers_are_nobodys_bit() -> None:
    evidence = _with(("k", "abc", Role.OTHER), ("s", "", Role.SENSITIVE))
    frames = [frame.copy() for frame in (evidence.train, evidence.control, evidence.synthetic)]
    for frame in frames:
        frame.loc[::4, "s"] = np.nan
    finding = _run(gather(*frames, evidence.schema, np.random.default_rng(0)))
    assert finding.trials_made == 150
    frames[2]["s"] = np.nan
    blind = _run(gather(*frames, evidence.schema, np.random.default_rng(0)))
    assert _low(blind) <= 0 and blind.trials_made == 150


def test_column_sets_are_distinct_and_no_wider_than_the_table() -> None:
    assert column_sets(1, np.random.default_rng(0)) == [(0,)]
    sets = column_sets(6, np.random.default_rng(0))
    assert len(set(sets)) == len(sets) > 20
    assert max(map(len, sets)) == 4 and all(len(set(one)) == len(one) for one in sets)


def test_the_likelier_bit_is_guessed() -> None:
    """Three ones in five whatever the key: all that can be had is to guess one for everybody."""
    frame = pd.DataFrame({"k": list("ab") * 100, "b": [*"nnnyy"] * 40})
    schema = Schema(
        columns=(
            Column(name="k", kind=Kind.CATEGORICAL),
            Column(name="b", kind=Kind.CATEGORICAL, role=Role.SENSITIVE),
        )
    )
    evidence = gather(frame, frame.copy(), frame.copy(), schema, np.random.default_rng(0))
    finding = _run(evidence)
    assert finding.baseline is not None and finding.control is not None
    assert finding.value.value == finding.control.value == finding.baseline.value == 0.6
    assert finding.also["share sure"].value == 0
