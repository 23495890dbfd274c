"""Values of single columns: copied, moved, left in order, at the edge of the domain; by hand and planted."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from privacy.attacks.values import Values
from privacy.evidence import gather
from privacy.result import Finding, Status
from privacy.schema import Column, Kind, Schema

ROWS = 400
DAY = pd.Timestamp("2021-03-01")

Trio = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]

SCHEMA = Schema(
    columns=(
        Column(name="amount", kind=Kind.NUMERIC),
        Column(name="seen", kind=Kind.DATETIME),
        Column(name="note", kind=Kind.TEXT),
        Column(name="area", kind=Kind.CATEGORICAL),
        Column(name="flag", kind=Kind.BOOLEAN),
        Column(name="grade", kind=Kind.NUMERIC),
    )
)


def _visits(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """An amount to the cent, a time of day, a text of one's own, and three coarse columns."""
    return pd.DataFrame(
        {
            "amount": np.exp(rng.normal(6, 1, rows)).round(2),
            "seen": DAY + pd.to_timedelta(rng.integers(0, 40_000_000, rows), unit="s"),
            "note": [f"case {n:09d}" for n in rng.integers(0, 10**9, rows)],
            "area": [f"A{n}" for n in rng.integers(0, 6, rows)],
            "flag": rng.random(rows) < 0.3,
            "grade": rng.integers(1, 30, rows).astype(float),
        }
    )


@pytest.fixture
def trio() -> Trio:
    rng = np.random.default_rng(3)
    return _visits(ROWS, rng), _visits(ROWS, rng), _visits(ROWS, rng)


def _run(
    train: pd.DataFrame, control: pd.DataFrame, made: pd.DataFrame, schema: Schema = SCHEMA
) -> dict[str, Finding]:
    evidence = gather(train, control, made, schema, np.random.default_rng(0))
    return {finding.name: finding for finding in Values().run(evidence, np.random.default_rng(1))}


def _leaks(findings: dict[str, Finding]) -> dict[str, tuple[str, ...]]:
    return {name: f.columns for name, f in findings.items() if f.status is Status.LEAK and f.gating}


def _shuffled(column: pd.Series) -> np.ndarray:
    return np.random.default_rng(2).permutation(column.to_numpy())


@pytest.mark.parametrize("column", ["amount", "seen", "note"])
def test_an_id_like_column_copied_whole(trio: Trio, column: str) -> None:
    train, control, fresh = trio
    found = _run(train, control, fresh.assign(**{column: _shuffled(train[column])}))
    assert _leaks(found)["copied columns"] == (column,)
    assert found["copied columns"].value.value == 1
    assert column in found["copied columns"].sentence


def test_the_same_column_of_other_people_is_no_leak(trio: Trio) -> None:
    train, control, fresh = trio
    for source in (fresh, control):
        found = _run(train, control, fresh.assign(amount=_shuffled(source["amount"])))
        assert not any(finding.gating for finding in found.values())


def test_coarse_columns_may_be_copied_if_not_in_order(trio: Trio) -> None:
    train, control, fresh = trio
    made = fresh.assign(**{column: _shuffled(train[column]) for column in ("area", "flag", "grade")})
    assert not any(finding.gating for finding in _run(train, control, made).values())


MOVES: dict[str, Callable[[pd.DataFrame], dict[str, object]]] = {
    "dates by 17 days and an hour": lambda train: {"seen": train["seen"] + pd.Timedelta(days=17, hours=1)},
    "amounts by 3.30": lambda train: {"amount": (train["amount"] + 3.3).round(2)},
    "amounts mirrored": lambda train: {"amount": (train["amount"].max() - train["amount"]).round(2)},
}


@pytest.mark.parametrize("move", MOVES, ids=str)
def test_a_column_moved_by_one_constant(trio: Trio, move: str) -> None:
    train, control, fresh = trio
    moved = {name: _shuffled(pd.Series(values)) for name, values in MOVES[move](train).items()}
    found = _run(train, control, fresh.assign(**moved))
    assert found["copied columns"].status is None
    assert _leaks(found) == {"moved columns": tuple(moved)}
    assert found["moved columns"].value.value > 0.95


@pytest.mark.parametrize("column", list(SCHEMA.names))
@pytest.mark.parametrize("rows", [ROWS, ROWS // 2])
def test_a_column_in_the_order_of_train(trio: Trio, column: str, rows: int) -> None:
    """The synthetic table as long as train, and shorter; nobody's amount is known, but whose flag is whose."""
    train, control, fresh = trio
    found = _run(train, control, fresh.assign(**{column: train[column]})[:rows])
    assert _leaks(found)["row order"] == (column,)


def test_lightly_noised_numbers_in_order_are_still_in_order(trio: Trio) -> None:
    train, control, fresh = trio
    noise = np.random.default_rng(0).normal(1, 0.005, ROWS)
    found = _run(train, control, fresh.assign(amount=(train["amount"] * noise).round(2)))
    assert _leaks(found) == {"row order": ("amount",)}


def test_sorted_tables_share_no_order(trio: Trio) -> None:
    """All three sorted by the same columns: the n-th rows agree, and so do their neighbours'."""
    sort = ["flag", "area", "seen"]
    train, control, fresh = (table.sort_values(sort, ignore_index=True) for table in trio)
    assert not any(finding.gating for finding in _run(train, control, fresh).values())


def test_a_pattern_that_every_table_has_is_no_order_of_train(trio: Trio) -> None:
    tables = [table.assign(area=[f"A{n % 6}" for n in range(ROWS)]) for table in trio]
    assert not any(finding.gating for finding in _run(*tables).values())


def test_the_edge_of_the_domain_by_hand() -> None:
    """Extremes at both ends, a label of one person's, one amount to the cent among whole ones."""
    schema = Schema(columns=(Column(name="x", kind=Kind.NUMERIC), Column(name="k", kind=Kind.CATEGORICAL)))
    rng = np.random.default_rng(0)
    train, control, made = (
        pd.DataFrame({"x": rng.integers(0, 5, 100).astype(float), "k": rng.choice(["a", "b"], 100)})
        for _ in range(3)
    )
    train.loc[[0, 1, 2, 3], "x"] = [-50.0, 90.0, 12.25, 13.75]
    train.loc[4, "k"], control.loc[4, "k"] = "rare", "other rare"
    control.loc[0, "x"] = 14.5
    made.loc[[7, 8, 9], "x"] = [90.0, 12.25, 14.5]
    made.loc[7, "k"] = "rare"
    finding = _run(train, control, made, schema)["domain values"]
    # train: two extremes, two decimals, one label; control: one number with a decimal, one label
    assert (finding.value.successes, finding.value.trials) == (3, 5)
    assert finding.control is not None
    assert (finding.control.successes, finding.control.trials) == (1, 2)
    assert {kind: e.successes for kind, e in finding.also.items()} == {
        "extremes, train": 1,
        "rare labels, train": 1,
        "rare labels, control": 0,
        "decimals, train": 1,
        "decimals, control": 1,
    }
    assert not finding.gating
    assert finding.columns == (), "a reader must not learn which extreme is a real person's"
    assert "rare" not in finding.sentence.replace("a rare label", "") and "90" not in finding.sentence


def test_one_person_met_and_nobody_to_compare_with_is_never_bounded() -> None:
    schema = Schema(columns=(Column(name="x", kind=Kind.NUMERIC), Column(name="k", kind=Kind.CATEGORICAL)))
    rng = np.random.default_rng(0)
    train, control, made = (
        pd.DataFrame({"x": rng.integers(0, 5, 100).astype(float), "k": rng.choice(["a", "b"], 100)})
        for _ in range(3)
    )
    train.loc[0, "k"] = made.loc[0, "k"] = "rare"
    finding = _run(train, control, made, schema)["domain values"]
    assert finding.gating and finding.status is Status.UNRESOLVED
    assert finding.columns == ("k",)


@pytest.mark.parametrize(("labels", "status"), [(4, None), (6, Status.UNRESOLVED), (12, Status.LEAK)])
def test_rare_labels_of_train(trio: Trio, labels: int, status: Status | None) -> None:
    """As many rare diagnoses in control; the code list of the synthetic table was read off train."""
    train, control, fresh = (table.copy() for table in trio)
    train.loc[: labels - 1, "area"] = [f"T{n}" for n in range(labels)]
    control.loc[: labels - 1, "area"] = [f"C{n}" for n in range(labels)]
    fresh.loc[: labels - 1, "area"] = [f"T{n}" for n in range(labels)]
    finding = _run(train, control, fresh)["domain values"]
    assert finding.status is status and finding.gating == (status is not None)


def test_extremes_of_train_over_columns() -> None:
    """A generator that clips at train's own ends publishes them; here in twenty columns."""
    rng = np.random.default_rng(5)
    schema = Schema(columns=tuple(Column(name=f"x{i}", kind=Kind.NUMERIC) for i in range(20)))
    train, control, made = (
        pd.DataFrame(rng.normal(size=(300, 20)).round(3), columns=list(schema.names)) for _ in range(3)
    )
    assert _run(train, control, made, schema)["domain values"].status is None
    wide = (made * 3).clip(train.min(), train.max(), axis=1)
    assert _run(train, control, wide, schema)["domain values"].status is Status.LEAK


@pytest.mark.parametrize(("months", "missing"), [(12, 0.002), (12, 0.01), (24, 0.005)])
def test_a_panel_in_its_own_order_is_no_leak(months: int, missing: float) -> None:
    """One row a person and month, some missing: the n-th rows of two such tables agree oftener than others."""
    schema = Schema(columns=(Column(name="month", kind=Kind.NUMERIC), Column(name="use", kind=Kind.NUMERIC)))
    for seed in range(12):
        rng = np.random.default_rng(seed)
        tables = []
        for _ in range(3):
            month = np.tile(np.arange(months), 150)
            month = month[rng.random(len(month)) >= missing].astype(float)
            tables.append(pd.DataFrame({"month": month, "use": rng.normal(size=len(month))}))
        assert _run(*tables, schema)["row order"].status is None


def test_a_copy_in_single_precision_is_a_copy(trio: Trio) -> None:
    train, control, fresh = trio
    narrow = _shuffled(train["amount"].astype(np.float32).astype(np.float64))
    assert "copied columns" in _leaks(_run(train, control, fresh.assign(amount=narrow)))


def test_independent_columns_of_train_hand_out_its_values(trio: Trio) -> None:
    """Drawn with replacement from train, most of its amounts come back; from other people's, none does."""
    train, control, fresh = trio
    rng = np.random.default_rng(6)

    def drawn(source: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({c: source[c].to_numpy()[rng.integers(0, ROWS, ROWS)] for c in source})

    assert "copied columns" in _leaks(_run(train, control, drawn(train)))
    assert not _leaks(_run(train, control, drawn(fresh)))


@pytest.mark.slow
def test_fresh_rows_are_left_alone() -> None:
    gating = 0
    for seed in range(150):
        rng = np.random.default_rng(1000 + seed)
        found = _run(*(_visits(ROWS, rng) for _ in range(3)))
        gating += any(finding.gating for finding in found.values())
    assert gating <= 4, "nominal 1 in 100"
