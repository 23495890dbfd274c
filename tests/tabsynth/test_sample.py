"""Sampling: the same bytes however the work is cut, conditions that hold, and honest refusals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from privacy import Column, ConfigError, Event, Kind, Role, Schema, Treatment, canonical, silent
from tabsynth.artifact import Model
from tabsynth.blocks import block_sizes, most_rows
from tabsynth.domain import Encoded
from tabsynth.encode import Encoder
from tabsynth.generators import Generator, Given, make_generator
from tabsynth.rules import checked_rules
from tabsynth.sample import draw_block, sample
from tabsynth.select import Selection
from tabsynth.where import parse_where

SEEDS = np.random.SeedSequence(7)
AGE = Column(name="age", kind=Kind.NUMERIC, decimals=0)


SETTINGS = {"copula": {"rounds": 3, "draws": 5000}, "tree": {"leaf": 30}}


def fitted(frame: pd.DataFrame, schema: Schema, name: str = "copula") -> Model:
    encoder = Encoder.fit(frame, schema, np.arange(len(frame)))
    generator = make_generator(name, SETTINGS[name])
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
            AGE,
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


@pytest.mark.parametrize("rows", [0, 1, 70_000])
def test_there_are_as_many_rows_as_asked_and_the_same_again(model: Model, rows: int) -> None:
    drawn = sample(model, rows, SEEDS)
    assert len(drawn) == rows
    assert list(drawn.columns) == ["patient", "job", "name", "age"]
    pd.testing.assert_frame_equal(drawn, sample(model, rows, SEEDS))


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


@pytest.mark.parametrize(
    ("rows", "columns", "sizes"),
    [
        (0, 3, [1]),
        (9, 3, [9]),
        (65_536, 3, [65_536]),
        (65_537, 3, [32_768, 32_769]),
        (150_000, 3, [50_000, 50_000, 50_000]),
        (40_000, 50, [20_000, 20_000]),
        (5_000, 10_000, [2_500, 2_500]),
    ],
)
def test_blocks_hold_about_a_million_cells(rows: int, columns: int, sizes: list[int]) -> None:
    assert block_sizes(rows, most_rows(columns)) == sizes


def test_blocks_drawn_in_any_order_make_the_same_table(model: Model) -> None:
    """What a pool of workers does: each block from its number, its rows and the seeds alone."""
    sizes = block_sizes(150_000, most_rows(len(model.encoder.domain)))
    blocks = {number: draw_block(model, number, sizes[number], SEEDS) for number in (2, 0, 1)}
    table = pd.concat([blocks[number] for number in range(3)], ignore_index=True)
    whole = sample(model, 150_000, SEEDS)
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


@pytest.fixture(scope="module", params=SETTINGS)
def either(
    request: pytest.FixtureRequest, source: pd.DataFrame, schema: Schema
) -> tuple[Model, pd.DataFrame]:
    """A model of each generator, and very many of its free rows."""
    table = canonical(source.assign(name="Somebody")[list(schema.names)], schema, table="source")
    made = fitted(table, schema, request.param)
    return made, sample(made, 200_000, SEEDS)


@pytest.mark.parametrize(
    "where",
    [
        pytest.param("job = 'retired'", id="a level"),
        pytest.param("age < 41", id="a range that ends inside a bin"),
        pytest.param("age BETWEEN 60 AND 70 AND job <> 'nurse'", id="two columns"),
        pytest.param("job = 'smith' OR age > 70", id="either of two columns"),
        pytest.param("(job IS NULL AND age > 84) OR (job = 'nurse' AND age < 22)", id="rare cells"),
        pytest.param("(job = 'nurse' AND age < 22) OR age < 20 OR job IS NULL", id="branches that overlap"),
        pytest.param("NOT (age >= 25 OR job = 'student')", id="a denied branch"),
    ],
)
def test_conditional_rows_are_like_those_a_filter_keeps(
    either: tuple[Model, pd.DataFrame], where: str
) -> None:
    """Chi-square over job and a tenth of the ages, against the free rows that meet the condition."""
    model, free = either
    filtered = free[parse_where(where, model.schema).mask(free)]
    asked = sample(model, 4000, np.random.SeedSequence(1), where=where)
    assert len(filtered) > 1000
    tenths = np.unique(np.quantile(filtered["age"], np.linspace(0, 1, 11)[1:-1]))
    counts = pd.DataFrame(
        {
            side: pd.Series(
                list(zip(rows["job"].fillna("none"), np.digitize(rows["age"], tenths), strict=True))
            ).value_counts()
            for side, rows in (("asked", asked), ("filtered", filtered))
        }
    ).fillna(0)
    common = counts.sum(axis=1) >= 10
    assert stats.chi2_contingency(counts[common].to_numpy().T).pvalue > 0.001


def test_progress_is_told(model: Model) -> None:
    seen: list[Event] = []
    sample(model, 70_000, SEEDS, on_event=seen.append)
    assert [(event.done, event.total) for event in seen] == [(0, 70_000), (35_000, 70_000), (70_000, 70_000)]


class Counted:
    """A generator that cares for no condition, and counts its rows."""

    def __init__(self, inner: Generator) -> None:
        self.inner, self.drawn, self.config = inner, 0, inner.config

    def sample(self, n: int, rng: np.random.Generator, given: Given | None = None) -> Encoded:
        self.drawn += n
        return self.inner.sample(n, rng)


@pytest.mark.parametrize(
    "where",
    [
        "age > 200",
        "age > 80 AND age < 30",
        "job = 'nurse' AND job = 'smith'",
        "job = 'pilot' OR (age > 200 AND job = 'nurse')",
        "age IS NULL",
    ],
)
def test_the_impossible_is_said_before_anything_is_drawn(model: Model, where: str) -> None:
    counted = Counted(model.generator)
    with pytest.raises(
        ConfigError, match=r"^--where, columns? (age|job).*: no value that the model can draw"
    ):
        sample(replace(model, generator=counted), 10, SEEDS, where=where)
    assert counted.drawn == 0


def test_what_the_generator_knows_to_be_impossible_is_said_at_once(source: pd.DataFrame) -> None:
    """A level that the schema declares and nobody has is a code that no tree draws."""
    schema = Schema(columns=(Column(name="job", kind=Kind.CATEGORICAL, levels=("nurse", "pilot")), AGE))
    frame = source[["job", "age"]].assign(job="nurse")
    for name in SETTINGS:
        with pytest.raises(ConfigError, match=r"^--where, column job: the model never draws such rows"):
            sample(fitted(frame, schema, name), 10, SEEDS, where="job = 'pilot' AND age > 20")


def test_rare_rows_are_given_up_after_so_many_tries_with_the_rate(model: Model) -> None:
    """Each half is frequent, together they are not, and no code tells so: age against a second one."""
    schema = Schema(columns=(AGE, AGE.model_copy(update={"name": "again"})))
    age = np.random.default_rng(0).integers(18, 90, 3000).astype(float)
    twice = fitted(pd.DataFrame({"age": age, "again": age + 1}), schema)
    counted = Counted(twice.generator)
    for asked, tries in ((twice, 1_110_016), (replace(twice, generator=counted), 192_512)):
        with pytest.raises(
            ConfigError, match=rf"(no row|only \d+ of 500 rows) met the condition after {tries} tries"
        ):
            sample(asked, 500, SEEDS, where="age < 25 AND again > 85")
    assert counted.drawn == 192_512


def test_a_condition_on_a_computed_column_is_met_by_trying_and_the_advice_is_to_ask_for_its_parts() -> None:
    schema = Schema(columns=tuple(AGE.model_copy(update={"name": name}) for name in ("work", "play", "all")))
    rng = np.random.default_rng(0)
    hours = pd.DataFrame(rng.integers(1, 50, (3000, 2)), columns=["work", "play"]).astype(float)
    model = fitted(hours.assign(all=hours.sum(axis=1)), schema)
    (adds_up,) = checked_rules([{"rule": "sum", "parts": ["work", "play"], "total": "all"}])
    model = replace(model, rules=(adds_up,))
    assert (sample(model, 50, SEEDS, where="all > 70")["all"] > 70).all()
    with pytest.raises(
        ConfigError, match=r"no row met .*column all is computed from other columns by a rule"
    ):
        sample(model, 50, SEEDS, where="all > 700")


@pytest.mark.parametrize("column", ["patient", "name", "note"])
def test_conditions_on_invented_and_dropped_columns_are_refused(model: Model, column: str) -> None:
    with pytest.raises(ConfigError, match=f"column {column}: is not learnt"):
        sample(model, 10, SEEDS, where=f"{column} = 'x'")


def test_a_table_without_invented_columns(source: pd.DataFrame) -> None:
    schema = Schema(
        columns=(
            AGE,
            Column(name="job", kind=Kind.CATEGORICAL, treatment=Treatment.DROP),
        )
    )
    drawn = sample(fitted(canonical(source[["age", "job"]], schema, table="source"), schema), 10, SEEDS)
    assert list(drawn.columns) == ["age"]
    assert len(drawn) == 10
