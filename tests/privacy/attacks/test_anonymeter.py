"""The cross-check: the package's own figures, on tables that it cannot misread."""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from privacy.attacks.anonymeter import Anonymeter, _made
from privacy.attacks.safe_tokens import positive, safe_tables
from privacy.evidence import Evidence, gather
from privacy.result import Finding
from privacy.schema import Column, Kind, Role, Schema

evaluators = pytest.importorskip("anonymeter.evaluators", reason="needs the extra 'anonymeter'")


def _run(evidence: Evidence, attacks: int = 60, seed: int = 0) -> dict[str, Finding]:
    return {f.name: f for f in Anonymeter(attacks=attacks).run(evidence, np.random.default_rng(seed))}


AWKWARD = Schema(
    columns=(
        Column(name="0", kind=Kind.CATEGORICAL, role=Role.QUASI_IDENTIFIER),
        Column(name="born", kind=Kind.DATETIME, role=Role.QUASI_IDENTIFIER),
        Column(name="debt", kind=Kind.NUMERIC, role=Role.SENSITIVE),
    )
)


def _awkward(rows: int, seed: int) -> pd.DataFrame:
    """Apostrophes, dates, a column called 0, negative and missing numbers."""
    rng = np.random.default_rng(seed)
    debt = rng.normal(-500, 300, rows)
    debt[rng.random(rows) < 0.1] = np.nan
    return pd.DataFrame(
        {
            "0": [f"O'Brien {number}" for number in rng.integers(0, 10_000, rows)],
            "born": pd.Timestamp("1950-01-01") + pd.to_timedelta(rng.integers(0, 20_000, rows), unit="D"),
            "debt": debt,
        }
    )


def test_awkward_tables_do_not_hide_a_copy() -> None:
    train, control = _awkward(300, 1), _awkward(300, 2)
    findings = _run(gather(train, control, train.copy(), AWKWARD, np.random.default_rng(0)))
    assert findings["singling out, univariate"].value.value > 0.8
    assert findings["inference of debt"].value.value > 0.8
    control_rate = findings["inference of debt"].control
    assert control_rate is not None and control_rate.value < 0.5, "negative numbers do not all count"
    for finding in findings.values():
        assert finding.excess is not None and finding.excess.interval is not None
        assert finding.excess.interval.low > 0, finding.name
        assert not finding.gating


def test_tokens_carry_no_value_and_keep_what_is_equal() -> None:
    train, control, synthetic = (_awkward(200, seed) for seed in (1, 2, 3))
    found = gather(train, control, synthetic, AWKWARD, np.random.default_rng(0))
    tables = safe_tables(found, 1000, np.random.default_rng(0))
    assert list(tables.train.columns) == ["x0", "x1", "x2"] and tables.numbers == {"x1", "x2"}
    assert tables.tokens(("debt", "0")) == ["x2", "x0"]
    for frame in tables.arguments.values():
        assert not frame.isna().any().any()
        assert frame["x0"].str.fullmatch(r"v-?\d+").all()
        assert (frame[["x1", "x2"]] > 0).all().all()
    assert tables.train["x0"].nunique() == train["0"].nunique()
    assert sorted(tables.train["x2"].value_counts()) == sorted(train["debt"].value_counts(dropna=False))


def test_numbers_move_only_when_they_must() -> None:
    amounts = np.array([1.0, 50.0, 101.0])
    assert (positive(amounts, shift=False) == amounts).all()
    assert positive(np.array([-100.0, 0.0, np.nan]), shift=False) == pytest.approx([1, 101, 201])
    assert positive(amounts, shift=True) == pytest.approx([1, 50, 101])
    assert (positive(np.full(3, np.nan), shift=False) == 1).all()


def test_figures_are_the_packages_own_when_all_guesses_were_made(
    evidence: Callable[..., Evidence],
) -> None:
    found = evidence(400, 300, 400, copied=0.5)
    ours = _run(found)["inference of diagnosis"]
    tables = safe_tables(found, 10_000, np.random.default_rng(0))
    before = np.random.get_state()  # noqa: NPY002
    rates = []
    try:
        for seed in range(20):
            np.random.seed(seed)  # noqa: NPY002
            evaluator = evaluators.InferenceEvaluator(
                **tables.arguments, aux_cols=tables.tokens(("age", "sex", "area")), secret="x4", n_attacks=60
            ).evaluate(n_jobs=1)
            rates.append(evaluator.results().attack_rate.value)
    finally:
        np.random.set_state(before)  # noqa: NPY002
    assert min(rates) <= ours.value.value <= max(rates)
    assert ours.columns == ("diagnosis", "age", "sex", "area")


def test_numpys_global_state_is_put_back(evidence: Callable[..., Evidence]) -> None:
    found = evidence(150, 150, 150)
    np.random.seed(7)  # noqa: NPY002
    expected = np.random.random(3)  # noqa: NPY002
    np.random.seed(7)  # noqa: NPY002
    first = _run(found, 30, seed=1)
    assert (np.random.random(3) == expected).all()  # noqa: NPY002
    second = _run(found, 30, seed=1)
    repeatable = [name for name in first if not name.startswith("singling out")]
    assert len(repeatable) == 3
    assert all(first[name] == second[name] for name in repeatable)
    assert "even with a seed" in first["singling out, univariate"].reason


def test_the_denominator_is_the_guesses_made() -> None:
    with _made(500) as made:
        log = logging.getLogger("anonymeter.evaluators.singling_out_evaluator")
        log.warning("Attack `x` could generate only 10 singling out queries out of the requested 500.")
    assert made == [10]
    schema = Schema(columns=tuple(Column(name=f"c{i}", kind=Kind.CATEGORICAL) for i in range(3)))
    rng = np.random.default_rng(4)
    frames = [pd.DataFrame({f"c{i}": rng.choice(["a", "b"], 120) for i in range(3)}) for _ in range(3)]
    finding = _run(gather(*frames, schema, rng))["singling out, univariate"]
    assert (finding.trials_asked, finding.trials_made) == (60, 0)
    assert finding.excess is not None and finding.excess.interval is not None
    assert finding.excess.value == 0, "nothing guessed, nothing known"
    assert finding.excess.interval.low <= -1 and finding.excess.interval.high == 1
