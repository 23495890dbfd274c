"""Sampling: the same bytes however the work is cut, conditions that hold, and honest refusals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from privacy import Column, ConfigError, Event, Kind, Role, Schema, Treatment, canonical, silent
from tabsynth.artifact import Model
from tabsynth.encode import Encoder
from tabsynth.generators import make_generator
from tabsynth.sample import BLOCK_ROWS, draw_block, sample
from tabsynth.select import Selection

SEEDS = np.random.SeedSequence(7)


def fitted(frame: pd.DataFrame, schema: Schema) -> Model:
    encoder = Encoder.fit(frame, schema, np.arange(len(frame)))
    generator = make_generator("copula", {"rounds": 3, "draws": 5000})
    coded = encoder.encode(frame)
    generator.fit(coded, coded.take(np.arange(0)), np.random.default_rng(0), silent)
    return Model(schema, encoder, generator)


@pytest.fixture(scope="module")
def source() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    age = rng.integers(18, 90, 6000).astype(float)
    job = np.where(age > 65, "retired", rng.choice(np.array(["nurse", "smith", "student"], object), 6000))
    job[rng.random(6000) < 0.1] = None
    return pd.DataFrame({"patient": [f"P{i}" for i in range(6000)], "age": age, "job": job, "note": "a note"})


@pytest.fixture(scope="module")
def schema() -> Schema:
    return Schema(
        columns=(
            Column(name="patient", kind=Kind.ID, role=Role.IDENTIFIER),
            Column(name="note", kind=Kind.TEXT),
            Column(name="job", kind=Kind.CATEGORICAL),
            Column(name="name", kind=Kind.CATEGORICAL, role=Role.IDENTIFIER),
            Column(name="age", kind=Kind.NUMERIC, decimals=0),
        ),
        entity="patient",
    )


@pytest.fixture(scope="module")
def model(source: pd.DataFrame, schema: Schema) -> Model:
    table = source.assign(name="Somebody")[list(schema.names)]
    return fitted(canonical(table, schema, table="source"), schema)


def test_released_columns_in_the_order_of_the_schema_and_keys_invented(model: Model) -> None:
    drawn = sample(model, 5000, SEEDS)
    assert list(drawn.columns) == ["patient", "job", "name", "age"]
    assert len(drawn) == drawn["patient"].nunique() == 5000
    assert not drawn["patient"].str.match(r"^P\d+$").any()
    assert drawn["age"].between(18, 90).all()
    assert (drawn["age"] % 1 == 0).all()


@pytest.mark.parametrize("rows", [0, 1, BLOCK_ROWS, BLOCK_ROWS + 1])
def test_a_shorter_table_is_the_beginning_of_a_longer_one(model: Model, rows: int) -> None:
    short, long = sample(model, rows, SEEDS), sample(model, 2 * BLOCK_ROWS + 5, SEEDS)
    assert len(short) == rows
    pd.testing.assert_frame_equal(short, long.iloc[:rows])


def test_chosen_rows_are_as_many_as_asked_and_like_the_people_held_out(
    source: pd.DataFrame, schema: Schema, model: Model
) -> None:
    """A model that has never seen that the old are retired learns it from those whom its rows should be like."""
    table = canonical(source.assign(name="Somebody")[list(schema.names)], schema, table="source")
    scrambled = table.assign(job=table["job"].sample(frac=1, random_state=0).to_numpy())
    blind = fitted(scrambled, schema)
    choosing = replace(blind, selection=Selection.by(blind.encoder.encode(table), 5))
    free, chosen = (sample(each, 2000, SEEDS) for each in (blind, choosing))
    assert len(chosen) == chosen["patient"].nunique() == 2000
    retired = [(each["job"][each["age"] > 70] == "retired").mean() for each in (free, chosen)]
    assert retired[0] < 0.45 < 0.7 < retired[1]
    pd.testing.assert_frame_equal(chosen, sample(choosing, 2000, SEEDS))
    assert len(sample(choosing, 0, SEEDS)) == 0


def test_blocks_drawn_in_any_order_make_the_same_table(model: Model) -> None:
    """What a pool of workers does: each block from its number and the seeds alone."""
    blocks = {number: draw_block(model, number, SEEDS) for number in (2, 0, 1)}
    table = pd.concat([blocks[number] for number in range(3)], ignore_index=True)
    whole = sample(model, 3 * BLOCK_ROWS, SEEDS)
    pd.testing.assert_frame_equal(whole[["job", "age"]], table[["job", "age"]])
    assert not blocks[0].equals(blocks[1])


def test_another_seed_gives_another_table_and_seeds_are_left_as_they_were(model: Model) -> None:
    spawned = np.random.SeedSequence(7)
    first = sample(model, 100, spawned)
    assert spawned.n_children_spawned == 0
    assert first.equals(sample(model, 100, SEEDS))
    assert not first.equals(sample(model, 100, np.random.SeedSequence(8)))
    assert not first.equals(sample(model, 100, np.random.SeedSequence(7).spawn(1)[0]))


@pytest.mark.parametrize(
    ("where", "holds"),
    [
        ("job = 'retired'", lambda t: t["job"] == "retired"),
        ("age < 30", lambda t: t["age"] < 30),
        ("job IS NULL AND age BETWEEN 40 AND 50", lambda t: t["job"].isna() & t["age"].between(40, 50)),
        (
            "job <> 'nurse' OR age > 80",
            lambda t: (t["job"].notna() & (t["job"] != "nurse")) | (t["age"] > 80),
        ),
    ],
)
def test_conditions_hold_on_every_row(
    model: Model, where: str, holds: Callable[[pd.DataFrame], pd.Series[bool]]
) -> None:
    drawn = sample(model, 1500, SEEDS, where=where)
    assert len(drawn) == 1500
    assert holds(drawn).all()
    assert drawn.iloc[:700].equals(sample(model, 700, SEEDS, where=where))


def test_conditional_rows_are_like_those_a_filter_keeps(model: Model) -> None:
    filtered = sample(model, 60_000, SEEDS).query("job == 'retired'")["age"]
    asked = sample(model, 5000, np.random.SeedSequence(1), where="job = 'retired'")["age"]
    assert asked.mean() == pytest.approx(filtered.mean(), abs=4 * filtered.std() / 5000**0.5)


def test_progress_is_told(model: Model) -> None:
    seen: list[Event] = []
    sample(model, BLOCK_ROWS + 1, SEEDS, on_event=seen.append)
    assert [(event.done, event.total) for event in seen] == [
        (0, BLOCK_ROWS + 1),
        (BLOCK_ROWS, BLOCK_ROWS + 1),
        (BLOCK_ROWS + 1, BLOCK_ROWS + 1),
    ]


def test_rows_that_the_model_does_not_produce_are_refused_with_the_rate(model: Model) -> None:
    with pytest.raises(
        ConfigError, match=r"only 0 of 10 rows met the condition after \d+ tries \(0 of them\)"
    ):
        sample(model, 10, SEEDS, where="age > 200")


@pytest.mark.parametrize("column", ["patient", "name", "note"])
def test_conditions_on_invented_and_dropped_columns_are_refused(model: Model, column: str) -> None:
    with pytest.raises(ConfigError, match=f"column {column}: is not learnt"):
        sample(model, 10, SEEDS, where=f"{column} = 'x'")


def test_a_table_without_invented_columns(source: pd.DataFrame) -> None:
    schema = Schema(
        columns=(
            Column(name="age", kind=Kind.NUMERIC, decimals=0),
            Column(name="job", kind=Kind.CATEGORICAL, treatment=Treatment.DROP),
        )
    )
    drawn = sample(fitted(canonical(source[["age", "job"]], schema, table="source"), schema), 10, SEEDS)
    assert list(drawn.columns) == ["age"]
    assert len(drawn) == 10
