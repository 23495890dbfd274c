"""Diversity: entropy, joint cells, beta-recall and repeats, by hand, by a slow reference, on collapsed tables."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from privacy import Kind, Schema, canonical
from privacy.evidence import Evidence, gather
from privacy.fidelity.diversity import NEIGHBOURS, diversity, entropy, repeated
from privacy.fidelity.samples import draw
from privacy.result import Measure
from privacy.schema import Column

People = Callable[[int, int], pd.DataFrame]

PLANE = Schema(columns=(Column(name="x", kind=Kind.NUMERIC), Column(name="c", kind=Kind.CATEGORICAL)))


def plane(rows: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"x": rng.normal(size=rows), "c": rng.choice(list("abcde"), rows)})


def evidence(train: pd.DataFrame, control: pd.DataFrame, synthetic: pd.DataFrame) -> Evidence:
    tables = (canonical(table, PLANE, table="source") for table in (train, control, synthetic))
    return gather(*tables, PLANE, np.random.default_rng(0))


def measured(synthetic: pd.DataFrame) -> dict[str, Measure]:
    of = evidence(plane(2000, 0), plane(2000, 1), synthetic)
    rng = np.random.default_rng(1)
    return {measure.name: measure for measure in diversity(of, draw(of, rng), rng)}


def test_entropy_by_hand() -> None:
    assert entropy(np.array([0, 0, 1, 1], np.int32)) == pytest.approx(np.log(2))
    assert entropy(np.array([3, 3, 3], np.int32)) == 0
    assert entropy(np.array([], np.int32)) == 0
    # Shares 1/2, 1/4, 1/4: one and a half bits.
    assert entropy(np.array([0, 0, 5, 7], np.int32)) == pytest.approx(1.5 * np.log(2))


def test_a_row_that_stands_there_thrice_counts_thrice() -> None:
    rows = pd.DataFrame({"a": [1, 1, 1, 2, 3], "b": ["x", "x", "x", "x", None]})
    assert repeated(rows) == pytest.approx(3 / 5)


def test_fresh_rows_are_as_various_as_train() -> None:
    found = measured(plane(2000, 2))
    assert set(found) == {"entropy ratio", "joint cells reached", "beta-recall", "repeated rows"}
    for measure in found.values():
        assert measure.group == "diversity"
        assert measure.value == pytest.approx(measure.floor, abs=0.02)
    assert found["entropy ratio"].value > 0.99
    assert found["beta-recall"].value > 0.9


def test_a_collapsed_table_is_seen_by_each() -> None:
    """The middle of one level, over and over: what a generator does whose modes have collapsed."""
    rows = plane(40_000, 3)
    narrow = rows[(rows.c == "a") & (rows.x.abs() < 0.3)].head(1000).round(1)
    found = measured(narrow)
    assert found["entropy ratio"].value < 0.5
    assert found["joint cells reached"].value < 0.2
    assert found["beta-recall"].value < 0.2
    assert found["repeated rows"].value == 1
    assert found["repeated rows"].floor == 0


def test_half_a_table_is_half_recalled() -> None:
    rows = plane(8000, 4)
    found = measured(rows[rows.x > 0].head(2000))
    assert found["beta-recall"].value == pytest.approx(0.5, abs=0.04)


def test_beta_recall_is_what_a_loop_over_all_pairs_finds() -> None:
    control, synthetic = plane(120, 5), plane(90, 6)
    of = evidence(plane(150, 7), control, synthetic)
    rng = np.random.default_rng(0)
    (recall,) = (m for m in diversity(of, draw(of, rng), rng) if m.name == "beta-recall")

    def apart(a: int, other: str, b: int) -> float:
        here, there = of.control_at, getattr(of, other)
        unequal = np.float32(here.codes[a, 0] != there.codes[b, 0])
        return float(np.abs(here.ranks[a, 0] - there.ranks[b, 0]) + unequal)

    covered = 0
    for a in range(120):
        own = sorted(apart(a, "control_at", b) for b in range(120) if b != a)
        covered += min(apart(a, "synthetic_at", b) for b in range(90)) <= own[NEIGHBOURS - 1] + 1e-6
    assert recall.value == pytest.approx(covered / 120)


def test_few_or_empty_columns_are_measured_as_far_as_they_go() -> None:
    tiny = pd.DataFrame({"x": [1.0, np.nan, 2.0], "c": ["a", None, "a"]})
    of = evidence(tiny, tiny.assign(x=[3.0, 4.0, 5.0]), tiny)
    rng = np.random.default_rng(0)
    assert {measure.name for measure in diversity(of, draw(of, rng), rng)} == {
        "entropy ratio",
        "repeated rows",
    }
