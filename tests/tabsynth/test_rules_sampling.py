"""Rules at work: every row that a model gives meets them, however it is asked, and nothing goes on for ever."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from privacy import Column, ConfigError, Kind, Schema, canonical
from tabsynth import Model, Synthesizer
from tabsynth.config import checked_config
from tabsynth.fit import fit
from tabsynth.release import release
from tabsynth.rules import Function, checked_rules
from tabsynth.sample import sample, sampled
from tests.conftest import PEOPLE_SCHEMA, make_people

SEEDS = np.random.SeedSequence(3)
SCHEMA = Schema(
    columns=(
        *PEOPLE_SCHEMA.columns,
        Column(name="discharged", kind=Kind.DATETIME),
        Column(name="region", kind=Kind.CATEGORICAL),
        Column(name="fee", kind=Kind.NUMERIC, decimals=2),
        Column(name="total", kind=Kind.NUMERIC, decimals=2),
        Column(name="ward", kind=Kind.CATEGORICAL),
    ),
    entity="person",
)
RULES: list[dict[str, Any]] = [
    {"rule": "range", "column": "age", "minimum": 0, "maximum": 110},
    {"rule": "order", "columns": ["admitted", "discharged"]},
    {"rule": "dependency", "given": ["area"], "gives": "region"},
    {"rule": "sum", "parts": ["cost", "fee"], "total": "total"},
    {"rule": "missing", "column": "ward", "when": "smoker = TRUE"},
    {"rule": "fixed_combinations", "columns": ["ward", "sex"]},
]


def hospital(rows: int, seed: int) -> pd.DataFrame:
    """People with a stay that ends after it began, a region of their area, a bill that adds up, a ward by sex."""
    rng = np.random.default_rng([seed, 1])
    frame = make_people(rows, seed)
    stay = pd.to_timedelta(rng.integers(0, 200, rows), unit="D")
    fee = np.round(rng.gamma(2, 50, rows), 2)
    ward = np.where(
        frame["sex"] == "male", rng.choice(["east", "south"], rows), rng.choice(["north", "west"], rows)
    )
    return frame.assign(
        discharged=frame["admitted"] + stay,
        region=[None if area is None else f"R{int(area[1:]) % 4}" for area in frame["area"]],
        fee=fee,
        total=(frame["cost"] + fee).round(2),
        ward=np.where(frame["smoker"], None, ward),
    )


def broken(frame: pd.DataFrame) -> dict[str, int]:
    """How often each rule is broken, asked in another way than the rules do."""
    regions = frame.dropna(subset=["area", "region"]).groupby("area")["region"].nunique()
    off = (frame["cost"] + frame["fee"] - frame["total"]).abs()
    wards = {("east", "male"), ("south", "male"), ("north", "female"), ("west", "female")}
    known = frame.dropna(subset=["ward"])
    return {
        "order": int((frame["discharged"] < frame["admitted"]).sum()),
        "dependency": int((regions > 1).sum()),
        "sum": int((off.dropna() > 1e-6).sum()),
        "missing": int((frame["ward"].isna() != frame["smoker"].astype(bool)).sum()),
        "combinations": sum(pair not in wards for pair in zip(known["ward"], known["sex"], strict=True)),
        "range": int((~frame["age"].between(0, 110)).sum()),
    }


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return hospital(4000, 0)


def learnt(table: pd.DataFrame, generator: str, settings: dict[str, Any], **more: Any) -> Synthesizer:
    maker = Synthesizer(generator, SCHEMA, random_state=1, rules=more.pop("rules", RULES), **more, **settings)
    return maker.fit(table)


ENGINES = {
    "copula": {"rounds": 3, "draws": 4000},
    "tree": {"leaf": 50},
    "ctgan": {"epochs": 1},
    "autoregressive": {"epochs": 2, "width": 32, "blocks": 1},
}


@pytest.fixture(scope="module")
def copula(table: pd.DataFrame) -> Synthesizer:
    return learnt(table, "copula", ENGINES["copula"])


@pytest.mark.parametrize("engine", ENGINES)
def test_all_rows_of_every_engine_meet_all_rules(table: pd.DataFrame, engine: str) -> None:
    maker = learnt(table, engine, ENGINES[engine])
    drawn = maker.sample(1000)
    assert len(drawn) == 1000
    assert not any(broken(drawn).values())
    cuts = maker.cuts
    assert cuts is not None
    assert cuts.rows_out == 1000 == cuts.rows_in - sum(cut for _, cut in cuts.by_rule)


def test_without_rules_there_are_rows_to_cut(table: pd.DataFrame) -> None:
    """What the test above would not see if the engines were too good, or the rules not asked."""
    free = learnt(table, "copula", ENGINES["copula"], rules=())
    counts = broken(free.sample(3000))
    assert all(counts[name] > 0 for name in ("order", "dependency", "sum", "missing", "combinations"))
    assert free.cuts is not None
    assert free.cuts.by_rule == ()


@pytest.mark.parametrize(
    "asked",
    [
        {"where": "age < 30"},
        {"where": "region = 'R1'"},
        {"where": "total > 500 AND smoker = FALSE"},
        {"shares": {"smoker": {True: 0.5}}},
        {"shares": {"age >= 65": 0.4, "age < 20": 0.1}, "where": "sex = 'male'"},
    ],
    ids=str,
)
def test_rules_hold_beside_conditions_and_shares(copula: Synthesizer, asked: dict[str, Any]) -> None:
    drawn = copula.sample(400, **asked, random_state=1)
    assert len(drawn) == 400
    assert not any(broken(drawn).values())
    if "total" in str(asked):
        assert (drawn["total"] > 500).all()
    if "R1" in str(asked):
        assert (drawn["region"] == "R1").all()
    if "smoker" in asked.get("shares", {}):
        assert drawn["smoker"].sum() == 200


def test_candidates_are_chosen_among_rows_that_meet_the_rules(table: pd.DataFrame) -> None:
    maker = learnt(table, "copula", ENGINES["copula"], candidates=3)
    drawn = maker.sample(1000)
    assert len(drawn) == 1000
    assert not any(broken(drawn).values())
    assert maker.cuts is not None
    assert maker.cuts.rows_out == 3000


def test_the_same_seed_draws_the_same_rows(copula: Synthesizer) -> None:
    model = copula.model
    assert model is not None
    first, again = (sample(model, 700, SEEDS) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    assert len(sample(model, 0, SEEDS)) == 0


def test_the_model_file_keeps_the_rules(copula: Synthesizer, tmp_path: Path) -> None:
    copula.save(tmp_path / "model")
    loaded, model = Model.load(tmp_path / "model"), copula.model
    assert model is not None
    assert loaded.rules == model.rules
    pd.testing.assert_frame_equal(sample(loaded, 300, SEEDS), sample(model, 300, SEEDS))


def test_rows_drawn_under_a_rule_are_those_that_free_rows_would_leave(copula: Synthesizer) -> None:
    """A rule that the engine draws under changes no distribution: two samples, two-sample tests on two columns."""
    model = copula.model
    assert model is not None
    one = checked_rules([{"rule": "missing", "column": "ward", "when": "smoker = TRUE"}])
    bound = sampled(replace(model, rules=one), 6000, SEEDS)
    free = sample(replace(model, rules=()), 12_000, np.random.SeedSequence(9))
    met = free[free["ward"].isna() == (free["smoker"] == "true")]
    assert bound.cuts.rows_out == 6000
    for column in ("age", "total"):
        assert stats.ks_2samp(bound.table[column].dropna(), met[column].dropna()).pvalue > 0.001
    smokers = [len(each[each["smoker"] == "true"]) for each in (bound.table, met)]
    assert (
        stats.fisher_exact([[smokers[0], 6000 - smokers[0]], [smokers[1], len(met) - smokers[1]]])[1] > 0.001
    )


class TestUnique:
    """No two rows alike, over blocks, sheets and parts; and an end when values run out."""

    rules = ({"rule": "unique", "columns": ["age", "area"]},)

    @pytest.fixture
    def model(self, table: pd.DataFrame) -> Model:
        few = table.drop_duplicates(["age", "area"])
        made = learnt(few, "copula", ENGINES["copula"], rules=self.rules, candidates=2).model
        assert made is not None
        return made

    def test_over_blocks(self, model: Model) -> None:
        drawn = sample(replace(model, selection=None), 600, SEEDS)
        assert not drawn.dropna(subset=["age", "area"]).duplicated(["age", "area"]).any()

    def test_over_parts(self, model: Model) -> None:
        drawn = sample(model, 400, SEEDS, shares={"sex": {"male": 0.5}})
        assert not drawn.dropna(subset=["age", "area"]).duplicated(["age", "area"]).any()

    def test_over_sheets(self, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tabsynth.select.selection._MOST_ROWS", 150)
        drawn = sampled(model, 450, SEEDS)
        assert len(drawn.table) == 450
        assert not drawn.table.dropna(subset=["age", "area"]).duplicated(["age", "area"]).any()

    def test_values_that_run_out(self, table: pd.DataFrame, model: Model) -> None:
        one = checked_rules([{"rule": "unique", "columns": ["age"]}])
        with pytest.raises(ConfigError, match=r'equal in "age".*cut most: 9\d'):
            sample(replace(model, rules=one), 500, SEEDS)


def test_a_rule_that_no_row_meets_ends_with_its_name(copula: Synthesizer) -> None:
    model = copula.model
    assert model is not None
    never = Function(name="never", columns=("age",), function=lambda asked: asked["age"] < -1)
    with pytest.raises(
        ConfigError, match=r"the function never is true: only 0 of 10 rows met all rules.*100 %"
    ):
        sample(replace(model, rules=(*model.rules, never)), 10, SEEDS)


def test_a_rule_about_values_that_the_model_never_draws(copula: Synthesizer) -> None:
    model = copula.model
    assert model is not None
    beyond = checked_rules([{"rule": "missing", "column": "age", "when": "age < 500"}])
    with pytest.raises(ConfigError, match="rules, column age"):
        sample(replace(model, rules=beyond), 10, SEEDS)


def test_declared_bounds_hold_for_a_column_that_is_computed(table: pd.DataFrame) -> None:
    """The encoder keeps a drawn total within its bounds; a computed one is kept by the sieve."""
    within = table[table["total"].fillna(0) <= 900]
    bounded = [
        c.model_copy(update={"minimum": 0.0, "maximum": 900.0}) if c.name == "total" else c for c in SCHEMA
    ]
    maker = Synthesizer(
        "copula", SCHEMA.model_copy(update={"columns": tuple(bounded)}), random_state=1, rules=RULES[3:4]
    ).fit(within)
    assert maker.sample(2000)["total"].max() <= 900
    assert maker.cuts is not None
    assert maker.cuts.hardest[1] > 0


def test_a_number_that_is_decided_comes_with_the_decimals_that_are_released(table: pd.DataFrame) -> None:
    priced = table.assign(fee=table["sex"].map({"male": 10.12345, "female": 20.98765}))
    maker = learnt(
        priced, "copula", ENGINES["copula"], rules=[{"rule": "dependency", "given": ["sex"], "gives": "fee"}]
    )
    assert set(maker.sample(300)["fee"]) == {10.12, 20.99}
    assert maker.cuts is not None
    assert maker.cuts.rows_in == 300


def test_a_range_is_drawn_under_and_cuts_nothing(copula: Synthesizer) -> None:
    """Inside a bin both sides of a limit occur: all but those rows are never drawn."""
    model = copula.model
    assert model is not None
    old = checked_rules([{"rule": "range", "column": "age", "minimum": 60}])
    bound = sampled(replace(model, rules=old), 2000, SEEDS)
    free = sample(replace(model, rules=()), 4000, SEEDS)["age"]
    assert (bound.table["age"] >= 60).all()
    assert (free < 60).mean() > 0.5
    assert bound.cuts.hardest[1] < 0.1


def test_a_rule_that_is_false_is_refused_before_the_fit(table: pd.DataFrame) -> None:
    late = [{"rule": "order", "columns": ["discharged", "admitted"]}]
    with pytest.raises(ConfigError, match=r"is false on [\d,]+ of 4,000 real rows"):
        learnt(table, "copula", {}, rules=late)


def test_what_is_learnt_comes_from_train_alone(table: pd.DataFrame) -> None:
    """Development persons and control decide nothing about which combinations are allowed."""
    frame = canonical(table, SCHEMA, table="source")
    config = checked_config(
        generator="copula", rules=[{"rule": "fixed_combinations", "columns": ["ward", "sex"]}]
    )
    train = frame[frame["ward"] != "east"].reset_index(drop=True)
    model = fit(train, frame, SCHEMA, config, np.random.default_rng(0))
    (allowed,) = (getattr(each, "seen", None) for each in model.rules)
    assert allowed is not None
    assert {row[0] for row in allowed} == {None, "north", "south", "west"}


class TestCommandLine:
    """--rules, rules in a configuration, and bad ones: exit 2, one line, nothing written."""

    @pytest.fixture
    def files(self, table: pd.DataFrame, tmp_path: Path) -> Path:
        from privacy import save_schema

        table.to_parquet(tmp_path / "source.parquet")
        save_schema(SCHEMA, tmp_path / "schema.toml")
        return tmp_path

    def fit_with(self, tabsynth: Callable[..., Any], files: Path, text: str) -> Any:
        (files / "rules.toml").write_text(text)
        options = ("--schema", files / "schema.toml", "--generator", "copula", "--seed", 1)
        told = ("--rules", files / "rules.toml", "--out", files / "model")
        return tabsynth("fit", files / "source.parquet", *options, *told)

    def test_fit_and_sample(self, tabsynth: Callable[..., Any], files: Path) -> None:
        text = '[[rules]]\nrule = "order"\ncolumns = ["admitted", "discharged"]\n'
        assert self.fit_with(tabsynth, files, text).code == 0
        done = tabsynth("sample", files / "model", "--rows", 500, "--out", files / "rows.csv", "--seed", 1)
        assert done.code == 0
        assert "cut " in done.talk
        assert '"admitted" <= "discharged"' in done.talk
        assert broken(pd.read_csv(files / "rows.csv"))["order"] == 0

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "rules = 3",
            "[[rules]",
            '[[rules]]\nrule = "nonsense"',
            '[[rules]]\nrule = "order"\ncolumns = ["nowhere", "age"]',
            '[[rules]]\nrule = "range"\ncolumn = "age"\nminimum = 3\nmaximum = 2',
            '[[rules]]\nrule = "range"\ncolumn = "age"\nmaximum = 20',
            '[[rules]]\nrule = "pattern"\ncolumn = "sex"\npattern = "(("',
            '[[rules]]\nrule = "function"\nname = "os.system"',
            '[[rules]]\nrule = "unique"\ncolumns = ["person"]',
        ],
    )
    def test_bad_rules(self, tabsynth: Callable[..., Any], files: Path, text: str) -> None:
        done = self.fit_with(tabsynth, files, text)
        assert done.code == 2
        assert done.talk.count("error:") == 1
        assert "Traceback" not in done.talk
        assert not (files / "model").exists()

    def test_in_a_configuration_by_name_or_in_full(self, files: Path) -> None:
        from tabsynth.config import load_config

        (files / "rules.toml").write_text('[[rules]]\nrule = "unique"\ncolumns = ["age"]\n')
        (files / "named.toml").write_text('rules = "rules.toml"\n')
        (files / "full.toml").write_text('[[rules]]\nrule = "unique"\ncolumns = ["age"]\n')
        named, full = (load_config(files / name) for name in ("named.toml", "full.toml"))
        assert named.rules == full.rules == checked_rules([{"rule": "unique", "columns": ["age"]}])
        assert load_config(files / "full.toml", rules=files / "rules.toml").rules == full.rules


@pytest.mark.slow
def test_a_release_meets_its_rules_and_tells_them(table: pd.DataFrame, tmp_path: Path) -> None:
    """Whatever the verdict: the cuts add up; and where it is pass, the bundle says which rules its rows meet."""
    config = checked_config(
        generator="copula",
        settings=ENGINES["copula"],
        rules=RULES,
        candidates=2,
        seed=4,
        policy="internal",
        pipeline={"refit": 0, "canaries": 0},
    )
    done = release(table, SCHEMA, config, b"k" * 32, tmp_path / "out")
    assert done.made.funnel.rows_out == len(done.made.table)
    skipped = {each.name: each.reason for each in done.audit.skipped}
    assert '"area" decides "region"' in skipped["rules"]
    assert done.manifest is not None
    facts = json.loads((tmp_path / "out" / "manifest.json").read_text())["facts"]
    assert facts["rules"] == [rule.text() for rule in config.rules]
    assert {gate["asks"] for gate in facts["funnel"]["gates"]} >= set(facts["rules"])
    assert not any(broken(pd.read_parquet(tmp_path / "out" / "data.parquet")).values())


def test_a_release_refuses_a_false_rule(table: pd.DataFrame, tmp_path: Path) -> None:
    config = checked_config(rules=[{"rule": "range", "column": "age", "maximum": 20}], seed=1)
    with pytest.raises(ConfigError, match="real rows"):
        release(table, SCHEMA, config, b"k" * 32, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_release_never_asks_control(table: pd.DataFrame, tmp_path: Path) -> None:
    """A rule broken by control persons alone goes through: control is sealed until the audit."""
    from tabsynth.split import split

    sides = split(canonical(table, SCHEMA, table="source"), SCHEMA, key=b"k" * 32)
    theirs = table["person"].isin(sides.control.open()["person"])
    odd = table.assign(age=table["age"].where(~theirs, 105))
    within = checked_config(
        generator="copula",
        settings=ENGINES["copula"],
        rules=[{"rule": "range", "column": "age", "maximum": 100}],
        seed=1,
        pipeline={"refit": 0, "canaries": 0},
    )
    assert release(odd, SCHEMA, within, b"k" * 32, tmp_path / "out").made.funnel.rows_out > 0
