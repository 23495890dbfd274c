"""The gate catches copies, lets fresh rows through, and says what it would have seen."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from privacy.evidence import Evidence, gather
from privacy.gate.exposure import Exposure, Pointer, Pointing, Sides
from privacy.gate.inspect import inspect
from privacy.gate.kinds import KINDS
from privacy.gate.tails import TailTest, depths_for, running_counts, tail_p
from privacy.result import Check, Finding, Status
from privacy.schema import Column, Kind, Schema

People = Callable[[int, int], pd.DataFrame]
TOLERANCES = {"verbatim": 0.01, "one column swapped": 0.01}


def audit(
    train: pd.DataFrame,
    control: pd.DataFrame,
    synthetic: pd.DataFrame,
    schema: Schema,
    seed: int = 0,
    planted_draws: int = 1,
) -> tuple[dict[str, Finding], dict[str, Check]]:
    """Findings and checks by name. One planted draw unless the test is about planting."""
    rng = np.random.default_rng(seed)
    evidence = gather(train, control, synthetic, schema, rng)
    findings, checks = inspect(
        evidence, tolerances=TOLERANCES, rng=rng, draws=1000, planted_draws=planted_draws
    )
    return {finding.name: finding for finding in findings}, {check.name: check for check in checks}


def thirds(people: People, rows: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Train, control and fresh rows of one population, each of `rows`."""
    every = people(3 * rows, seed)
    return every[:rows], every[rows : 2 * rows], every[2 * rows :]


def with_copies(fresh: pd.DataFrame, train: pd.DataFrame, share: float) -> pd.DataFrame:
    """Fresh rows, of which the first are replaced by copies of train: `share` of train."""
    copies = int(share * len(train))
    return pd.concat([fresh[copies:], train[:copies]])


def test_fresh_rows_are_not_called_a_leak(people: People, people_schema: Schema) -> None:
    for seed in range(10):
        findings, checks = audit(*thirds(people, 500, seed), people_schema, seed)
        assert [f.name for f in findings.values() if f.status is Status.LEAK] == []
        assert [c.name for c in checks.values() if not c.passed] == []


def test_copies_of_train_are_a_leak(people: People, people_schema: Schema) -> None:
    train, control, fresh = thirds(people, 700, 1)
    findings, _ = audit(train, control, with_copies(fresh, train, 0.08), people_schema)
    closest = findings["closest records"]
    assert closest.status is Status.LEAK
    assert closest.p_value is not None
    assert closest.p_value <= 0.04
    assert closest.value.value > 0.9
    assert closest.excess is not None
    assert closest.excess.interval is not None
    assert 1.5 < closest.excess.interval.low <= closest.excess.value <= closest.excess.interval.high
    assert "most exposed records are train's" in closest.sentence
    assert findings["identical table"].status is None


def test_copies_of_control_are_no_leak_but_stop_the_audit(people: People, people_schema: Schema) -> None:
    train, control, fresh = thirds(people, 700, 2)
    findings, checks = audit(train, control, with_copies(fresh, control, 0.08), people_schema)
    assert findings["closest records"].status is None
    assert not checks["exchanged run"].passed


def test_train_itself_is_a_leak_in_every_finding(people: People, people_schema: Schema) -> None:
    train, control, _ = thirds(people, 500, 3)
    findings, _ = audit(train, control, train.sample(frac=1, random_state=0), people_schema)
    assert {finding.status for finding in findings.values()} == {Status.LEAK}
    assert len(findings) == 3
    share = findings["DCR share"]
    assert share.value.value > 0.95
    identical = findings["identical table"]
    assert identical.value.value == 1
    assert identical.control is not None
    assert identical.control.value < 0.2


def test_a_diffuse_leak_moves_the_dcr_share(people: People, people_schema: Schema) -> None:
    """Every row a train row with its numbers moved."""
    train, control, _ = thirds(people, 700, 4)
    rng = np.random.default_rng(0)
    moved = {name: train[name] + rng.normal(0, 0.1 * train[name].std(), 700) for name in ("age", "cost")}
    findings, _ = audit(train, control, train.assign(**moved), people_schema)
    assert findings["DCR share"].status is Status.LEAK
    assert findings["identical table"].status is None


@pytest.mark.parametrize("keyed", [True, False])
def test_a_twin_does_not_hide_a_leak(people: People, people_schema: Schema, keyed: bool) -> None:
    """Two equal rows a person: a copy is as near to the one as to the other."""
    train, control, fresh = thirds(people, 700, 5)
    train, control = (pd.concat([half, half]) for half in (train, control))
    schema = people_schema
    if not keyed:
        schema = Schema(columns=people_schema.compared)
        train, control, fresh = (frame.drop(columns="person") for frame in (train, control, fresh))
    findings, _ = audit(train, control, with_copies(fresh, train[:700], 0.08), schema)
    assert findings["closest records"].status is Status.LEAK


def test_categories_alone_raise_no_false_alarm(people: People, people_schema: Schema) -> None:
    """Many equal rows, and three parts of train to one of control."""
    names = ("sex", "area", "diagnosis", "smoker")
    schema = Schema(columns=tuple(people_schema[name] for name in names))
    for seed in range(6):
        rows = people(1500, seed)[list(names)]
        findings, _ = audit(rows[:750], rows[750:1000], rows[1000:], schema, seed)
        assert [f.name for f in findings.values() if f.status is Status.LEAK] == []


def test_nothing_to_look_at_is_unresolved(people: People, people_schema: Schema) -> None:
    schema = Schema(columns=(people_schema["sex"],))
    train, control, fresh = (frame[["sex"]] for frame in thirds(people, 200, 0))
    findings, checks = audit(train, control, fresh, schema)
    assert findings["closest records"].status is Status.UNRESOLVED
    assert findings["closest records"].gating
    assert "groups of equal rows" in findings["closest records"].reason
    assert checks == {}


def test_what_would_have_been_seen_is_attached(people: People, people_schema: Schema) -> None:
    findings, _ = audit(*thirds(people, 700, 6), people_schema, planted_draws=20)
    found = findings["closest records"].detectable
    assert all(finding.detectable == found for finding in findings.values())
    by_kind = {leak.leak: leak for leak in found}
    assert set(by_kind) == set(KINDS) - {"repeated units"}, "where no unit repeats, none can leak"
    assert {kind: leak.tolerance for kind, leak in by_kind.items() if leak.tolerance} == TOLERANCES
    verbatim = by_kind["verbatim"]
    assert verbatim.dose_80 is not None
    assert 0.01 < verbatim.dose_80 < 0.1


def test_the_picture_shows_shares_and_no_record(people: People, people_schema: Schema) -> None:
    findings, _ = audit(*thirds(people, 500, 7), people_schema)
    (picture,) = findings["closest records"].pictures
    assert picture.x == tuple(float(k) for k in depths_for(1000))
    for line in picture.series.values():
        assert len(line) == len(picture.x)
        assert all(0 <= share <= 1 for share in line)


def test_the_same_seed_gives_the_same_findings(people: People, people_schema: Schema) -> None:
    trio = thirds(people, 400, 8)
    assert audit(*trio, people_schema, 3) == audit(*trio, people_schema, 3)


def evidence_of(rows: pd.DataFrame, control: pd.DataFrame) -> Evidence:
    schema = Schema(
        columns=tuple(
            Column(name=name, kind=Kind.NUMERIC if frame.dtype.kind in "iuf" else Kind.CATEGORICAL)
            for name, frame in rows.items()
        )
    )
    return gather(rows, control, rows, schema, np.random.default_rng(0))


def test_two_equal_rows_on_one_side_are_more_often_the_larger_side_s(people: People) -> None:
    """At three rows of train to one of control, a pair on one side is train's at odds nine to one."""
    rows = people(300, 0).drop(columns=["person", "admitted"])
    train, control = rows[:225].copy(), rows[225:].copy()
    train.iloc[1] = train.iloc[0]
    control.iloc[0] = train.iloc[2]
    evidence = evidence_of(train, control)
    sides = Sides.of(evidence)
    pair, mixed, single = evidence.units[[0, 2, 5]]
    assert sides.prior[pair] == pytest.approx(9)
    assert sides.prior[single] == pytest.approx(3)
    assert sides.mixed[mixed]
    assert mixed not in sides.labelled
    assert sides.chance(1.5)[single] == pytest.approx(4.5 / 5.5)
    assert sides.exchanged().prior[single] == pytest.approx(1 / 3)


def test_a_record_counts_once_however_often_it_is_copied() -> None:
    sides = Sides(np.array([True, False, False]), np.array([False, False, True]), np.ones(3))
    pointing = Pointing(np.array([[0, 0, 0, 1, 2]]), np.array([[0.5, 0.1, 0.3, 0.2, 0.0]]))
    exposure = Exposure.of(pointing, sides, 3, np.random.default_rng(0))
    assert exposure.score.tolist() == [[0.1, 0.2, 0.0]]
    assert exposure.head.tolist() == [[0, 1]], "the mixed unit has no place"


def test_scores_are_the_ratio_and_the_gap() -> None:
    from privacy.neighbors import Nearest

    pointer = Pointer(pool=None, units=np.array([7, 8]), views=(), softening=(0.1, 0.1))  # type: ignore[arg-type]
    nearest = Nearest(np.array([1]), np.array([0.2], np.float32), np.array([0.5], np.float32))
    pointing = pointer.of_neighbours((nearest, None))
    assert pointing.target[:2].tolist() == [[8], [8]]
    assert pointing.score[:, 0] == pytest.approx([0.3 / 0.6, -0.3, np.inf, np.inf])


def test_tail_p_is_the_binomial_tail() -> None:
    from scipy import stats

    counts, depths = np.array([0, 1, 7, 10, 20]), np.array([10, 10, 10, 10, 20])
    expected = stats.binom.sf(counts - 1, depths, 0.6)
    assert tail_p(counts, depths, np.full(5, 0.6)) == pytest.approx(expected)


def test_running_counts_by_hand() -> None:
    flags = np.array([[True, False, True, True, False]])
    assert running_counts(flags, np.array([1, 3, 5])).tolist() == [[1, 2, 3]]


def test_the_tail_test_keeps_its_level_at_the_tolerance() -> None:
    """Labels dealt exactly at the tolerated odds, orders that overlap in part: 4 % are called a leak."""
    rng = np.random.default_rng(0)
    units = 2000
    order = rng.permutation(units)
    head = np.stack([order[:300], np.roll(order, 100)[:300], rng.permutation(units)[:300]])
    sides = Sides(np.zeros(units, bool), np.zeros(units, bool), np.where(rng.random(units) < 0.2, 9.0, 3.0))
    burdens = np.array([1.0, 1.0, 4.0])
    test = TailTest.calibrate(head[:, : depths_for(units)[-1]], burdens, sides, 1.5, 0.04, 4000, rng)
    head = head[:, : test.depths[-1]]
    drawn = [test.p_values(rng.random(units) < test.chance, head).min() for _ in range(1500)]
    rejected = np.mean(np.array(drawn) < test.critical)
    assert 0.025 <= rejected <= 0.055
    assert test.adjusted(test.critical) > 0.04 >= test.adjusted(np.nextafter(test.critical, 0))


def test_the_most_allowed_is_the_last_count_that_is_no_leak() -> None:
    rng = np.random.default_rng(0)
    sides = Sides(np.zeros(500, bool), np.zeros(500, bool), np.ones(500))
    head = rng.permutation(500)[None, :100]
    test = TailTest.calibrate(head, np.ones(1), sides, 1.5, 0.04, 1000, rng)
    allowed = test.most_allowed(head)[0]
    assert (tail_p(allowed, test.depths, np.full(len(allowed), 0.6)) >= test.critical).all()
    more = np.minimum(allowed + 1, test.depths)
    beyond = tail_p(more, test.depths, np.full(len(allowed), 0.6)) < test.critical
    assert (beyond | (allowed == test.depths)).all()
