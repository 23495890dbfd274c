"""Re-fits with and without people: the statistics of the coins, who is tried, and what is caught."""

from itertools import product
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from pydantic import BaseModel

import tabsynth.generators as registry
from privacy import Column, Kind, Schema, Skipped, canonical, newcombe, silent
from tabsynth.config import RunConfig
from tabsynth.domain import Encoded
from tabsynth.pipeline import pipeline_findings
from tabsynth.pipeline.coin_game import (
    Calls,
    auc_by_person,
    coin_test,
    guesses,
    pooled_auc,
    two_way_variance,
    worst_auc,
)
from tabsynth.pipeline.refit import refit_finding
from tabsynth.pipeline.vulnerable import most_isolated


class NoSettings(BaseModel):
    """Nothing can be set."""


class Memoriser:
    """Gives back the rows it learnt. learnt: how many rows every fit got."""

    name = "memoriser"
    Config = NoSettings
    learnt: ClassVar[list[int]] = []

    def __init__(self, config):
        self.config = config

    def fit(self, train, development, rng, on_event):
        self.learnt.append(len(train))
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
    Memoriser.learnt.clear()


def refitted(people, schema, rows=400, generator="memoriser", seed=0, repeats=1, **options):
    table = pd.concat([people(rows, seed)] * repeats, ignore_index=True)
    train = canonical(table, schema, table="train")
    config = RunConfig(generator=generator)
    return refit_finding(
        train, train.iloc[:0], schema, config, np.random.default_rng(seed), silent, **options
    )


def some_coins(seed, persons=6, worlds=16, effect=0.0):
    """Coins and scores; every world has a noise of its own that all persons share."""
    rng = np.random.default_rng(seed)
    coins = rng.random((persons, worlds)) < 0.5
    scores = rng.normal(size=(persons, worlds)) + rng.normal(size=worlds) + effect * coins
    return coins, scores


def test_the_auc_is_the_share_of_pairs_that_stand_in_the_right_order():
    coins, scores = some_coins(1)
    scores = scores.round()
    for person, found in enumerate(auc_by_person(coins, scores)):
        pairs = product(scores[person, coins[person]], scores[person, ~coins[person]])
        assert found == pytest.approx(np.mean([(a > b) + (a == b) / 2 for a, b in pairs]))


def test_a_person_whose_coins_all_fell_alike_says_nothing():
    coins = np.array([[True, True, True], [True, False, False]])
    assert auc_by_person(coins, np.array([[1.0, 2, 3], [3.0, 1, 2]])).tolist() == [0.5, 1.0]


def test_the_threshold_of_a_world_comes_from_the_other_half_of_the_worlds():
    coins = np.array([[True, True, False, False]])
    scores = np.array([[5.0, 10.0, 1.0, 0.0]])
    # Even worlds (5 and 1) are held against 5, half way between 10 and 0; odd ones (10, 0) against 3.
    assert guesses(coins, scores).tolist() == [[False, True, False, False]]


def test_calls_count_cells_with_and_without_a_person():
    coins = np.array([[True, True, False], [False, True, False]])
    called = np.array([[True, False, True], [False, True, False]])
    calls = Calls.of(coins, called)
    assert (calls.inside, calls.outside, calls.right) == ((2, 3), (1, 3), (4, 6))
    assert calls.design_effect >= 1


def test_cells_that_move_together_by_world_count_as_few():
    alone = np.array([[1.0, -1.0], [-1.0, 1.0]])
    together = np.array([[1.0, -1.0], [1.0, -1.0]])
    assert two_way_variance(alone) == 4
    # By person 0, by world 2 x 2^2, by cell 4; with ten persons 2 x 10^2 less 20.
    assert two_way_variance(together) == 4
    assert two_way_variance(np.tile([1.0, -1.0], (10, 1))) == 180


def test_the_coin_test_is_silent_on_nothing_and_loud_on_an_effect():
    rng = np.random.default_rng(0)
    quiet = [coin_test(*some_coins(seed), rng, shuffles=199) for seed in range(100)]
    for test in ("pooled", "worst", "both"):
        assert np.mean([getattr(found, test) <= 0.05 for found in quiet]) <= 0.1
    loud = [coin_test(*some_coins(seed, effect=1.5), rng, shuffles=199).both for seed in range(20)]
    assert np.mean(np.array(loud) <= 0.05) >= 0.9


def test_the_intervals_hold_the_truth_in_nineteen_of_twenty_draws():
    wrong_auc, wrong_calls = 0, 0
    for seed in range(200):
        coins, scores = some_coins(seed, persons=12, worlds=24)
        interval = pooled_auc(coins, scores)[1]
        calls = Calls.of(coins, guesses(coins, scores))
        inside, outside = (side.effective(calls.design_effect) for side in (calls.inside, calls.outside))
        difference = newcombe(inside, outside)
        wrong_auc += not interval.low <= 0.5 <= interval.high
        wrong_calls += not difference.low <= 0 <= difference.high
    assert wrong_auc <= 18
    assert wrong_calls <= 18


def test_the_most_exposed_person_is_not_worse_than_chance_by_being_the_worst_of_many():
    found = [worst_auc(*some_coins(seed, persons=20, worlds=24)) for seed in range(100)]
    assert np.mean([value for value, _ in found]) > 0.65
    assert np.mean([interval.low > 0.5 for _, interval in found]) <= 0.05


def test_the_loneliest_person_comes_first_and_own_rows_are_no_company():
    rng = np.random.default_rng(0)
    cells = np.vstack([rng.choice(["a", "b"], (200, 4)), np.full((4, 4), "c")])
    frame = pd.DataFrame(cells, columns=list("wxyz"), dtype=object)
    persons = np.array([*range(200), 200, 200, 200, 200])
    chosen = most_isolated(frame, persons, 20, rng)
    assert chosen[0] >= 200
    assert np.unique(persons[chosen]).size == 20


def test_a_generator_that_gives_back_its_rows_is_caught(people, people_schema):
    found = refitted(people, people_schema, persons=10, worlds=16)
    assert found.also["AUC"].value > 0.95
    assert found.excess.interval.low > 0.8
    assert found.also["epsilon, lower bound"].value > 2.5
    assert found.p_value < 0.01
    assert found.trials_made == 160


def test_a_pipeline_that_ignores_its_rows_is_not():
    """All levels are declared, so not even the encoder learns any."""
    columns = [Column(name=name, kind=Kind.CATEGORICAL, levels=("a", "b", "c")) for name in "uvwxyz"]
    schema, config = Schema(columns=tuple(columns)), RunConfig(generator="noise")
    found = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        train = pd.DataFrame(
            rng.choice(["a", "b", "c"], (600, 6), p=[0.9, 0.08, 0.02]), columns=list("uvwxyz")
        )
        train = train.drop_duplicates(ignore_index=True)
        found.append(refit_finding(train, train.iloc[:0], schema, config, rng, silent, persons=5, worlds=12))
    assert sum(finding.p_value <= 0.05 for finding in found) <= 2
    assert sum(finding.excess.interval.low > 0 for finding in found) <= 2
    assert abs(np.mean([finding.also["AUC"].value for finding in found]) - 0.5) < 0.07


def test_a_person_goes_in_with_all_rows_or_none(people, people_schema):
    refitted(people, people_schema, 120, repeats=3, persons=12, worlds=8)
    assert len(Memoriser.learnt) == 8
    assert len(set(Memoriser.learnt)) > 1
    assert all(rows % 3 == 0 and 3 * 108 <= rows <= 3 * 120 for rows in Memoriser.learnt)


def test_the_same_seed_finds_the_same(people, people_schema):
    first, again = (refitted(people, people_schema, 200, persons=4, worlds=6) for _ in range(2))
    assert first == again


def test_no_sentence_quotes_the_table(people, people_schema):
    found = refitted(people, people_schema, persons=10, worlds=8)
    values = {str(value) for name in ("area", "diagnosis") for value in people(400, 0)[name].dropna()}
    assert not [value for value in values if value in found.model_dump_json()]


def test_what_cannot_be_tried_is_said(people, people_schema):
    few = refitted(people, people_schema, 9)
    assert isinstance(few, Skipped)
    assert "fewer than 10 persons" in few.reason


@pytest.mark.parametrize(
    ("config", "asked", "reason"),
    [
        (RunConfig(generator="ctgan"), "auto", "nobody asked"),
        (RunConfig(generator="memoriser"), 0, "left out on request"),
        (RunConfig(generator="memoriser", device="cuda"), 12, "runs on the CPU only"),
    ],
)
def test_the_pipeline_says_why_it_was_not_attacked(people, people_schema, config, asked, reason):
    train = canonical(people(300, 1), people_schema, table="train")
    found = pipeline_findings(
        train, train.iloc[:0], people_schema, config, np.random.default_rng(0), persons=asked, canaries=asked
    )
    assert [told.name for told in found] == ["re-fit", "canaries"]
    assert all(isinstance(told, Skipped) and reason in told.reason for told in found)


@pytest.mark.slow
def test_a_network_is_fitted_again_on_request_and_its_checkpoint_left_alone(people, people_schema, tmp_path):
    checkpoint = tmp_path / "half"
    settings = {"epochs": 2, "batch_size": 100, "checkpoint": str(checkpoint), "resume": True}
    train = canonical(people(600, 1), people_schema, table="train")
    config = RunConfig(generator="ctgan", settings=settings, device="cpu")
    found = refit_finding(
        train, train.iloc[:100], people_schema, config, np.random.default_rng(0), silent, persons=5, worlds=6
    )
    assert found.trials_made == 30
    assert not checkpoint.exists()


@pytest.mark.slow
def test_the_copula_shows_its_loneliest_people_a_little(people, people_schema):
    """On 2,000 rows; a person more or less moves the counts of rare levels."""
    found = refitted(people, people_schema, 2000, "copula", seed=3)
    assert 0.45 < found.also["AUC"].value < 0.75
    assert found.excess.interval.high - found.excess.interval.low < 0.25
