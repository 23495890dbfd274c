"""Victims and repeated copies: against brute force, by hand, few and planted, fresh and collapsed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import comb

import numpy as np
import pandas as pd
import pytest

from privacy.attacks.memorisation import Memorisation
from privacy.attacks.memorisation.victims import nested_test
from privacy.evidence import Evidence, gather
from privacy.result import Finding, Status
from privacy.schema import Column, Kind, Schema

People = Callable[[int, int], pd.DataFrame]
ROWS = 600


def _run(evidence: Evidence) -> dict[str, Finding]:
    return {f.name: f for f in Memorisation().run(evidence, np.random.default_rng(0))}


def _seen(finding: Finding) -> tuple[int | None, int | None]:
    assert finding.control is not None
    return finding.value.successes, finding.control.successes


@pytest.fixture
def planted(people: People, people_schema: Schema) -> Callable[..., dict[str, Finding]]:
    """`planted(rows, swapped, source)`: fresh rows, the first replaced by the source's, some columns swapped."""

    def make(copies: int, swapped: tuple[str, ...] = (), source: str = "train") -> dict[str, Finding]:
        rows = people(3 * ROWS, 21)
        train, control, made = rows[:ROWS], rows[ROWS : 2 * ROWS], rows[2 * ROWS :].copy()
        taken = {"train": train, "control": control}[source].iloc[:copies].copy()
        for column in swapped:
            taken[column] = made[column].iloc[-copies:].to_numpy()
        made.iloc[:copies] = taken
        return _run(gather(train, control, made, people_schema, np.random.default_rng(0)))

    return make


def _slowly(levels: list[tuple[int, int]], share: float) -> float:
    """The nested test by all outcomes of three independent binomials."""
    totals = [sum(level) for level in levels]
    added = np.diff([0, *totals])

    def pmf(hits: int, trials: int) -> float:
        return comb(trials, hits) * share**hits * (1 - share) ** (trials - hits)

    def smallest(counts: list[int]) -> float:
        return min(
            sum(pmf(k, total) for k in range(count, total + 1))
            for count, total in zip(counts, totals, strict=True)
        )

    seen = smallest([train for train, _ in levels]) * (1 + 1e-9)
    chance = 0.0
    for hits in product(*(range(n + 1) for n in added)):
        if smallest(list(np.cumsum(hits))) <= seen:
            chance += float(np.prod([pmf(h, n) for h, n in zip(hits, added, strict=True)]))
    return chance


@pytest.mark.parametrize("share", [0.5, 0.75])
@pytest.mark.parametrize(
    "levels",
    [[(5, 0), (5, 0), (5, 0)], [(4, 0), (6, 2), (9, 5)], [(0, 1), (6, 1), (8, 6)], [(0, 0), (0, 0), (3, 4)]],
)
def test_the_nested_test_against_all_outcomes(levels: list[tuple[int, int]], share: float) -> None:
    assert nested_test(levels, share) == pytest.approx(_slowly(levels, share))


def test_five_and_none_by_hand_and_nobody() -> None:
    assert nested_test([(5, 0)] * 3, 0.5) == pytest.approx(1 / 32)
    assert nested_test([(0, 0)] * 3, 0.5) == 1
    assert nested_test([(24_000, 100)] * 3, 0.5) < 1e-9


@pytest.mark.parametrize(("copies", "status"), [(25, Status.LEAK), (8, Status.UNRESOLVED)])
def test_a_handful_of_copies_is_never_bounded(
    planted: Callable[..., dict[str, Finding]], copies: int, status: Status
) -> None:
    finding = planted(copies)["victims"]
    assert finding.gating and finding.status is status, finding.sentence
    assert "One such person" in finding.sentence


@pytest.mark.parametrize("swapped", [("cost",), ("area", "smoker")])
def test_one_or_two_swapped_columns_do_not_hide_them(
    planted: Callable[..., dict[str, Finding]], swapped: tuple[str, ...]
) -> None:
    finding = planted(40, swapped)["victims"]
    assert finding.gating
    exact = finding.also["no column changed, train"].successes
    assert exact is not None and finding.value.successes is not None and exact < finding.value.successes


def test_copies_of_control_are_no_leak_of_train(planted: Callable[..., dict[str, Finding]]) -> None:
    finding = planted(25, source="control")["victims"]
    ours, theirs = _seen(finding)
    assert theirs is not None and ours is not None and theirs >= 10 > ours
    assert not finding.gating and finding.status is None


def test_a_record_with_a_twin_is_no_victim(people: People, people_schema: Schema) -> None:
    """Two people with the same record: the copy says nothing about either."""
    rows = people(3 * ROWS, 22)
    train, control = rows[:ROWS].copy(), rows[ROWS : 2 * ROWS].copy()
    columns = [column for column in rows if column != "person"]
    train.loc[:39, columns] = np.tile(train.loc[:19, columns].to_numpy(), (2, 1))
    made = rows[2 * ROWS :].copy()
    made.iloc[:40] = train.iloc[:40]
    found = _run(gather(train, control, made, people_schema, np.random.default_rng(0)))
    assert (found["exact copies"].value.successes or 0) <= 2
    assert (found["victims"].value.successes or 0) <= 2


@pytest.mark.parametrize("changing", [None, "cost"])
def test_one_person_repeated_is_never_bounded(
    people: People, people_schema: Schema, changing: str | None
) -> None:
    """Seven hundred rows of one person, whole or with one column drawn anew each time: one exact copy at most."""
    rows = people(3 * ROWS, 23)
    train, control, fresh = rows[:ROWS], rows[ROWS : 2 * ROWS], rows[2 * ROWS :]
    again = pd.concat([train.nlargest(1, "cost")] * 700)
    if changing:
        again[changing] = np.random.default_rng(0).normal(1000, 300, 700)
    made = pd.concat([fresh, again])
    found = _run(gather(train, control, made, people_schema, np.random.default_rng(0)))
    assert (found["exact copies"].value.successes or 0) <= 1
    finding = found["repeated copies"]
    assert _seen(finding) == (1, 0)
    assert finding.gating and finding.status is Status.UNRESOLVED


def _few_columns(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    return pd.DataFrame({f"k{i}": [f"v{v}" for v in rng.zipf(1.7, rows) % 15] for i in range(4)})


def test_duplicates_and_collapsed_tables_are_no_repeated_copies() -> None:
    """Four columns, thousands of equal rows; then a generator that knows three rows of the population."""
    schema = Schema(columns=tuple(Column(name=f"k{i}", kind=Kind.CATEGORICAL) for i in range(4)))
    flagged = 0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        train, control, fresh = (_few_columns(1500, rng) for _ in range(3))
        collapsed = fresh.iloc[rng.integers(0, 3, 1500)]
        for made in (fresh, collapsed):
            found = _run(gather(train, control, made, schema, rng))
            flagged += found["repeated copies"].gating + found["victims"].gating
    assert flagged == 0


def test_a_table_of_one_column_has_no_victims() -> None:
    schema = Schema(columns=(Column(name="x", kind=Kind.NUMERIC),))
    rng = np.random.default_rng(0)
    train, control = (pd.DataFrame({"x": rng.normal(size=100)}) for _ in range(2))
    finding = _run(gather(train, control, train.copy(), schema, rng))["victims"]
    assert finding.trials_made == 0 and not finding.gating


@pytest.mark.slow
def test_fresh_rows_have_victims_on_neither_side(people: People, people_schema: Schema) -> None:
    flagged = leaks = 0
    for seed in range(100):
        rows = people(3 * ROWS, 100 + seed)
        parts = (rows[:ROWS], rows[ROWS : 2 * ROWS], rows[2 * ROWS :])
        found = _run(gather(*parts, people_schema, np.random.default_rng(seed)))
        for name in ("victims", "repeated copies"):
            flagged += found[name].gating
            leaks += found[name].status is Status.LEAK
    assert flagged <= 5 and leaks == 0, "nominal 2 of 100"
