"""Rows in stated shares: exact counts, each part like free rows, the rest in its proportions, in no order."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st
from scipy import stats

from privacy import Column, ConfigError, Kind, Role, Schema, canonical, silent
from tabsynth.artifact import Model
from tabsynth.asked.shares import Shares, counted_out, read_shares, stated_shares
from tabsynth.encode import Encoder
from tabsynth.generators import make_generator
from tabsynth.sample import sample
from tabsynth.synthesizer import Synthesizer

SETTINGS = {"copula": {"rounds": 3, "draws": 5000}, "tree": {"leaf": 30}}
SEEDS = np.random.SeedSequence(5)
SCHEMA = Schema(
    columns=(
        Column(name="patient", kind=Kind.ID, role=Role.IDENTIFIER),
        Column(name="job", kind=Kind.CATEGORICAL),
        Column(name="town", kind=Kind.CATEGORICAL),
        Column(name="age", kind=Kind.NUMERIC, decimals=0),
        Column(name="smoker", kind=Kind.BOOLEAN),
    ),
    entity="patient",
)


def people(rows: int = 6000) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    age = rng.integers(18, 90, rows).astype(float)
    job = np.where(age > 65, "retired", rng.choice(np.array(["nurse", "smith", "student"], object), rows))
    job[rng.random(rows) < 0.1] = None
    town = rng.choice(np.array(["Ely", "Usk", "Wem"], object), rows, p=[0.7, 0.25, 0.05])
    return pd.DataFrame(
        {
            "patient": [f"P{number}" for number in range(rows)],
            "job": job,
            "town": town,
            "age": age,
            "smoker": rng.random(rows) < np.where(town == "Ely", 0.2, 0.6),
        }
    )


@pytest.fixture(scope="module", params=SETTINGS)
def model(request: pytest.FixtureRequest) -> Model:
    frame = canonical(people(), SCHEMA, table="source")
    encoder = Encoder.fit(frame, SCHEMA, np.arange(len(frame)))
    generator = make_generator(request.param, SETTINGS[request.param])
    coded = encoder.encode(frame)
    generator.fit(coded, coded.take(np.arange(0)), np.random.default_rng(0), silent)
    return Model(SCHEMA, encoder, generator)


@pytest.fixture(scope="module")
def free(model: Model) -> pd.DataFrame:
    return sample(model, 60_000, SEEDS)


def alike(one: pd.DataFrame, other: pd.DataFrame, columns: list[str]) -> float:
    """The p-value of a chi-square test that two tables have one distribution over columns and eighths of age."""
    counts = pd.DataFrame(
        {
            side: rows[columns]
            .fillna("none")
            .assign(age=rows["age"] // 9)
            .astype(str)
            .agg("|".join, axis=1)
            .value_counts()
            for side, rows in (("one", one), ("other", other))
        }
    ).fillna(0)
    return float(stats.chi2_contingency(counts[counts.sum(axis=1) >= 10].to_numpy().T).pvalue)


def test_stated_values_have_their_shares_and_all_else_is_as_in_free_rows(
    model: Model, free: pd.DataFrame
) -> None:
    drawn = sample(model, 5000, SEEDS, shares={"town": {"Wem": 0.5, "Ely": 0.2}})
    assert drawn["town"].value_counts().to_dict() == {"Wem": 2500, "Usk": 1500, "Ely": 1000}
    for town in ("Wem", "Usk", "Ely"):
        sides = (rows[rows["town"] == town] for rows in (drawn, free))
        assert alike(*sides, ["job", "smoker"]) > 0.001, town


def test_what_is_unstated_keeps_its_proportions_gaps_included(model: Model, free: pd.DataFrame) -> None:
    drawn = sample(model, 6000, SEEDS, shares={"job": {"nurse": 0.6}})
    assert (drawn["job"] == "nurse").sum() == 3600
    others = [rows[rows["job"] != "nurse"] for rows in (drawn, free)]
    assert others[0]["job"].isna().sum() > 200
    assert alike(*others, ["job", "town"]) > 0.001


def test_conditions_on_numbers_gaps_and_two_columns(model: Model, free: pd.DataFrame) -> None:
    shares = {
        "age >= 65 AND smoker": 0.3,
        "age >= 65 AND NOT smoker": 0.1,
        "age < 30 AND town = 'Wem'": 0.25,
        "job IS NULL AND age BETWEEN 30 AND 40": 0.05,
    }
    drawn = sample(model, 4001, SEEDS, shares=shares)
    old, smoker = drawn["age"] >= 65, drawn["smoker"] == "true"
    young = (drawn["age"] < 30) & (drawn["town"] == "Wem")
    gaps = drawn["job"].isna() & drawn["age"].between(30, 40)
    # Quotas 1200.3, 400.1, 1000.25, 200.05 and 1200.3: the first of the largest remainders gets the odd row.
    counts = [(old & smoker).sum(), (old & ~smoker).sum(), young.sum(), gaps.sum()]
    assert counts == [1201, 400, 1000, 200]
    rest = [
        rows[
            (rows["age"] < 65)
            & ~((rows["age"] < 30) & (rows["town"] == "Wem"))
            & ~(rows["job"].isna() & rows["age"].between(30, 40))
        ]
        for rows in (drawn, free)
    ]
    assert alike(*rest, ["job", "smoker"]) > 0.001


def test_none_of_a_value_and_nothing_but_a_value(model: Model) -> None:
    assert "Ely" not in set(sample(model, 500, SEEDS, shares={"town": {"Ely": 0}})["town"])
    only = sample(model, 500, SEEDS, shares={"job": {None: 1}})
    assert only["job"].isna().all() and len(only) == 500


def test_shares_of_the_rows_that_meet_a_condition(model: Model) -> None:
    drawn = sample(model, 1000, SEEDS, where="age > 50", shares={"smoker": {True: 0.5}})
    assert (drawn["age"] > 50).all()
    assert (drawn["smoker"] == "true").sum() == 500


def test_the_order_tells_nothing_and_a_seed_repeats_it(model: Model) -> None:
    shares = {"town": {"Wem": 0.5}}
    drawn = sample(model, 4000, SEEDS, shares=shares)
    in_wem = (drawn["town"] == "Wem").to_numpy()
    changes = int((in_wem[1:] != in_wem[:-1]).sum())
    assert abs(changes - 2000) < 4 * 4000**0.5 / 2
    pd.testing.assert_frame_equal(drawn, sample(model, 4000, SEEDS, shares=shares))
    assert not drawn.equals(sample(model, 4000, np.random.SeedSequence(6), shares=shares))


@pytest.mark.parametrize("rows", [0, 1, 2, 3])
def test_few_rows_and_none(model: Model, rows: int) -> None:
    drawn = sample(model, rows, SEEDS, shares={"town": {"Wem": 0.5}})
    assert list(drawn.columns) == ["patient", "job", "town", "age", "smoker"]
    assert len(drawn) == rows
    assert (drawn["town"] == "Wem").sum() == (rows + 1) // 2


def test_keys_are_invented_once_for_the_whole_table(model: Model) -> None:
    drawn = sample(model, 3000, SEEDS, shares={"town": {"Wem": 0.5, "Usk": 0.5}})
    assert drawn["patient"].nunique() == 3000
    assert not drawn["patient"].isin(people()["patient"]).any()


def test_a_synthesizer_takes_dates_truth_values_and_numpy_numbers() -> None:
    frame = people(1000).assign(
        seen=pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(1000) % 3, unit="D")
    )
    synthesizer = Synthesizer("copula", random_state=1, rounds=1, draws=500).fit(
        frame.drop(columns="patient")
    )
    drawn = synthesizer.sample(200, shares={"seen": {pd.Timestamp("2024-01-02"): np.float64(0.75)}})
    assert (drawn["seen"] == "2024-01-02").sum() == 150
    assert synthesizer.sample(200, shares={"smoker": {np.True_: 0.25}})["smoker"].sum() == 50


REFUSED: dict[str, tuple[Any, str]] = {
    "over one": ({"town": {"Ely": 0.7, "Usk": 0.4}}, r"--share: the shares sum to 110\.0000%"),
    "one over one": ({"town": {"Ely": 50}}, "--share 1: is no number from 0 to 1"),
    "negative": ({"town": {"Ely": -0.1}}, "--share 1: is no number from 0 to 1"),
    "no number": ({"town": {"Ely": "half"}}, "--share 1: is no number from 0 to 1"),
    "not a number": ({"town": {"Ely": float("nan")}}, "--share 1: is no number from 0 to 1"),
    "a truth value": ({"town": {"Ely": True}}, "--share 1: is no number from 0 to 1"),
    "a text": ({"town": {"Ely": "50%"}}, "is no number from 0 to 1; state .* such as 0.5"),
    "a list": ([0.5], "--share: shares are no dictionary"),
    "nothing": ({}, "there must be 1 to 100 shares, not 0"),
    "too many": ({f"age = {n}": 0.001 for n in range(101)}, "there must be 1 to 100 shares, not 101"),
    "unknown column": ({"twon": {"Ely": 0.5}}, '--share 1: there is no column "twon"; did you mean town'),
    "a key": ({"patient": {"P1": 0.5}}, "--share 1, column patient: is not learnt"),
    "no SQL": ({"town = 'Ely'": 0.1, "age >": 0.5}, "--share 2: is not valid SQL"),
    "wrong type": ({"age": {"old": 0.5}}, "--share 1, column age: is numeric"),
    "unknown value": (
        {"town": {"Ely": 0.5, "Rye": 0.5}},
        "--share 2, column town: no value that the model can",
    ),
    "out of bounds": ({"age > 200": 0.5}, "--share 1, column age: no value that the model can"),
    "no gaps": ({"town": {None: 0.5}}, "--share 1, column town: no value that the model can"),
    "contradiction": ({"age > 60 AND age < 50": 0.5}, "--share 1, column age: no value that the model can"),
    "overlap": ({"age > 60": 0.5, "town = 'Ely'": 0.5}, "--share 2: a row can meet .* that of --share 1"),
    "one value twice": (
        {"age > 60": 0.4, "age >= 60": 0.4},
        "--share 2: a row can meet .* that of --share 1",
    ),
    "marginal shares": ({"town": {"Ely": 0.5}, "smoker": {True: 0.5}}, "--share 2: a row can meet"),
    "nothing else": ({"smoker": {True: 0.5, False: 0.4}}, "--share: the shares sum to less than 100%, but"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_wrong_shares_are_refused_in_one_line(model: Model, case: str) -> None:
    shares, said = REFUSED[case]
    with pytest.raises(ConfigError, match=said):
        sample(model, 100, SEEDS, shares=shares)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=8).filter(any), st.integers(0, 300))
def test_rows_are_dealt_out_by_largest_remainder(weights: list[int], rows: int) -> None:
    exact = [Fraction(weight * rows, sum(weights)) for weight in weights]
    counts = counted_out([weight / sum(weights) for weight in weights], rows)
    assert sum(counts) == rows
    assert all(abs(count - quota) < 1 for count, quota in zip(counts, exact, strict=True))
    up = [quota % 1 for count, quota in zip(counts, exact, strict=True) if count > quota]
    down = [quota % 1 for count, quota in zip(counts, exact, strict=True) if count < quota]
    assert not up or not down or min(up) >= max(down)


def test_the_command_line_takes_shares_and_a_condition(
    tabsynth: Callable[..., Any], model: Model, tmp_path: Path
) -> None:
    model.save(tmp_path / "model")
    outcome = tabsynth(
        *("sample", tmp_path / "model", "--rows", 300, "--out", tmp_path / "out.parquet", "--seed", 1),
        *("--where", "town <> 'Wem'", "--share", "60%: age >= 65", "--share", "0.1: age < 20"),
    )
    assert outcome.code == 0, outcome.talk
    drawn = pd.read_parquet(tmp_path / "out.parquet")
    assert [(drawn["age"] >= 65).sum(), (drawn["age"] < 20).sum(), len(drawn)] == [180, 30, 300]
    assert set(drawn["town"]) == {"Ely", "Usk"}


def test_options_are_a_share_a_colon_and_a_condition() -> None:
    read = read_shares(["40%: job = 'a:b'", "0.25 : age < 3", "5 %:smoker"])
    assert read == {"job = 'a:b'": 0.4, "age < 3": 0.25, "smoker": 0.05}


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("income = '>50K'", "has no condition"),
        ("50%", "has no condition"),
        ("50%:  ", "has no condition"),
        (": age < 3", "does not begin with a number"),
        ("half: age < 3", "does not begin with a number"),
        ("50: age < 3", "does not begin with a number"),
        ("-5%: age < 3", "does not begin with a number"),
        ("101%: age < 3", "does not begin with a number"),
        ("nan%: age < 3", "does not begin with a number"),
        ("20%: smoker", "repeats the condition"),
    ],
)
def test_other_options_are_refused(option: str, said: str) -> None:
    with pytest.raises(ConfigError, match=f"--share 2: {said}"):
        read_shares(["20%: smoker", option])


def test_conditions_and_values_are_both_conditions() -> None:
    shares: Shares = {"age > 3": 0.5, 'the "x"': {"it's": 0.1, 7: 0.2, None: 0.05, False: 0.15}}
    assert stated_shares(shares) == [
        ("age > 3", 0.5),
        ('"the ""x""" = \'it\'\'s\'', 0.1),
        ('"the ""x""" = 7', 0.2),
        ('"the ""x""" IS NULL', 0.05),
        ('"the ""x""" = FALSE', 0.15),
    ]
