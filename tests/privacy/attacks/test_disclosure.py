"""The disclosure attack on evidence: which keys, whose twins, and what it says of copies and of fresh rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from privacy.attacks.cells import BINS, Cells, cell_count, is_binned
from privacy.attacks.disclosure import Disclosure
from privacy.attacks.disclosure.keys import chosen_keys
from privacy.evidence import Evidence, gather
from privacy.result import Finding
from privacy.schema import Column, Kind, Role, Schema

MakeEvidence = Callable[..., Evidence]


def _run(evidence: Evidence, seed: int = 0) -> dict[str, Finding]:
    return {f.name: f for f in Disclosure().run(evidence, np.random.default_rng(seed))}


def _low(finding: Finding) -> float:
    assert finding.excess is not None and finding.excess.interval is not None
    return finding.excess.interval.low


def test_copies_are_found_by_every_measure_on_the_keys(evidence: MakeEvidence) -> None:
    found = _run(evidence(1200, 1200, 1200, copied=0.3))
    for name in ("uniques found", "replicated uniques", "class risk", "DiSCO of diagnosis", "DiSCO of cost"):
        assert _low(found[name]) > 0.02, name
    assert _low(found["TCAP of cost"]) > 0
    uem, control = (found["uniques found"].also[name] for name in ("UEM", "UEM, control"))
    assert uem.value == pytest.approx(0.3, abs=0.01) and control.value == 0


def test_fresh_rows_are_seldom_taken_for_a_leak(people: Callable[[int, int], pd.DataFrame]) -> None:
    """95 % intervals of independent people: their lower ends are above zero in 2.5 % of cases or less."""
    schema = Schema(
        columns=(
            Column(name="age", kind=Kind.NUMERIC, role=Role.QUASI_IDENTIFIER),
            Column(name="area", kind=Kind.CATEGORICAL, role=Role.QUASI_IDENTIFIER),
            Column(name="diagnosis", kind=Kind.CATEGORICAL, role=Role.SENSITIVE),
        )
    )
    alarms: list[bool] = []
    for seed in range(40):
        rows = people(900, seed)[["age", "area", "diagnosis"]]
        drawn = gather(rows[:300], rows[300:600], rows[600:], schema, np.random.default_rng(0))
        alarms += [_low(finding) > 0 for finding in _run(drawn).values()]
    assert len(alarms) == 200
    assert sum(alarms) <= 10


def test_the_findings_are_the_measures_of_the_people_drawn(evidence: MakeEvidence) -> None:
    """Uniques and DiSCO by a plain loop over all people, control as large as train."""
    tables = evidence(400, 400, 400, copied=0.2)
    found = _run(tables)
    keys = ["age", "sex", "area"]

    def rows(table: pd.DataFrame, names: list[str]) -> list[str]:
        return [repr(row) for row in table[names].astype(object).itertuples(index=False)]

    made = rows(tables.synthetic, keys)
    made_with = list(zip(made, rows(tables.synthetic, ["diagnosis"]), strict=True))
    for table, side in ((tables.train, "value"), (tables.control, "control")):
        real = rows(table, keys)
        uniques = sum(real.count(row) == 1 and row in made for row in real)
        assert getattr(found["uniques found"], side).successes == uniques
        real_with = zip(real, rows(table, ["diagnosis"]), strict=True)
        right = sum(pair[0] in made and made_with.count(pair) == made.count(pair[0]) for pair in real_with)
        assert getattr(found["DiSCO of diagnosis"], side).successes == right


def test_equally_many_people_are_counted_on_both_sides(evidence: MakeEvidence) -> None:
    found = _run(evidence(1200, 300, 1200))["uniques found"]
    assert found.control is not None
    assert found.trials_made == found.value.trials == found.control.trials == 300


def test_one_row_a_person(people: Callable[[int, int], pd.DataFrame], people_schema: Schema) -> None:
    """A person's own rows must not hide that nobody else has these keys."""
    rows = people(600, 3)
    train = pd.concat([rows[:200]] * 5, ignore_index=True)
    tables = gather(train, rows[200:400], rows[400:], people_schema, np.random.default_rng(0))
    found = _run(tables)["uniques found"]
    assert found.value.trials == 200
    assert found.also["UiO"].value > 0.5


def test_what_everybody_knows_is_no_leak() -> None:
    """A secret that follows from the key is disclosed for train and control alike."""
    rng = np.random.default_rng(1)
    schema = Schema(
        columns=(
            Column(name="job", kind=Kind.CATEGORICAL, role=Role.QUASI_IDENTIFIER),
            Column(name="union", kind=Kind.CATEGORICAL, role=Role.SENSITIVE),
        )
    )

    def table(rows: int) -> pd.DataFrame:
        job = rng.integers(0, 5, rows)
        return pd.DataFrame({"job": [f"j{j}" for j in job], "union": [f"u{j}" for j in job]})

    found = _run(gather(table(400), table(300), table(400), schema, rng))
    for name in ("DiSCO of union", "TCAP of union"):
        finding = found[name]
        assert finding.control is not None and finding.baseline is not None and finding.excess is not None
        assert finding.value.value == finding.control.value == 1
        assert finding.excess.value == 0 and finding.baseline.value < 0.5
    beside = found["DiSCO of union"].also
    assert beside["Dorig"].value == beside["DiS"].value == beside["k-DiSCO"].value == 1
    assert beside["apparent l-diversity, distinct"].value == 1


def test_every_measure_beside_has_an_interval_and_people_a_twin(evidence: MakeEvidence) -> None:
    for finding in _run(evidence()).values():
        for name, estimate in finding.also.items():
            assert estimate.interval is not None
            assert estimate.interval.low <= estimate.value <= estimate.interval.high
            of_the_release = name.startswith("apparent") or name == "CAPs"
            assert of_the_release or name.endswith(", control") or f"{name}, control" in finding.also


def _mixed(rows: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "text": [f"t{number}" for number in rng.integers(0, 10**9, rows)],
            "years": rng.integers(0, 60, rows).astype(float),
            "money": rng.normal(size=rows),
            "town": [f"w{number}" for number in rng.integers(0, 30, rows)],
            "coin": rng.choice(["h", "t"], rows),
            "class": rng.choice(["a", "b", "c"], rows),
            "secret": [f"s{number}" for number in rng.integers(0, 50, rows)],
        }
    )


def _mixed_evidence(*declared: str) -> Evidence:
    roles = dict.fromkeys(declared, Role.QUASI_IDENTIFIER) | {"secret": Role.SENSITIVE}
    numeric = ("years", "money")
    columns = tuple(
        Column(
            name=name,
            kind=Kind.NUMERIC if name in numeric else Kind.CATEGORICAL,
            role=roles.get(name, Role.OTHER),
        )
        for name in _mixed(2, 0)
    )
    frames = [_mixed(400, seed) for seed in range(3)]
    return gather(*frames, Schema(columns=columns), np.random.default_rng(0))


def test_declared_keys_are_taken_and_otherwise_the_columns_with_the_most_shared_values() -> None:
    assert chosen_keys(_mixed_evidence("coin", "town"))[0] == ("town", "coin")
    names, why = chosen_keys(_mixed_evidence())
    assert names == ("years", "money", "town", "class"), "not the unique text, nor the secret, nor the coin"
    assert why.startswith("No quasi-identifier is declared")


def test_numbers_of_many_values_are_binned_and_others_are_not() -> None:
    tables = _mixed_evidence()
    assert is_binned(tables, "money") and not is_binned(tables, "years") and not is_binned(tables, "town")
    assert cell_count(tables, "money") == BINS and cell_count(tables, "years") == 60
    cells = Cells.of(tables, ["years", "money"])
    for table, codes in ((tables.train, cells.train), (tables.synthetic, cells.synthetic)):
        assert len(set(zip(table["years"], codes[0], strict=True))) == table["years"].nunique()
        order = codes[1][np.argsort(table["money"].to_numpy())]
        assert np.count_nonzero(np.diff(order)) == BINS - 1, "bins are runs of the sorted values"


def test_crossed_cells_are_equal_where_all_columns_are() -> None:
    rng = np.random.default_rng(4)
    cells = Cells(*(rng.integers(0, 4, (3, rows)) for rows in (50, 40, 60)))
    crossed = cells.crossed()
    flat = np.hstack([cells.train, cells.control, cells.synthetic]).T
    codes = np.concatenate([crossed.train[0], crossed.control[0], crossed.synthetic[0]])
    for row in range(0, 150, 7):
        assert ((flat == flat[row]).all(axis=1) == (codes == codes[row])).all()
