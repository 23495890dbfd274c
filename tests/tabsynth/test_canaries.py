"""Canaries: what they look like, how many are found again, and what of their range gets out."""

import numpy as np
import pandas as pd
import pytest
from pydantic import BaseModel

import tabsynth.generators as registry
from privacy import Column, Kind, Schema, Skipped, canonical, silent
from tabsynth.config import RunConfig
from tabsynth.domain import Encoded
from tabsynth.pipeline import pipeline_findings
from tabsynth.pipeline.canaries import Canaries, Mark, Sort, make_canaries
from tabsynth.pipeline.foreign import foreign_finding
from tabsynth.pipeline.one_run import canary_findings, right_guesses

LEARNT = ["age", "sex", "area", "admitted", "diagnosis", "smoker", "cost"]
QUICK = {"rounds": 2, "draws": 500}


class NoSettings(BaseModel):
    """Nothing can be set."""


class Memoriser:
    """Gives back the rows it learnt."""

    name = "memoriser"
    Config = NoSettings

    def __init__(self, config):
        self.config = config

    def fit(self, train, development, rng, on_event):
        self.table = train

    def sample(self, n, rng, given=None):
        return self.table.take(np.resize(rng.permutation(len(self.table)), n))


class Noise(Memoriser):
    """Any code of any column, whatever it learnt."""

    name = "noise"

    def sample(self, n, rng, given=None):
        domain = self.table.domain
        codes = np.stack([rng.integers(0, size, n) for size in domain.sizes], axis=1).astype(np.int32)
        binned = codes >= np.array([axis.plain for axis in domain.axes])
        return Encoded(domain, codes, np.where(binned, rng.random(codes.shape), 0).astype(np.float32))


@pytest.fixture(autouse=True)
def test_only_generators(monkeypatch):
    for kind in (Memoriser, Noise):
        monkeypatch.setitem(registry._BUILT_IN, kind.name, f"{__name__}:{kind.__name__}")


def audited(people, schema, rows=1200, seed=0, canaries=400, **config):
    train = canonical(people(rows, seed), schema, table="train")
    return canary_findings(
        train, train.iloc[:0], schema, RunConfig(**config), np.random.default_rng(seed), silent, canaries
    )


@pytest.fixture
def made(people, people_schema) -> tuple[pd.DataFrame, Canaries]:
    train = canonical(people(1000, 1), people_schema, table="train")
    return train, make_canaries(train, people_schema, 90, 10, np.random.default_rng(0))


def test_canaries_are_canonical_rows_of_new_persons_a_third_of_each_sort(made):
    train, canaries = made
    assert canaries.frame.dtypes.equals(train.dtypes)
    assert [(canaries.sorts == sort).sum() for sort in Sort] == [30, 30, 30]
    people = canaries.frame["person"]
    assert people.is_unique
    assert not set(people) & set(train["person"])


def test_typical_and_isolated_canaries_hold_only_values_of_the_source(made):
    train, canaries = made
    ordinary = canaries.frame[canaries.sorts != Sort.FOREIGN]
    for name in LEARNT:
        assert set(ordinary[name].dropna()) <= set(train[name].dropna())


def test_isolated_canaries_take_rare_levels_as_often_as_frequent_ones(made):
    train, canaries = made
    common = train["diagnosis"].mode()[0]
    share = [
        (canaries.frame["diagnosis"][canaries.sorts == sort] == common).mean()
        for sort in (Sort.TYPICAL, Sort.ISOLATED)
    ]
    assert share[0] > 0.3 > 0.15 > share[1]


def test_a_foreign_canary_has_one_cell_that_nobody_has(made):
    train, canaries = made
    assert len(canaries.marks) == 30
    for canary, mark in canaries.marks.items():
        assert canaries.frame[mark.column][canary] == mark.value
        assert not (train[mark.column] == mark.value).any()
        others = [name for name in LEARNT if name != mark.column]
        assert all(
            value in set(train[name]) for name in others if pd.notna(value := canaries.frame[name][canary])
        )
    assert "smoker" not in {mark.column for mark in canaries.marks.values()}


def test_out_of_range_is_past_what_is_seen_and_declared_and_by_fewer_than_least():
    schema = Schema(columns=(Column(name="age", kind=Kind.NUMERIC, decimals=0, minimum=0, maximum=110),))
    train = pd.DataFrame({"age": np.arange(20.0, 90.0)})
    for seed in range(10):
        canaries = make_canaries(train, schema, 90, 10, np.random.default_rng(seed))
        values = [mark.value for mark in canaries.marks.values()]
        assert len(values) == 5
        assert set(values) in ({220.0, 330.0, 440.0, 550.0, 660.0}, {-110.0, -220.0, -330.0, -440.0, -550.0})
        (empty,) = canaries.empty_ends
        assert {empty.beyond} != {mark.beyond for mark in canaries.marks.values()}


def test_dates_stay_at_midnight(made):
    _, canaries = made
    assert (canaries.frame["admitted"].dropna() % 86400 == 0).all()


def test_a_fifth_of_each_sort_is_called_in_whatever_its_scale():
    sorts = np.array([*Sort] * 10, dtype=object)
    scores = np.arange(30.0) + 1000 * (sorts == Sort.ISOLATED)
    included = scores % 1000 >= 24
    right = right_guesses(sorts, included, scores, np.random.default_rng(0))
    assert right == dict.fromkeys(Sort, (2, 2))
    assert right_guesses(sorts, ~included, scores, np.random.default_rng(0))[Sort.TYPICAL] == (0, 2)


def test_a_generator_that_gives_back_its_rows_is_caught(people, people_schema):
    guessed, _ = audited(people, people_schema, 3000, generator="memoriser")
    assert guessed.value.value > 0.9
    assert guessed.also["epsilon, lower bound"].value > 1.5
    assert guessed.excess.interval.low > 0.3
    assert guessed.p_value < 1e-4
    assert guessed.trials_made == 36


def test_a_pipeline_that_keeps_every_level_and_bound_lets_foreign_values_out(people, people_schema):
    _, open_doors = audited(people, people_schema, 3000, generator="copula", settings=QUICK, least=1)
    _, bounded = audited(people, people_schema, 3000, generator="copula", settings=QUICK)
    assert open_doors.value.value > 0.5
    assert open_doors.control.value == 0
    assert open_doors.excess.interval.low > 0
    assert "diagnosis" in open_doors.columns
    assert bounded.value.successes == 0
    assert bounded.value.trials >= 5


def test_a_generator_that_draws_past_both_ends_by_itself_does_so_to_control_too():
    def mark(value, beyond):
        return Mark("age", value, beyond, value - beyond * 50)

    canaries = Canaries(
        pd.DataFrame({"age": [200.0, 300.0]}),
        np.array([Sort.FOREIGN, Sort.FOREIGN], dtype=object),
        {0: mark(200.0, 1), 1: mark(300.0, 1)},
        (Mark("age", 0.0, -1, -50.0),),
    )
    included = np.array([True, False])
    wild, tame = (pd.DataFrame({"age": ages}) for ages in ([-500.0, 20, 500], [20.0, 30, 140]))
    found = foreign_finding(canaries, included, wild)
    assert (found.value.value, found.control.value) == (1, 1)
    assert foreign_finding(canaries, included, tame).value.value == 0


def test_a_foreign_word_that_stayed_out_is_control():
    marks = {0: Mark("job", "canary a"), 1: Mark("job", "canary b")}
    canaries = Canaries(
        pd.DataFrame({"job": ["canary a", "canary b"]}), np.array([Sort.FOREIGN] * 2), marks, ()
    )
    found = foreign_finding(canaries, np.array([True, False]), pd.DataFrame({"job": ["x", "canary a"]}))
    assert (found.value.value, found.control.value, found.columns) == (1, 0, ("job",))
    assert "canary a" not in found.model_dump_json()


def test_persons_of_several_rows_have_canaries_of_several(people, people_schema):
    train = canonical(pd.concat([people(400, 0)] * 3), people_schema, table="train")
    config, rng = RunConfig(generator="memoriser"), np.random.default_rng(0)
    guessed, _ = canary_findings(train, train.iloc[:0], people_schema, config, rng, silent)
    assert "24 canaries" in guessed.sentence
    assert guessed.value.value > 0.8


def test_a_small_table_has_no_room(people, people_schema):
    (told,) = audited(people, people_schema, 100, generator="memoriser")
    assert isinstance(told, Skipped)
    assert "no room" in told.reason


def test_a_whole_pipeline_is_attacked_by_default_where_fits_are_quick(people, people_schema):
    train = canonical(people(300, 1), people_schema, table="train")
    events = []
    found = pipeline_findings(
        train,
        train.iloc[:30],
        people_schema,
        RunConfig(generator="memoriser"),
        np.random.default_rng(0),
        events.append,
    )
    names = [told.name for told in found]
    assert names == ["with and without a person", "canaries found again", "values out of range"]
    assert {event.stage for event in events} == {"re-fitting with and without", "fitting with canaries"}


@pytest.mark.slow
def test_a_pipeline_that_ignores_its_rows_is_accused_in_one_draw_of_twenty():
    """All levels are declared, so not even the encoder learns any."""
    columns = [Column(name=name, kind=Kind.CATEGORICAL, levels=("a", "b", "c")) for name in "uvwxyz"]
    schema, config = Schema(columns=tuple(columns)), RunConfig(generator="noise")
    found = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        train = pd.DataFrame(
            rng.choice(["a", "b", "c"], (3000, 6), p=[0.9, 0.08, 0.02]), columns=list("uvwxyz")
        )
        found.append(canary_findings(train, train.iloc[:0], schema, config, rng, silent)[0])
    assert sum(guessed.also["epsilon, lower bound"].value > 0 for guessed in found) <= 6
    assert abs(np.mean([guessed.value.value for guessed in found]) - 0.5) < 0.04


@pytest.mark.slow
def test_a_network_can_be_tried(people, people_schema):
    settings = {"epochs": 3, "batch_size": 100}
    found = audited(people, people_schema, 1000, generator="ctgan", settings=settings, device="cpu")
    assert [told.name for told in found] == ["canaries found again", "values out of range"]
    assert found[1].value.successes == 0
