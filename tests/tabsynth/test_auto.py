"""`--generator auto`: scores that mean what they say, privacy first among equals, a bounded search."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from privacy import Column, ConfigError, Event, Kind, Schema, TrainingError
from tabsynth import Synthesizer
from tabsynth.artifact import Model
from tabsynth.auto.contest import FEWEST_JUDGES, choose, settled
from tabsynth.auto.contestants import AUTO, CANDIDATES, CONTESTANTS, Contestant
from tabsynth.auto.court import Court, Score
from tabsynth.auto.verdict import TOLERATED, Trial, judged
from tabsynth.config import checked_config
from tabsynth.encode import Encoder

SCHEMA = Schema(
    columns=(
        Column(name="a", kind=Kind.NUMERIC),
        Column(name="b", kind=Kind.NUMERIC),
        Column(name="c", kind=Kind.CATEGORICAL),
    )
)
AUTO_RUN = checked_config(generator=AUTO, seed=1)
COPULA, TREE = Contestant("copula"), Contestant("tree", {"leaf": 20})


def people(rows: int, seed: int) -> pd.DataFrame:
    """Two numbers on a ring, which no correlation shows, and the quarter they lie in."""
    rng = np.random.default_rng(seed)
    angle, radius = rng.uniform(0, 2 * np.pi, rows), rng.normal(10, 1, rows)
    quarter = np.array(["n", "e", "s", "w"])[(angle // (np.pi / 2)).astype(int)]
    return pd.DataFrame({"a": radius * np.cos(angle), "b": radius * np.sin(angle), "c": quarter})


def court(train: pd.DataFrame, judges: pd.DataFrame) -> Court:
    encoder = Encoder.fit(train, SCHEMA, np.arange(len(train)))
    return Court(encoder, encoder.encode(train), encoder.encode(judges), len(judges))


def trial(name: str, two_sample: float, membership: float, spread: float = 0.01) -> Trial:
    return Trial(Contestant(name), Score(two_sample, spread), Score(membership, spread), 1.0)


def test_a_score_is_the_area_under_the_curve_and_its_spread_that_of_many_draws():
    rng = np.random.default_rng(0)
    areas, spreads = [], []
    for _ in range(400):
        positive, negative = rng.normal(0.5, 1, 120), rng.normal(0, 1, 120)
        score = Score.of(positive, negative, 120)
        labels, told = np.repeat([1, 0], 120), np.concatenate([positive, negative])
        assert score.auc == pytest.approx(roc_auc_score(labels, told))
        areas.append(score.auc)
        spreads.append(score.spread)
    assert np.mean(spreads) == pytest.approx(np.std(areas), rel=0.12)


def test_ties_are_halves():
    assert Score.of(np.zeros(5), np.zeros(5), 5).auc == 0.5


def test_the_court_cannot_tell_people_from_people_and_can_tell_a_forgery():
    room = court(people(1500, 0), people(1500, 1))
    rng = np.random.default_rng(0)
    shuffled = people(1500, 3).apply(lambda column: rng.permutation(column.to_numpy()))
    honest = room.two_sample(people(1500, 2), rng)
    assert abs(honest.auc - 0.5) < 3 * honest.spread
    assert room.two_sample(shuffled, rng).auc > 0.8


def test_a_judge_with_many_rows_is_not_known_by_the_others():
    """Sixty people with twenty equal rows each: made rows of other people would else be told at once."""
    train, rng = people(600, 0), np.random.default_rng(0)
    encoder = Encoder.fit(train, SCHEMA, np.arange(600))
    persons = np.repeat(np.arange(60), 20)
    judges = replace(encoder.encode(people(60, 1)).take(persons), persons=persons)
    score = Court(encoder, encoder.encode(train), judges, 60).two_sample(people(1200, 2), rng)
    assert abs(score.auc - 0.5) < 3 * score.spread


def test_the_court_sees_copies_and_lets_strangers_be():
    room = court(people(600, 0), people(600, 1))
    rng = np.random.default_rng(0)
    assert room.membership(room.encoder.decode(room.train, rng), rng).auc > 0.9
    fresh = room.membership(people(600, 2), rng)
    assert abs(fresh.auc - 0.5) < 3 * fresh.spread


@pytest.mark.parametrize(
    ("trials", "winner"),
    [
        pytest.param([trial("copula", 0.9, 0.5), trial("tree", 0.6, 0.51)], "tree", id="the likest"),
        pytest.param([trial("copula", 0.605, 0.5), trial("tree", 0.6, 0.51)], "copula", id="of equals, private"),
        pytest.param([trial("copula", 0.495, 0.5), trial("tree", 0.42, 0.51)], "copula", id="no less than chance"),
        pytest.param([trial("copula", 0.9, 0.5), trial("tree", 0.5, 0.6)], "copula", id="no leak, however like"),
        pytest.param([trial("copula", 0.9, 0.7), trial("tree", 0.5, 0.8)], "copula", id="all leak: the least"),
    ],
)  # fmt: skip
def test_the_rule(trials: list[Trial], winner: str):
    assert judged(trials, [], AUTO_RUN).config.generator == winner


def test_a_membership_score_within_its_noise_is_tolerated():
    assert not trial("tree", 0.5, TOLERATED + 0.016).tells_who_was_learnt
    assert trial("tree", 0.5, TOLERATED + 0.017).tells_who_was_learnt


def test_where_nothing_could_be_fitted_it_says_so():
    with pytest.raises(TrainingError, match="no generator could learn"):
        judged([], [("tree", "broke")], AUTO_RUN)


def test_a_ring_wants_a_tree_and_the_choice_says_why_without_seconds():
    chosen = choose(
        people(6000, 0),
        people(1200, 1),
        SCHEMA,
        AUTO_RUN,
        np.random.default_rng(0),
        contestants=(COPULA, Contestant("tree", {"leaf": 100})),
    )
    assert (chosen.config.generator, chosen.config.settings) == ("tree", {"leaf": 100})
    assert chosen.config.candidates == CANDIDATES
    assert [each["contestant"] for each in chosen.facts()["trials"]] == ["copula", "tree, leaf 100"]
    assert "seconds" not in str(chosen.facts())
    assert (
        chosen.lines()[-1] == chosen.why == "chose tree, leaf 100: hardest to tell from people never learnt"
    )


def sorted_people(rows: int, seed: int) -> pd.DataFrame:
    """On the ring, the smaller number first: engines that draw the other order have rows cut."""
    frame = people(rows, seed)
    low, high = frame[["a", "b"]].min(axis=1), frame[["a", "b"]].max(axis=1)
    return frame.assign(a=low, b=high)


def test_rows_chosen_together_are_not_judged_together(monkeypatch):
    """Matched margins make folds of a few hundred rows each other's opposite: boosting scored .43 on them."""
    frame = people(4600, 1).assign(
        **{f"n{at}": np.random.default_rng(at).integers(0, 4, 4600) for at in range(8)}
    )
    schema = Schema(columns=(*SCHEMA.columns, *(Column(name=f"n{at}", kind=Kind.NUMERIC) for at in range(8))))
    aucs = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        run = checked_config(generator=AUTO, seed=seed)
        found = choose(frame[1600:], frame[:1600], schema, run, rng, contestants=[TREE])
        aucs.append(found.trials[0].two_sample.auc)
    assert np.mean(aucs) > 0.47, "nothing is harder to tell from people than people"


def test_what_is_judged_meets_the_rules(monkeypatch):
    judged_rows, judge = [], Court.two_sample

    def seen(room: Court, made: pd.DataFrame, rng: np.random.Generator) -> Score:
        judged_rows.append(made)
        return judge(room, made, rng)

    monkeypatch.setattr(Court, "two_sample", seen)
    for rules in ((), ({"rule": "order", "columns": ["a", "b"]},)):
        run = checked_config(generator=AUTO, seed=1, rules=rules)
        sides, rng = (sorted_people(2000, 0), sorted_people(800, 1)), np.random.default_rng(0)
        choose(*sides, SCHEMA, run, rng, contestants=(COPULA, TREE))
    broken = [(made.a > made.b).sum() for made in judged_rows]
    assert broken[2:] == [0, 0]
    assert broken[0] > 3, "without the rule the copula breaks it"


def test_one_whose_rows_never_meet_a_rule_is_left_out():
    far_off = ({"rule": "order", "columns": ["b", "a"]},)
    run = checked_config(generator=AUTO, seed=1, rules=far_off)
    train, development = (people(2000 - 1200 * seed, seed).assign(a=-100.0) for seed in (0, 1))
    with pytest.raises(TrainingError, match="no generator could learn"):
        choose(train, development, SCHEMA, run, np.random.default_rng(0), contestants=(COPULA,))


def test_the_same_seed_chooses_and_scores_alike():
    first, second = (
        choose(
            people(600, 0),
            people(400, 1),
            SCHEMA,
            AUTO_RUN,
            np.random.default_rng(7),
            contestants=(COPULA, TREE),
        )
        for _ in range(2)
    )
    assert first.facts() == second.facts()


def test_a_spent_budget_ends_the_search_after_the_first_trial():
    hurried = checked_config(generator=AUTO, budget=1e-9)
    chosen = choose(
        people(600, 0), people(400, 1), SCHEMA, hurried, np.random.default_rng(0), contestants=(COPULA, TREE)
    )
    assert chosen.config.generator == "copula"
    assert chosen.why == "chose copula: the only one that was tried to the end"
    assert dict(chosen.left_out) == {"tree, leaf 20": "the budget of 1e-09 s was spent"}


def test_one_that_fails_is_left_out_by_name():
    broken = Contestant("ctgan", {"device": "cuda"})
    events: list[Event] = []
    chosen = choose(
        people(600, 0),
        people(400, 1),
        SCHEMA,
        AUTO_RUN,
        np.random.default_rng(0),
        events.append,
        (COPULA, broken),
    )
    assert chosen.config.generator == "copula"
    assert "CUDA" in dict(chosen.left_out)["ctgan, device cuda"]
    assert events[-1] == Event("choosing a generator", 2, 2)


def test_too_few_judges_choose_the_copula():
    few = choose(people(300, 0), people(2 * FEWEST_JUDGES - 4, 1), SCHEMA, AUTO_RUN, np.random.default_rng(0))
    assert few.config.generator == CONTESTANTS[0].generator == "copula"
    assert few.config.candidates == 1
    assert "too few" in few.why


def test_a_named_generator_is_not_touched():
    run = checked_config(generator="tree", settings={"leaf": 30})
    untouched = settled(people(300, 0), people(300, 1), SCHEMA, run, np.random.default_rng(0))
    assert untouched.config is run
    assert (untouched.facts(), untouched.lines()) == ({}, [])


def test_candidates_are_five_unless_the_run_says_how_many():
    assert COPULA.configured(AUTO_RUN).candidates == CANDIDATES
    assert COPULA.configured(checked_config(generator=AUTO, candidates=1)).candidates == 1


def test_settings_belong_to_one_engine():
    run = checked_config(generator=AUTO, settings={"leaf": 30})
    with pytest.raises(ConfigError, match="auto stands for several"):
        settled(people(300, 0), people(300, 1), SCHEMA, run, np.random.default_rng(0))


def test_the_model_file_tells_of_the_choice(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "tabsynth.auto.contest.choose.__defaults__", (*choose.__defaults__[:-1], (COPULA, TREE))
    )
    synthesizer = Synthesizer(AUTO, SCHEMA, development=0.4, random_state=3).fit(people(1000, 0))
    synthesizer.save(tmp_path / "ring.model")
    assert Model.load(tmp_path / "ring.model").choice == synthesizer.choice.facts()
    assert len(synthesizer.choice.trials) == 2
    assert len(synthesizer.sample(10)) == 10
