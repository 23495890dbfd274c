"""Planted leaks: the doses found by merging into the orders are those that planting rows would give."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from privacy.evidence import gather
from privacy.gate.controls import KINDS, Audited, Planted, detectable_leaks, one_column_swapped, verbatim
from privacy.gate.exposure import Exposure, Pointer, Pointing, Sides
from privacy.gate.inspect import inspect
from privacy.gate.tails import TailTest, depths_for
from privacy.result import Status
from privacy.ruler import Coordinates
from privacy.schema import Schema

People = Callable[[int, int], pd.DataFrame]


def prepared(
    people: People, schema: Schema, rows: int, seed: int = 0
) -> tuple[Pointer, Sides, Exposure, TailTest, Pointing]:
    """An audit of fresh rows up to the point where leaks are planted."""
    rng = np.random.default_rng(seed)
    every = people(3 * rows, seed)
    evidence = gather(every[:rows], every[rows : 2 * rows], every[2 * rows :], schema, rng)
    sides = Sides.of(evidence)
    pointer, found = Pointer.fit(evidence, rng)
    pointing = pointer.of_neighbours(found)
    exposure = Exposure.of(pointing, sides, int(depths_for(len(sides.labelled))[-1]), rng)
    return pointer, sides, exposure, TailTest.calibrate(exposure.head, sides, 1.5, 0.04, 1000, rng), pointing


def random_coordinates(rows: int, seed: int) -> Coordinates:
    rng = np.random.default_rng(seed)
    return Coordinates(
        rng.random((rows, 3)).astype(np.float32), rng.integers(0, 9, (rows, 4)).astype(np.int32)
    )


def test_verbatim_copies_are_the_records() -> None:
    records = random_coordinates(5, 0)
    assert verbatim(records, records, np.random.default_rng(0)) is records


def test_one_swapped_column_holds_a_stranger_s_value() -> None:
    records, pool = random_coordinates(400, 0), random_coordinates(50, 1)
    copies = one_column_swapped(records, pool, np.random.default_rng(0))
    changed_ranks, changed_codes = copies.ranks != records.ranks, copies.codes != records.codes
    changed = np.hstack([changed_ranks, changed_codes])
    assert (changed.sum(axis=1) <= 1).all()
    assert (changed.sum(axis=0) > 20).all(), "every column has its turn"
    for column in range(3):
        values = copies.ranks[changed_ranks[:, column], column]
        assert np.isin(values, pool.ranks[:, column]).all()


def test_merging_copies_gives_the_orders_of_the_table_with_the_copies(
    people: People, people_schema: Schema
) -> None:
    pointer, sides, exposure, _, pointing = prepared(people, people_schema, 300)
    rng = np.random.default_rng(1)
    copies = one_column_swapped(pointer.pool.take(rng.integers(0, 600, 40)), pointer.pool, rng)
    planted = pointer.of_rows(copies, rng)
    merged = exposure.with_rows(planted.target, planted.score, sides.mixed)
    whole = Pointing(np.hstack([pointing.target, planted.target]), np.hstack([pointing.score, planted.score]))
    afresh = Exposure.of(whole, sides, exposure.head.shape[1], rng)
    scores = np.take_along_axis(afresh.score, merged, axis=1)
    assert (scores == np.take_along_axis(afresh.score, afresh.head, axis=1)).all()
    assert (merged != exposure.head).any()


def test_no_copies_change_nothing(people: People, people_schema: Schema) -> None:
    _, sides, exposure, _, _ = prepared(people, people_schema, 300)
    none = exposure.with_rows(np.empty((6, 0), np.int64), np.empty((6, 0)), sides.mixed)
    assert (none == exposure.head).all()


def test_larger_doses_are_seen_more_often(people: People, people_schema: Schema) -> None:
    pointer, sides, exposure, test, _ = prepared(people, people_schema, 600)
    rng = np.random.default_rng(0)
    labels = rng.random((30, len(sides.mixed))) < 0.5
    planted = Planted.of(Audited(pointer, sides, exposure, test, labels), verbatim, rng)
    powers = [planted.power(dose) for dose in (0.005, 0.03, 0.06, 0.1)]
    assert powers == sorted(powers)
    assert powers[0] < 0.2
    assert powers[-1] > 0.9
    dose = planted.smallest_dose(0.8)
    assert dose is not None
    assert planted.power(dose) >= 0.8
    smaller = planted.audited.doses[planted.audited.doses.index(dose) - 1]
    assert planted.power(smaller) < 0.8


def test_a_leak_that_cannot_be_seen_has_no_dose(people: People, people_schema: Schema) -> None:
    """Copies that are strangers: nothing points at their source."""

    def strangers(records: Coordinates, pool: Coordinates, rng: np.random.Generator) -> Coordinates:
        return pool.take(rng.integers(0, len(pool), len(records)))

    pointer, sides, exposure, test, _ = prepared(people, people_schema, 300)
    rng = np.random.default_rng(0)
    (found,) = detectable_leaks(
        pointer, sides, exposure, test, rng=rng, draws=10, kinds={"strangers": strangers}
    )
    assert found.dose_80 is None
    assert found.dose_95 is None
    assert found.largest_tried == 0.2


def test_small_tables_try_larger_doses(people: People, people_schema: Schema) -> None:
    pointer, sides, exposure, test, _ = prepared(people, people_schema, 300)
    small = Audited(pointer, sides, exposure, test, np.zeros((1, 600), bool))
    assert small.doses[-1] == 0.2
    many = Sides(np.ones(10_000, bool), np.zeros(10_000, bool), np.ones(10_000))
    assert Audited(pointer, many, exposure, test, np.zeros((1, 1), bool)).doses[-1] == 0.05


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(KINDS))
def test_doses_agree_with_planting_rows_in_the_synthetic_table(
    people: People, people_schema: Schema, kind: str
) -> None:
    """Whole audits, with copies put into the table by hand: missed at half the dose, seen at twice."""
    pointer, sides, exposure, test, _ = prepared(people, people_schema, 1000)
    (found,) = detectable_leaks(
        pointer, sides, exposure, test, rng=np.random.default_rng(0), kinds={kind: KINDS[kind]}
    )
    assert found.dose_80 is not None

    def seen(dose: float, seed: int) -> bool:
        rng = np.random.default_rng(seed)
        every = people(3000, seed)
        train, control, fresh = every[:1000], every[1000:2000], every[2000:]
        copies = train.sample(round(dose * 1000), random_state=seed)
        if kind == "one column swapped":
            copies = copies.copy()
            names = [column.name for column in people_schema.compared]
            for place in range(len(copies)):
                name = names[rng.integers(len(names))]
                copies.iloc[place, copies.columns.get_loc(name)] = every[name].iloc[rng.integers(2000)]
        synthetic = pd.concat([fresh[len(copies) :], copies])
        evidence = gather(train, control, synthetic, people_schema, rng)
        findings, _ = inspect(evidence, tolerances={}, rng=rng, draws=1000, planted_draws=1)
        return findings[0].status is Status.LEAK

    assert np.mean([seen(found.dose_80 / 2, seed) for seed in range(10, 22)]) <= 0.5
    assert np.mean([seen(found.dose_80 * 1.5, seed) for seed in range(10, 22)]) >= 0.8


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
