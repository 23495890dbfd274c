"""Copies, whole and in part: against sets of tuples, by hand, planted and fresh."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from privacy.attacks.memorisation import Memorisation
from privacy.evidence import Evidence, gather
from privacy.result import Finding
from privacy.schema import Column, Kind, Role, Schema

NAMES = (
    "exact copies",
    "victims",
    "repeated copies",
    "copies on all but one column",
    "copies on all but two columns",
    "copies with numbers binned",
    "quasi-identifier copies",
    "quasi-identifier copies with a sensitive value",
    "rare-combination copies",
)


def _run(evidence: Evidence, seed: int = 0) -> dict[str, Finding]:
    return {f.name: f for f in Memorisation().run(evidence, np.random.default_rng(seed))}


def _counts(finding: Finding) -> tuple[tuple[int | None, int | None], tuple[int | None, int | None]]:
    assert finding.control is not None
    return tuple((e.successes, e.trials) for e in (finding.value, finding.control))  # type: ignore[return-value]


def _low(finding: Finding) -> float:
    assert finding.excess is not None and finding.excess.interval is not None
    return finding.excess.interval.low


def _labels(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Four columns of labels, coarse enough for chance copies."""
    return pd.DataFrame({f"c{i}": rng.choice(list("abcdefghijkl"), rows) for i in range(4)})


LABELS = Schema(
    columns=(
        Column(name="c0", kind=Kind.CATEGORICAL, role=Role.QUASI_IDENTIFIER),
        Column(name="c1", kind=Kind.CATEGORICAL, role=Role.QUASI_IDENTIFIER),
        Column(name="c2", kind=Kind.CATEGORICAL, role=Role.QUASI_IDENTIFIER),
        Column(name="c3", kind=Kind.CATEGORICAL, role=Role.SENSITIVE),
    )
)


def _slowly(tables: list[list[tuple[str, ...]]], subsets: list[tuple[int, ...]]) -> list[tuple[int, int]]:
    """(found, tried) for train and control with sets of tuples: rare on some subset, and found there."""
    train, control, synthetic = tables
    tried: list[set[int]] = [set(), set()]
    found: list[set[int]] = [set(), set()]
    for subset in subsets:
        held = Counter(tuple(row[i] for i in subset) for row in train + control)
        copies = {tuple(row[i] for i in subset) for row in synthetic}
        for side, rows in enumerate((train, control)):
            for place, row in enumerate(rows):
                part = tuple(row[i] for i in subset)
                if held[part] == 1:
                    tried[side].add(place)
                    if part in copies:
                        found[side].add(place)
    return [(len(f), len(t)) for f, t in zip(found, tried, strict=True)]


def test_against_sets_of_tuples() -> None:
    rng = np.random.default_rng(1)
    frames = [_labels(rows, rng) for rows in (300, 200, 250)]
    tables = [list(frame.itertuples(index=False, name=None)) for frame in frames]
    findings = _run(gather(*frames, LABELS, rng))
    for name, left_out in (("copies on all but one column", 1), ("copies on all but two columns", 2)):
        subsets = list(combinations(range(4), 4 - left_out))
        assert list(_counts(findings[name])) == _slowly(tables, subsets)
        assert findings[name].value.successes, "chance copies exist, or this compares nothing"
    copies, times = set(tables[2]), Counter([*tables[0], *tables[1]])
    alone = [[row for row in table if times[row] == 1] for table in tables[:2]]
    assert list(_counts(findings["exact copies"])) == [
        (sum(row in copies for row in rows), people) for rows, people in zip(alone, (300, 200), strict=True)
    ]
    assert list(_counts(findings["quasi-identifier copies"])) == _slowly(tables, [(0, 1, 2)])


def test_a_quasi_identifier_copy_by_hand() -> None:
    train = [("a", "x", "p", "ill"), ("b", "x", "p", "well"), ("c", "x", "p", "ill"), ("c", "x", "p", "ill")]
    control = [("d", "x", "p", "ill"), ("e", "x", "p", "ill")]
    synthetic = [("a", "x", "p", "ill"), ("b", "x", "p", "ill"), ("c", "x", "p", "ill")]
    frames = [pd.DataFrame(rows, columns=["c0", "c1", "c2", "c3"]) for rows in (train, control, synthetic)]
    findings = _run(gather(*frames, LABELS, np.random.default_rng(0)))
    # a and b are unique and found, c is not unique; only a stands beside its true value.
    assert _counts(findings["quasi-identifier copies"]) == ((2, 2), (0, 2))
    assert _counts(findings["quasi-identifier copies with a sensitive value"]) == ((1, 2), (0, 2))


def test_planted_copies_are_found_by_every_search(evidence: Callable[..., Evidence]) -> None:
    findings = _run(evidence(2000, 1000, 2000, copied=0.2))
    assert tuple(findings) == NAMES
    assert findings.pop("repeated copies").value.successes == 0, "each copied once"
    for finding in findings.values():
        assert _low(finding) > 0, finding.name
        assert finding.p_value is not None and finding.p_value < 0.01


def test_only_exact_copies_gate_and_at_a_level_of_their_own(evidence: Callable[..., Evidence]) -> None:
    findings = _run(evidence())
    assert [name for name, finding in findings.items() if finding.gating] == ["exact copies"]
    levels = {
        name: finding.excess.interval.level
        for name, finding in findings.items()
        if finding.excess and finding.excess.interval
    }
    assert levels.pop("exact copies") == 0.999
    assert set(levels.values()) == {0.95}


def test_one_changed_column_hides_a_copy_from_the_first_search_only(
    people: Callable[[int, int], pd.DataFrame], people_schema: Schema
) -> None:
    rows = people(2500, 3)
    train, control, made = rows[:1000], rows[1000:1500], rows[1500:].copy()
    made.iloc[:100] = train.iloc[:100]
    made.iloc[:100, made.columns.get_loc("smoker")] = ~train["smoker"].iloc[:100].to_numpy(bool)
    findings = _run(gather(train, control, made, people_schema, np.random.default_rng(0)))
    assert findings["exact copies"].value.successes == 0
    assert _low(findings["copies on all but one column"]) > 0


def test_light_noise_leaves_a_binned_copy(
    people: Callable[[int, int], pd.DataFrame], people_schema: Schema
) -> None:
    rows = people(2500, 4)
    train, control, made = rows[:1000], rows[1000:1500], rows[1500:].copy()
    made.iloc[:200] = train.iloc[:200]
    made.iloc[:200, made.columns.get_loc("cost")] *= 1.001
    made.iloc[:200, made.columns.get_loc("admitted")] += pd.Timedelta(hours=1)
    findings = _run(gather(train, control, made, people_schema, np.random.default_rng(0)))
    assert findings["exact copies"].value.successes == 0
    assert _low(findings["copies with numbers binned"]) > 0


@pytest.mark.parametrize("text", ["O'Brien", 'say "x"', "a\nb", "<b>", "=1+1", "café", "\\"])
def test_no_character_hides_a_copy(text: str) -> None:
    rng = np.random.default_rng(5)
    schema = Schema(columns=(Column(name="name", kind=Kind.CATEGORICAL), Column(name="x", kind=Kind.NUMERIC)))
    train, control, fresh = (
        pd.DataFrame({"name": [text] * rows, "x": rng.normal(size=rows)}) for rows in (300, 200, 300)
    )
    copied = gather(train, control, train.copy(), schema, rng)
    assert _run(copied)["exact copies"].value.value == 1
    assert _run(gather(train, control, fresh, schema, rng))["exact copies"].value.value == 0


def test_a_copy_in_single_precision_is_a_copy(evidence: Callable[..., Evidence]) -> None:
    rng = np.random.default_rng(6)
    schema = Schema(columns=(Column(name="x", kind=Kind.NUMERIC),))
    train, control = (pd.DataFrame({"x": rng.normal(size=rows)}) for rows in (100, 100))
    made = train.astype(np.float32).astype(np.float64)
    assert (made["x"] != train["x"]).any()
    assert _run(gather(train, control, made, schema, rng))["exact copies"].value.value == 1


def test_missing_equals_missing() -> None:
    schema = Schema(columns=(Column(name="x", kind=Kind.NUMERIC), Column(name="k", kind=Kind.CATEGORICAL)))
    names = [f"n{number}" for number in range(30)]
    train = pd.DataFrame({"x": [*range(30), *[np.nan] * 30], "k": [*[None] * 30, *names]})
    control = pd.DataFrame(
        {
            "x": [*range(100, 130), *[np.nan] * 30],
            "k": [*[None] * 30, *reversed("abcdefghijklmnopqrstuvwxyzäöüß")],
        }
    )
    findings = _run(gather(train, control, train.copy(), schema, np.random.default_rng(0)))
    assert _counts(findings["exact copies"]) == ((60, 60), (0, 60))


def test_a_person_with_many_rows_counts_once() -> None:
    schema = Schema(
        columns=(
            Column(name="person", kind=Kind.ID, role=Role.IDENTIFIER),
            Column(name="x", kind=Kind.NUMERIC),
        ),
        entity="person",
    )

    def visits(first: int, people: int) -> pd.DataFrame:
        owner = np.repeat(np.arange(first, first + people), 4)
        x = np.random.default_rng(first).normal(size=len(owner))
        return pd.DataFrame({"person": [f"P{n}" for n in owner], "x": x})

    train, control = visits(0, 50), visits(50, 40)
    made = train.iloc[:8].assign(person="Q")  # two people, all their rows
    finding = _run(gather(train, control, made, schema, np.random.default_rng(0)))["exact copies"]
    assert _counts(finding) == ((2, 50), (0, 40))


@pytest.mark.slow
def test_fresh_rows_are_covered(evidence: Callable[..., Evidence]) -> None:
    outside = Counter[str]()
    for seed in range(60):
        for name, finding in _run(evidence(600, 200, 600, seed=seed), seed).items():
            assert finding.excess is not None and finding.excess.interval is not None
            outside[name] += not finding.excess.interval.low <= 0 <= finding.excess.interval.high
    assert max(outside.values(), default=0) <= 7, "nominal 3 of 60, and these intervals are conservative"


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("leak", "swapped", "seen_whole", "seen_in_part"),
    [(0.0, False, False, False), (0.05, False, True, True), (0.05, True, False, True)],
)
def test_planted_leaks_on_adult(
    real_table: Callable[[str], pd.DataFrame],
    leak: float,
    swapped: bool,
    seen_whole: bool,
    seen_in_part: bool,
) -> None:
    """1,500 rows against 3,000 and 3,000: a share of copies, as they are or with one column swapped."""
    rows = real_table("adult").drop_duplicates().sample(7500, random_state=1)
    train, control, made = rows[:3000], rows[3000:6000], rows[6000:].copy()
    planted = int(leak * len(made))
    made.iloc[:planted] = train.iloc[:planted]
    if swapped:
        place = made.columns.get_loc("occupation")
        made.iloc[:planted, place] = np.roll(made["occupation"].iloc[:planted].to_numpy(), 1)
        unchanged = made.iloc[:planted, place].to_numpy() == train.iloc[:planted, place].to_numpy()
        made = made.iloc[np.flatnonzero(~np.r_[unchanged, np.zeros(len(made) - planted, bool)])]
    schema = Schema(
        columns=tuple(
            Column(name=name, kind=Kind.NUMERIC if rows[name].dtype.kind in "iuf" else Kind.CATEGORICAL)
            for name in rows
        )
    )
    findings = _run(gather(train, control, made, schema, np.random.default_rng(0)))
    assert (_low(findings["exact copies"]) > 0) == seen_whole
    assert (_low(findings["copies on all but one column"]) > 0) == seen_in_part
