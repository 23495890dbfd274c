"""The synthesizer: learn a table, draw tables, the same ones whenever the seed is the same."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from privacy import Column, Kind, Schema
from privacy.errors import ConfigError, SchemaError, TrainingError
from tabsynth import Synthesizer
from tabsynth.fit import told_of_withheld
from tabsynth.synthesizer import split_development


def copula(schema=None, seed=1, **options):
    return Synthesizer("copula", schema, random_state=seed, rounds=1, draws=500, **options)


def test_fit_returns_the_synthesizer_and_samples_have_the_columns_of_the_source(people, people_schema):
    table = people(400, 1)
    synthesizer = copula(people_schema)
    assert synthesizer.fit(table) is synthesizer
    drawn = synthesizer.sample(50)
    assert list(drawn.columns) == list(table.columns)
    assert not set(drawn["person"]) & set(table["person"])
    assert drawn.dtypes.equals(table.dtypes)


def test_one_seed_repeats_the_fit_and_its_samples_in_order(people, people_schema):
    first, again = (copula(people_schema).fit(people(400, 1)) for _ in range(2))
    draws = [first.sample(30), first.sample(30)]
    pd.testing.assert_frame_equal(draws[0], again.sample(30))
    pd.testing.assert_frame_equal(draws[1], again.sample(30))
    assert not draws[0].equals(draws[1]), "every call draws other rows"
    other = copula(people_schema, seed=2).fit(people(400, 1))
    assert not draws[0].equals(other.sample(30))


def test_a_sample_with_a_seed_of_its_own_is_the_same_whenever_asked(people, people_schema):
    synthesizer = copula(people_schema).fit(people(400, 1))
    first = synthesizer.sample(30, random_state=7)
    synthesizer.sample(5)
    pd.testing.assert_frame_equal(synthesizer.sample(30, random_state=7), first)


def test_every_row_meets_the_condition(people, people_schema):
    drawn = copula(people_schema).fit(people(400, 1)).sample(40, where="age < 30 AND sex = 'male'")
    assert len(drawn) == 40
    assert (drawn["age"] < 30).all()
    assert (drawn["sex"] == "male").all()


def test_a_guessed_schema_is_guessed_anew_for_another_table(people):
    synthesizer = copula().fit(people(400, 1))
    renamed = people(400, 1).rename(columns={"age": "years"})
    assert "years" in synthesizer.fit(renamed).sample(5)
    assert synthesizer.schema is None


def test_a_given_schema_is_kept(people, people_schema):
    with pytest.raises(SchemaError, match="missing column age"):
        copula(people_schema).fit(people(400, 1).drop(columns="age"))


def test_an_arrow_table_is_learnt_like_a_frame(people, people_schema):
    frame = people(400, 1)
    arrow = pa.Table.from_pandas(frame, preserve_index=False)
    drawn = copula(people_schema).fit(arrow).sample(20)
    of_frame = copula(people_schema).fit(frame).sample(20)
    pd.testing.assert_frame_equal(drawn, of_frame, check_dtype=False)
    assert (drawn["age"].dtype, of_frame["age"].dtype) == ("Int64", "float64")


@pytest.mark.parametrize("asked", ["sample", "save"])
def test_nothing_comes_out_before_fit(tmp_path, asked):
    with pytest.raises(ConfigError, match="has not learnt a table yet; call fit"):
        getattr(copula(), asked)(3 if asked == "sample" else tmp_path / "model")
    assert not list(tmp_path.iterdir())


def test_wrong_settings_are_one_line(people, people_schema):
    for options, place in (({"least": 0}, "least"), ({"seed": -1}, "seed")):
        with pytest.raises(ConfigError, match=f"^{place}: "):
            copula(**options)
    with pytest.raises(ConfigError, match=r"\[copula\] speed"):
        copula(people_schema, speed=3).fit(people(400, 1))
    with pytest.raises(ConfigError, match=r"^\[ctgan\]: batch_size 7 cannot be cut"):
        Synthesizer("ctgan", people_schema, batch_size=7).fit(people(400, 1))


@pytest.mark.parametrize(
    "wrong", [{"rows": -1}, {"rows": 3, "random_state": -1}, {"rows": 2.5}, {"rows": "5"}]
)
def test_rows_and_seeds_are_whole_numbers_and_not_negative(people, people_schema, wrong):
    with pytest.raises(ConfigError, match="whole numbers, not negative"):
        copula(people_schema).fit(people(400, 1)).sample(**wrong)


def test_a_saved_synthesizer_draws_the_same_rows(tmp_path, people, people_schema):
    synthesizer = copula(people_schema).fit(people(400, 1))
    synthesizer.save(tmp_path / "model")
    loaded = Synthesizer.load(tmp_path / "model")
    assert loaded.schema == people_schema
    pd.testing.assert_frame_equal(loaded.sample(20, random_state=3), synthesizer.sample(20, random_state=3))


def test_development_rows_are_other_persons(people, people_schema):
    frame = people(400, 1)
    frame["person"] = frame["person"].str[:-1]
    train, development = split_development(frame, people_schema, 0.2, np.random.default_rng(0))
    assert len(train) + len(development) == len(frame)
    assert 0.1 < len(development) / len(frame) < 0.3
    assert not set(train["person"]) & set(development["person"])


@pytest.mark.parametrize(("rows", "share"), [(99, 0.2), (400, 0.0)])
def test_small_tables_and_no_share_leave_development_empty(people, people_schema, rows, share):
    train, development = split_development(people(rows, 1), people_schema, share, np.random.default_rng(0))
    assert (len(train), len(development)) == (rows, 0)


def test_a_narrow_table_of_many_equal_rows_keeps_its_shares():
    """Of three columns nearly every row has equals: people who look alike, of whose cells none is lost."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"sex": rng.choice(["f", "m"], 6000), "ward": rng.choice(list("abcdef"), 6000)})
    table["died"] = rng.random(6000) < np.where(table["ward"] == "a", 0.4, 0.05)
    drawn = Synthesizer("tree", random_state=1).fit(table).sample(20_000)
    for by in (["sex"], ["ward"], ["ward", "died"]):
        shares = [each.groupby(by).size() / len(each) for each in (table, drawn)]
        assert np.abs(shares[0] - shares[1]).max() < 0.015


def test_a_table_of_which_nothing_can_be_told_is_refused_and_an_empty_column_is_named():
    rng = np.random.default_rng(0)
    few = pd.DataFrame({"age": rng.integers(20, 90, 12), "bp": rng.normal(120, 9, 12)})
    with pytest.raises(TrainingError, match="of no column do 10 persons share"):
        Synthesizer("tree").fit(few)
    names = pd.DataFrame({"age": rng.integers(20, 90, 300), "word": [f"w{n // 2}" for n in range(300)]})
    schema = Schema(
        columns=(Column(name="age", kind=Kind.NUMERIC), Column(name="word", kind=Kind.CATEGORICAL))
    )
    model = Synthesizer("tree", schema).fit(names).model
    assert model.encoder.withheld == ("word",)
    assert told_of_withheld(model).startswith("warning: nothing was learnt of column word: ")
