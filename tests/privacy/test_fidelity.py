"""Fidelity as a user meets it: three tables in, measures beside their floors out."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from privacy.events import Event, silent
from privacy.evidence import Evidence, gather
from privacy.fidelity import fidelity_of, measure
from privacy.fidelity.classifier import classifier
from privacy.fidelity.kway import kway
from privacy.fidelity.pairs import pairs
from privacy.fidelity.samples import draw
from privacy.fidelity.sdmetrics import quality
from privacy.fidelity.shapes import missing_rates, shapes
from privacy.fidelity.tails import tails
from privacy.generations import FOLLOWED, over_generations
from privacy.measures import MEASURES
from privacy.result import Measure
from privacy.schema import Column, Kind, Schema
from privacy.utility import use

People = Callable[[int, int], pd.DataFrame]


def evidence(train: pd.DataFrame, control: pd.DataFrame, synthetic: pd.DataFrame, schema: Schema) -> Evidence:
    tables = [frame.assign(person=[f"{side}{n}" for n in range(len(frame))]) if schema.entity else frame
              for side, frame in zip("tcs", (train, control, synthetic), strict=True)]  # fmt: skip
    return gather(tables[0], tables[1], tables[2], schema, np.random.default_rng(0))


def named(measures: list[Measure]) -> dict[str, Measure]:
    return {measure.name: measure for measure in measures}


def shuffled(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Every column permuted on its own: the same columns, nothing that hangs together."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame({name: frame[name].to_numpy()[rng.permutation(len(frame))] for name in frame})


def test_every_measure_is_one_that_a_policy_may_name_and_every_one_named_is_made(
    people: People, people_schema: Schema
) -> None:
    pytest.importorskip("sdmetrics")
    tables = [people(1500, seed) for seed in (1, 2, 3)]
    made = measure(evidence(*tables, people_schema), np.random.default_rng(7), silent)
    parts = [*made, *over_generations(made, [dict.fromkeys(FOLLOWED, 0.9)])]
    apart = [table.assign(person=side + table["person"]) for side, table in zip("tcs", tables, strict=True)]
    found = use(*apart, people_schema, "smoker", np.random.default_rng(7))
    assert isinstance(found, Measure)
    assert {f"{one.group}/{one.name}" for one in (*parts, found)} == set(MEASURES)


def test_fresh_rows_lie_at_the_floor_and_independent_columns_beyond_it(
    people: People, people_schema: Schema
) -> None:
    train, control, fresh = (people(1500, seed) for seed in (1, 2, 3))
    rng = np.random.default_rng(7)
    close = named(measure(evidence(train, control, fresh, people_schema), rng, silent))
    far = named(
        measure(evidence(train, control, shuffled(fresh, 4), people_schema), np.random.default_rng(7), silent)
    )
    for name in ("column distance, mean", "two-way tables, mean", "three-way tables, mean"):
        floor = close[name].floor
        assert floor is not None and close[name].value < 1.25 * floor
    assert far["column distance, mean"].value == pytest.approx(close["column distance, mean"].value, abs=1e-9)
    assert far["two-way tables, mean"].value > 1.2 * (far["two-way tables, mean"].floor or 0)
    auc = "classifier two-sample test, AUC"
    assert close[auc].value < 0.54 < 0.6 < far[auc].value


def test_the_floor_is_met_on_average(people: People, people_schema: Schema) -> None:
    differences = []
    for seed in range(0, 60, 3):
        tables = evidence(*(people(300, seed + side) for side in range(3)), people_schema)
        found = named(shapes(draw(tables, np.random.default_rng(seed))))["column distance, mean"]
        differences.append(found.value - (found.floor or 0))
    error = np.std(differences, ddof=1) / np.sqrt(len(differences))
    assert abs(np.mean(differences)) < 3 * error


def test_both_comparisons_have_the_same_size(people: People, people_schema: Schema) -> None:
    samples = draw(
        evidence(people(900, 1), people(400, 2), people(250, 3), people_schema), np.random.default_rng(0)
    )
    assert len(samples.train) == len(samples.synthetic) == 250 and len(samples.control) == 400
    assert len(samples.units) == 650
    assert "250 synthetic rows against 400 control rows; floor: 250 train rows" in samples.said_of_sizes()


def test_the_column_that_was_spoilt_is_named(people: People, people_schema: Schema) -> None:
    synthetic = people(800, 3)
    synthetic["age"] = synthetic["age"] + 30
    samples = draw(
        evidence(people(800, 1), people(800, 2), synthetic, people_schema), np.random.default_rng(0)
    )
    assert named(shapes(samples))["column distance, worst"].columns == ("age",)
    (picture,) = shapes(samples)[0].pictures
    assert picture.labels[0] == "age" and len(picture.labels) == len(picture.series["synthetic"])


def test_a_broken_pair_is_named(people: People, people_schema: Schema) -> None:
    synthetic = people(1500, 3)
    synthetic["cost"] = np.random.default_rng(0).permutation(synthetic["cost"].to_numpy())
    tables = evidence(people(1500, 1), people(1500, 2), synthetic, people_schema)
    found = named(pairs(draw(tables, np.random.default_rng(0)), np.random.default_rng(0)))
    assert "cost" in found["two-way tables, worst pair"].columns
    correlation = found["rank correlation, mean difference"]
    assert correlation.value > 2 * (correlation.floor or 0)


def test_only_three_way_tables_see_a_parity() -> None:
    """c = a xor b in the real rows, a coin in the synthetic ones: every pair of columns looks right."""
    rng = np.random.default_rng(5)
    schema = Schema(columns=tuple(Column(name=name, kind=Kind.CATEGORICAL) for name in "abcd"))

    def table(parity: bool) -> pd.DataFrame:
        a, b, coin = rng.integers(0, 2, (3, 3000))
        return pd.DataFrame(
            {"a": a, "b": b, "c": a ^ b if parity else coin, "d": rng.integers(0, 900, 3000)}
        ).astype(str)

    samples = draw(evidence(table(True), table(True), table(False), schema), np.random.default_rng(0))
    of_pairs = named(pairs(samples, np.random.default_rng(0)))["two-way tables, mean"]
    of_triples = named(kway(samples, np.random.default_rng(0)))["three-way tables, mean"]
    assert of_pairs.value < 0.05
    assert of_triples.value > (of_triples.floor or 0) + 0.1


def test_the_classifier_does_not_recognise_people_by_their_other_rows() -> None:
    """Ten equal rows a person: with rows of one person in several folds the floor would be far above 0.5."""
    schema = Schema(
        columns=(
            Column(name="who", kind=Kind.ID),
            *(Column(name=name, kind=Kind.NUMERIC) for name in ("x", "y", "z")),
        ),
        entity="who",
    )

    def table(side: str, seed: int) -> pd.DataFrame:
        frame = pd.DataFrame(np.random.default_rng(seed).normal(size=(100, 3)), columns=["x", "y", "z"])
        return frame.assign(who=[f"{side}{n}" for n in range(100)]).loc[np.repeat(np.arange(100), 10)]

    trio = gather(table("t", 1), table("c", 2), table("s", 3), schema, np.random.default_rng(0))
    (found,) = classifier(draw(trio, np.random.default_rng(0)), np.random.default_rng(0))
    assert found.floor is not None and found.floor < 0.65


def test_cut_tails_lost_levels_and_invented_levels_are_seen(people: People, people_schema: Schema) -> None:
    synthetic = people(1500, 3)
    synthetic["cost"] = synthetic["cost"].clip(upper=synthetic["cost"].quantile(0.9))
    synthetic["age"] = synthetic["age"].clip(20, 80)
    synthetic["area"] = synthetic["area"].where(synthetic["area"] == "A01", "elsewhere")
    tables = evidence(people(1500, 1), people(1500, 2), synthetic, people_schema)
    found = named(tails(draw(tables, np.random.default_rng(0))))
    assert found["extreme values"].value < 0.7 * (found["extreme values"].floor or 0)
    assert found["category coverage"].value < 0.9 and (found["category coverage"].floor or 0) > 0.98
    assert found["unknown categories"].value > 0.1 > 0.01 > (found["unknown categories"].floor or 0)


def test_missing_values_are_compared_and_small_counts_not_drawn(
    people: People, people_schema: Schema
) -> None:
    train, control, synthetic = (people(1000, seed) for seed in (1, 2, 3))
    for frame in (train, control, synthetic):
        frame["smoker"] = frame["smoker"].astype(object)
    control.loc[:2, "smoker"] = None
    synthetic.loc[:499, "area"] = None
    samples = draw(evidence(train, control, synthetic, people_schema), np.random.default_rng(0))
    (found,) = missing_rates(samples)
    assert found.value > 0.1 > 0.02 > (found.floor or 0)
    assert set(found.pictures[0].labels) == {"area", "cost"}


def strange_table(seed: int, rows: int) -> pd.DataFrame:
    """50 columns: constant, all null, null in one table only, 10,000 levels, numbers far apart."""
    rng = np.random.default_rng(seed)
    columns: dict[str, object] = {f"n{i}": rng.normal(size=rows) * 10.0**i for i in range(20)}
    columns |= {f"c{i}": rng.choice(["a", "b", None], rows) for i in range(24)}
    columns["constant"] = np.ones(rows)
    columns["same"] = ["x"] * rows
    columns["nothing"] = np.full(rows, np.nan)
    columns["nobody"] = [None] * rows
    columns["once"] = rng.normal(size=rows) if seed == 1 else np.full(rows, np.nan)
    columns["levels"] = rng.integers(0, 10_000, rows).astype(str)
    return pd.DataFrame(columns)


@pytest.mark.parametrize("rows", [2, 300])
def test_a_strangers_table_is_measured_whatever_is_in_it(rows: int) -> None:
    numeric = {*(f"n{i}" for i in range(20)), "constant", "nothing", "once"}
    tables = [strange_table(seed, rows) for seed in (1, 2, 3)]
    schema = Schema(
        columns=tuple(
            Column(name=name, kind=Kind.NUMERIC if name in numeric else Kind.CATEGORICAL)
            for name in tables[0]
        )
    )
    found = measure(evidence(*tables, schema), np.random.default_rng(0), silent)
    assert {"shapes", "pairs", "k-way"} <= {one.group for one in found}
    assert all(np.isfinite([one.value, one.floor or 0]).all() for one in found)
    assert not any("nobody" in one.columns or "nothing" in one.columns for one in found)


def test_free_text_is_left_out_and_nothing_comparable_gives_no_measures() -> None:
    schema = Schema(columns=(Column(name="note", kind=Kind.TEXT), Column(name="x", kind=Kind.NUMERIC)))
    tables = [pd.DataFrame({"note": [f"{s}{i}" for i in range(50)], "x": np.full(50, np.nan)}) for s in "tcs"]
    assert measure(evidence(*tables, schema), np.random.default_rng(0), silent) == []


def test_same_seed_same_numbers_and_the_tables_stay_as_they_were(
    people: People, people_schema: Schema
) -> None:
    trio = evidence(people(300, 1), people(300, 2), people(300, 3), people_schema)
    before = trio.synthetic.copy()
    events: list[Event] = []
    first = measure(trio, np.random.default_rng(11), events.append)
    assert measure(trio, np.random.default_rng(11), silent) == first
    pd.testing.assert_frame_equal(trio.synthetic, before)
    assert [event.done for event in events] == list(range(len(events))) and events[-1].total == len(events)


def test_sdmetrics_scores_stand_beside_ours_in_silence(
    people: People, people_schema: Schema, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("sdmetrics")
    train, control, fresh = (people(600, seed) for seed in (1, 2, 3))
    close = evidence(train, control, fresh, people_schema)
    far = evidence(train, control, shuffled(fresh, 4), people_schema)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        good, bad = (named(quality(draw(t, np.random.default_rng(0)))) for t in (close, far))
    assert set(good) == {"SDMetrics column shapes", "SDMetrics column pair trends"}
    assert all(one.value > 0.75 and abs(one.value - (one.floor or 0)) < 0.1 for one in good.values())
    trends = "SDMetrics column pair trends"
    assert bad[trends].value < good[trends].value
    said = capfd.readouterr()
    assert said.out == "" and said.err == ""


@pytest.mark.slow
@pytest.mark.real_data
def test_thirty_thousand_rows_take_seconds(real_table: Callable[[str], pd.DataFrame]) -> None:
    from time import process_time

    adult = real_table("adult").sample(frac=1, random_state=0)
    thirds = [adult[start : start + 16_000] for start in (0, 16_000, 32_000)]
    tables = [third.sample(30_000, replace=True, random_state=1) for third in thirds]
    schema = Schema(
        columns=tuple(
            Column(name=name, kind=Kind.NUMERIC if adult[name].dtype.kind in "if" else Kind.CATEGORICAL)
            for name in adult
        )
    )
    trio = evidence(*tables, schema)
    started = process_time()
    measure(trio, np.random.default_rng(0), silent)
    assert process_time() - started < 30


def test_a_table_is_measured_by_itself_as_an_audit_measures_it(people: People, people_schema: Schema) -> None:
    tables = [people(400, seed) for seed in range(3)]
    of_audit = measure(evidence(*tables, people_schema), np.random.default_rng(7), silent)
    keyed = [
        frame.assign(person=[f"{side}{n}" for n in range(len(frame))])
        for side, frame in zip("tcs", tables, strict=True)
    ]
    alone = fidelity_of(*keyed, people_schema, np.random.default_rng(7))
    assert alone == of_audit
    parts = fidelity_of(*keyed, people_schema, np.random.default_rng(7), ["tails", "diversity"])
    assert parts == [one for one in of_audit if one.group in ("tails", "diversity")]
