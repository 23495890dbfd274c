"""Fit: what reaches a generator, which settings, which events, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from privacy.errors import ConfigError, SchemaError
from privacy.schema import Column, Kind, Schema
from privacy.tables import canonical
from tabsynth.config import RunConfig
from tabsynth.fit import fit

QUICK = {"rounds": 1, "draws": 200}


def learnt(people, schema, seed=1, on_event=lambda event: None, **options):
    table = canonical(people(300, 1), schema, table="train")
    config = RunConfig(**{"settings": QUICK, **options})
    return fit(table, table.iloc[:0], schema, config, np.random.default_rng(seed), on_event)


def test_the_same_seed_gives_the_same_model_file(people, people_schema):
    first, again, other = (learnt(people, people_schema, seed).to_bytes() for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_identifiers_never_reach_the_model(people, people_schema):
    model = learnt(people, people_schema)
    assert "person" not in model.encoder.columns
    assert b"P000001" not in model.to_bytes()


def test_no_level_of_fewer_persons_than_least_reaches_the_model(people, people_schema):
    counts = people(300, 1)["diagnosis"].value_counts()
    rare = counts[counts < 20].index
    assert len(rare)
    content = learnt(people, people_schema, least=20).to_bytes()
    assert not [level for level in rare if f'"{level}"'.encode() in content]


def test_the_cost_is_told_before_the_learning_starts(people, people_schema):
    events = []
    learnt(people, people_schema, on_event=events.append)
    assert events[0].stage == "fitting"
    assert events[0].note.startswith("copula; ")
    assert "codes" in events[0].note


def test_the_device_is_handed_to_generators_that_have_one(people, people_schema):
    with pytest.raises(ConfigError, match=r"\[ctgan\] batch_size"):
        learnt(people, people_schema, generator="ctgan", device="cpu", settings={"batch_size": 0})
    settings = {"epochs": 1, "batch_size": 50, "embedding_dim": 4, "generator_dim": [4], "critic_dim": [4]}
    model = learnt(people, people_schema, generator="ctgan", device="cpu", settings=settings)
    assert model.generator.config.device == "cpu"
    assert "device" not in model.settings, "a model file tells nothing of the machine"


def test_a_table_of_identifiers_alone_is_refused(people):
    schema = Schema(columns=(Column(name="person", kind=Kind.ID),))
    table = canonical(people(30, 1)[["person"]], schema, table="train")
    with pytest.raises(SchemaError, match="no column is left to learn"):
        fit(table, table.iloc[:0], schema, RunConfig(), np.random.default_rng(1))


def test_candidates_need_people_to_be_like(people, people_schema):
    with pytest.raises(ConfigError, match="no development persons"):
        learnt(people, people_schema, candidates=5)


def test_equal_rows_without_a_key_are_different_persons():
    """Nine kinds of rows, nine hundred of them: without a key nobody knows that they are nine persons."""
    rng = np.random.default_rng(0)
    one = rng.integers(0, 3, 900)
    other = np.where(rng.random(900) < 0.9, one, rng.integers(0, 3, 900))
    frame = pd.DataFrame({"one": one.astype(str), "other": other.astype(str)})
    schema = Schema(columns=tuple(Column(name=name, kind=Kind.CATEGORICAL) for name in frame))
    table = canonical(frame, schema, table="train")
    model = fit(table, table.iloc[:0], schema, RunConfig(generator="tree"), np.random.default_rng(0))
    drawn = model.generator.sample(5000, np.random.default_rng(1)).codes
    assert (drawn[:, 0] == drawn[:, 1]).mean() > 0.8
