"""Planted leaks: the doses found by merging into the orders are those that planting rows would give."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from privacy.evidence import gather
from privacy.gate.controls import Planted, detectable_leaks, plant
from privacy.gate.copies import Audited
from privacy.gate.exposure import Exposure, Pointing
from privacy.gate.inspect import inspect
from privacy.gate.kinds import KINDS, LeakKind, Pool, anybody, columns_swapped
from privacy.gate.merging import merged_counts
from privacy.gate.tails import running_counts
from privacy.result import Status
from privacy.schema import Schema

People = Callable[[int, int], pd.DataFrame]


def test_merging_copies_gives_the_orders_of_the_table_with_the_copies(prepared) -> None:
    audit = prepared(300, 0)
    rng = np.random.default_rng(1)
    copies = columns_swapped(1, audit.pool, rng.permutation(600)[:40], rng)
    planted = audit.pointer.of_rows(audit.evidence.ruler.measure(copies), rng)
    labels = rng.random((5, 600)) < 0.5
    dealt = rng.random((5, 40)) < 0.7
    arguments = (audit.exposure.head, audit.exposure.score, audit.exposure.tie, planted.target, planted.score)
    counts, chances = merged_counts(*arguments, dealt, labels, audit.test.chance, audit.test.depths)
    for draw in range(5):
        chosen = np.flatnonzero(dealt[draw])
        whole = Pointing(
            np.hstack([audit.pointing.target, planted.target[:, chosen]]),
            np.hstack([audit.pointing.score, planted.score[:, chosen]]),
        )
        afresh = Exposure.of(whole, audit.sides, audit.exposure.head.shape[1], np.random.default_rng(0))
        # The same ties, so that equal scores fall the same way.
        ties = audit.exposure.tie
        head = np.stack([np.lexsort((ties, best))[: audit.exposure.head.shape[1]] for best in afresh.score])
        assert (counts[draw] == running_counts(labels[draw][head], audit.test.depths)).all()
        assert chances[draw] == pytest.approx(running_counts(audit.test.chance[head], audit.test.depths))


def test_no_copies_change_nothing(prepared) -> None:
    audit = prepared(300, 0)
    labels = np.random.default_rng(0).random((2, 600)) < 0.5
    orders = len(audit.exposure.head)
    none = np.empty((orders, 0), np.int64), np.empty((orders, 0)), np.empty((2, 0), bool)
    counts, _ = merged_counts(
        *(audit.exposure.head, audit.exposure.score, audit.exposure.tie),
        *(*none, labels, audit.test.chance, audit.test.depths),
    )
    for draw in range(2):
        expected = running_counts(labels[draw][audit.exposure.head], audit.test.depths)
        assert (counts[draw] == expected).all()


def test_larger_doses_are_seen_more_often(prepared) -> None:
    planted = planted_kind(prepared(600, 0).audited(30), "verbatim")
    powers = [planted.power(dose) for dose in (0.005, 0.03, 0.06, 0.1)]
    assert powers == sorted(powers)
    assert powers[0] < 0.2
    assert powers[-1] > 0.9
    dose = planted.smallest_dose(0.8)
    assert planted.power(dose) >= 0.8
    doses = planted.copies.doses
    assert planted.power(doses[doses.index(dose) - 1]) < 0.8


def planted_kind(audited: Audited, name: str) -> Planted:
    return plant(audited, {name: KINDS[name]}, np.random.default_rng(0))[name]


def test_a_leak_that_cannot_be_seen_has_no_dose(prepared) -> None:
    """Copies that are strangers: nothing points at their source."""

    def strangers(pool: Pool, rows: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
        return pool.frame.iloc[rng.integers(0, len(pool.frame), len(rows))].reset_index(drop=True)

    audit = prepared(300, 0)
    (found,) = detectable_leaks(
        *(audit.evidence, audit.pointer, audit.sides, audit.exposure, audit.test),
        rng=np.random.default_rng(0),
        draws=20,
        kinds={"strangers": LeakKind(anybody, strangers)},
    )
    assert found.dose_80 is None
    assert found.dose_95 is None
    assert found.largest_tried == 0.2


def test_a_kind_without_examples_is_left_out(prepared) -> None:
    audit = prepared(200, 0)
    found = detectable_leaks(
        *(audit.evidence, audit.pointer, audit.sides, audit.exposure, audit.test),
        rng=np.random.default_rng(0),
        draws=2,
        kinds={"repeated units": KINDS["repeated units"]},
    )
    assert found == ()


def test_a_subgroup_leak_keeps_to_one_group(prepared) -> None:
    audited = prepared(400, 0).audited(6)
    copies = planted_kind(audited, "subgroup").copies
    assert copies.doses[-1] <= 0.2
    dealt = np.isfinite(copies.turn)
    assert len({tuple(row) for row in dealt}) > 1, "another group in another draw"
    assert (dealt.sum(axis=1) >= round(copies.doses[-1] * audited.base)).all()


def test_small_tables_try_larger_doses(prepared) -> None:
    audit = prepared(300, 0)
    assert audit.audited(1).doses[-1] == 0.2
    assert audit.audited(1, synthetic_rows=10_000).base == 300


def test_doses_are_shares_of_the_synthetic_rows_if_they_are_fewer(prepared) -> None:
    """A copy takes a row: a table of 50 cannot hold 100 of them."""
    assert prepared(300, 0).audited(1, synthetic_rows=50).base == 50


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", ["verbatim", "one column swapped", "noise .05", "isolated", "overfit engine"]
)
def test_doses_agree_with_planting_rows_in_the_synthetic_table(
    people: People, people_schema: Schema, prepared, kind: str
) -> None:
    """Whole audits, with copies of train put into the table by hand: missed at half the dose, seen at twice."""
    audit = prepared(1000, 0)
    (found,) = detectable_leaks(
        *(audit.evidence, audit.pointer, audit.sides, audit.exposure, audit.test),
        rng=np.random.default_rng(0),
        kinds={kind: KINDS[kind]},
    )
    assert found.dose_80 is not None

    def seen(dose: float, seed: int) -> bool:
        rng = np.random.default_rng(seed)
        audit = prepared(1000, seed)
        evidence = audit.evidence
        (rows,) = KINDS[kind].whose(audit.pool, 0.2, rng)
        of_train = rng.permutation(rows[rows < 1000])[: round(dose * 1000)]
        copies = KINDS[kind].altered(audit.pool, of_train, rng)
        synthetic = pd.concat([evidence.synthetic[len(copies) :], copies])
        table = people(3000, seed)
        evidence = gather(table[:1000], table[1000:2000], dated(synthetic), people_schema, rng)
        findings, _ = inspect(evidence, tolerances={}, rng=rng, draws=1000, planted_draws=1)
        return findings[0].status is Status.LEAK

    assert np.mean([seen(found.dose_80 / 2, seed) for seed in range(10, 22)]) <= 0.5
    assert np.mean([seen(found.dose_80 * 1.5, seed) for seed in range(10, 22)]) >= 0.8


def dated(frame: pd.DataFrame) -> pd.DataFrame:
    """Seconds back to dates, as a synthetic table would hold them."""
    return frame.assign(admitted=pd.to_datetime(frame["admitted"], unit="s"))


@pytest.mark.slow
@pytest.mark.real_data
@pytest.mark.parametrize(("name", "rows", "limit"), [("adult", 10_000, 0.004), ("support2", 3_035, 0.006)])
def test_doses_on_real_tables_are_those_published(
    real_table: Callable[[str], pd.DataFrame], name: str, rows: int, limit: float
) -> None:
    """Fresh rows, equal sizes: verbatim copies of .4 % (adult) and .6 % (support2) of train, or fewer."""
    from privacy.guess import guess_schema

    rng = np.random.default_rng(0)
    frame = real_table(name)
    frame = frame.iloc[rng.permutation(len(frame))[: 3 * rows]]
    schema, _ = guess_schema(frame)
    evidence = gather(frame[:rows], frame[rows : 2 * rows], frame[2 * rows :], schema, rng)
    findings, _ = inspect(evidence, tolerances={}, rng=rng)
    dose = findings[0].detectable[0].dose_80
    assert dose is not None
    assert dose <= limit
