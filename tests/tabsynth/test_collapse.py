"""Collapse watch: regimes by hand, slopes by a slow reference and over many draws, and a watch from end to end."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from privacy import Column, ConfigError, Interval, Kind, Policy, Schema, canonical, save_schema
from tabsynth.collapse import Watch, curves_picture, page, regimes, watch
from tabsynth.collapse.curves import FLOOR, Bench, Point, points
from tabsynth.collapse.generations import Line, chained_schema
from tabsynth.collapse.losses import FAMILIES, Curve, Family, losses
from tabsynth.collapse.regimes import Regime
from tabsynth.collapse.slopes import slope_of
from tabsynth.collapse.verdict import against, answer_of
from tabsynth.config import checked_config
from tests.conftest import PEOPLE_SCHEMA, make_people

KEY = bytes(range(32))
POLICY = Policy.load("internal")


def numbered(first: int, rows: int) -> pd.DataFrame:
    return pd.DataFrame({"x": np.arange(first, first + rows)})


REAL, OLD, LAST = numbered(0, 100), numbered(1000, 100), numbered(2000, 100)


def learnt(regime: Regime) -> list[int]:
    return sorted(regime.table(REAL, [OLD, LAST], 100, np.random.default_rng(0))["x"])


def test_replace_learns_the_previous_generation_alone() -> None:
    assert learnt(Regime("replace")) == list(LAST["x"])


def test_accumulate_learns_the_real_rows_and_every_generation() -> None:
    assert learnt(Regime("accumulate")) == [*REAL["x"], *OLD["x"], *LAST["x"]]


def test_anchored_learns_its_share_of_real_rows_and_the_rest_from_the_previous_generation() -> None:
    rows = np.array(learnt(Regime("anchored", 0.3)))
    assert len(rows) == len(set(rows)) == 100
    assert (rows < 100).sum() == 30
    assert (rows >= 2000).sum() == 70


def test_regimes_are_named_and_sorted_and_a_share_that_is_none_is_refused() -> None:
    assert [regime.name for regime in regimes([0.3, 0.1, 0.3])] == [
        "replace",
        "accumulate",
        "anchored 10 %",
        "anchored 30 %",
    ]
    for share in (0.0, 1.0, -0.1, float("nan"), float("inf")):
        with pytest.raises(ConfigError, match="anchor"):
            regimes([share])


def test_seeds_of_a_regime_do_not_depend_on_the_others_tried() -> None:
    assert {regime.place for regime in regimes([0.1, 0.3])} == {(0, 0), (1, 0), (2, 100_000), (2, 300_000)}


def test_slope_by_least_squares() -> None:
    rng = np.random.default_rng(1)
    curves = rng.normal(size=(3, 6)) + 0.4 * np.arange(6)
    reference = np.mean([np.polyfit(np.arange(6), curve, 1)[0] for curve in curves])
    found = slope_of(curves, 0.95, rng)
    assert found.value == pytest.approx(reference)
    assert found.over_seeds is not None
    assert found.over_seeds.low < reference < found.over_seeds.high


def test_exact_lines_have_no_bootstrap_width_but_that_of_the_seeds() -> None:
    same = np.array([[0.0, 1.0, 2.0, 3.0]] * 2)
    assert slope_of(same, 0.95, np.random.default_rng(0)).bootstrap.low == pytest.approx(1.0)
    apart = slope_of(np.array([same[0], 3 * same[0]]), 0.95, np.random.default_rng(0))
    assert (apart.bootstrap.low, apart.bootstrap.high) == (pytest.approx(1.0), pytest.approx(3.0))
    assert slope_of(same[:1], 0.95, np.random.default_rng(0)).over_seeds is None


def covered(walks: bool) -> float:
    """Share of bootstrap intervals at 95 % that hold the true slope, 3 seeds of 5 generations."""
    rng, true, hits = np.random.default_rng(2), 0.02, []
    for _ in range(300):
        noise = rng.normal(scale=0.01, size=(3, 5))
        noise = noise.cumsum(axis=1) if walks else noise
        interval = slope_of(true * np.arange(5) + noise, 0.95, rng).bootstrap
        hits.append(interval.low <= true <= interval.high)
    return float(np.mean(hits))


def test_the_interval_holds_the_slope_as_often_as_it_says() -> None:
    assert covered(walks=False) >= 0.93


def test_it_is_a_little_narrow_where_errors_are_handed_on_from_generation_to_generation() -> None:
    assert 0.8 <= covered(walks=True) <= 0.95


def test_the_whole_interval_has_to_lie_on_one_side_of_the_tolerance() -> None:
    answers = [against(Interval(low=low, high=low + 0.02), 0.01) for low in (0.011, -0.011, 0.0)]
    assert answers == ["collapses", "holds", "cannot tell"]


def test_loss_by_hand() -> None:
    assert Curve("m", "m", "low").loss(0.7, 0.5) == pytest.approx(0.2)
    assert Curve("m", "m", "high").loss(0.7, 0.9) == pytest.approx(0.2)
    assert Curve("m", "m", "share of floor").loss(0.015, 0.02) == pytest.approx(0.25)
    assert Curve("m", "m", "share of floor").loss(0.025, 0.02) == pytest.approx(0.25)
    family = Family("f", 0.01, (Curve("a", "a", "low"), Curve("b", "b", "high"), Curve("absent", "c", "low")))
    assert family.loss({"a": 0.7, "b": 0.8}, {"a": 0.5, "b": 0.9}) == pytest.approx(0.15)
    assert family.loss({}, {}) is None


def made_up(regime: str, loss: float, seeds: int = 3) -> list[Point]:
    """Five generations that lose so much beta-recall and coverage each, with a little noise."""
    rng, found = np.random.default_rng(3), []
    for seed in range(seeds):
        for generation in range(1, 6):
            lost = loss * generation + rng.normal(scale=1e-4)
            values = {"diversity/beta-recall": 0.9 - lost, "tails/category coverage": 1 - lost}
            found.append(Point(regime=regime, seed=seed, generation=generation, values=values))
    return found


def floors(seeds: int = 3) -> list[Point]:
    values = {"diversity/beta-recall": 0.95, "tails/category coverage": 1.0}
    return [Point(regime=FLOOR, seed=seed, generation=0, values=values) for seed in range(seeds)]


def test_a_regime_collapses_where_any_family_does_and_holds_where_all_do() -> None:
    rng = np.random.default_rng(0)
    told = [*floors(), *made_up("replace", 0.03), *made_up("accumulate", 0.001)]
    fast, slow = (answer_of(told, regime, POLICY, rng) for regime in ("replace", "accumulate"))
    assert (fast.answer, slow.answer) == ("collapses", "holds")
    assert fast.families["diversity"].trend.slope == pytest.approx(0.03, abs=1e-3)
    assert fast.families["rare classes"].answer == "holds"
    assert "fidelity" not in fast.families
    assert slow.less_lost == {"diversity": 3, "rare classes": 3}
    assert answer_of(floors(), "replace", POLICY, rng).answer == "cannot tell"


def test_the_first_generation_that_a_policy_would_refuse_is_named() -> None:
    strict = POLICY.demanding({"diversity/beta-recall": 0.8}, {}, "a test")
    told = [*floors(), *made_up("replace", 0.03)]
    assert answer_of(told, "replace", strict, np.random.default_rng(0)).below_policy == {
        "diversity/beta-recall": 4
    }


def test_losses_stand_by_seed_and_generation() -> None:
    family = next(family for family in FAMILIES if family.name == "diversity")
    found = losses(family, [*made_up("replace", 0.02), *floors()], "replace")
    assert found is not None and found.shape == (3, 5)
    assert found[:, -1] == pytest.approx([0.15] * 3, abs=1e-3)
    assert losses(family, floors(), "replace") is None


PLANE = Schema(
    columns=(
        Column(name="who", kind=Kind.ID),
        Column(name="x", kind=Kind.NUMERIC, decimals=2),
        Column(name="day", kind=Kind.DATETIME),
        Column(name="c", kind=Kind.CATEGORICAL),
        Column(name="note", kind=Kind.TEXT),
    ),
    entity="who",
)


def plane(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    level = rng.choice(list("abcdef"), rows, p=[0.5, 0.2, 0.15, 0.1, 0.03, 0.02])
    return pd.DataFrame(
        {
            "who": [f"P{number}" for number in np.arange(rows) // 2],
            "x": rng.standard_t(3, rows).round(2) + (level == "a"),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, rows), unit="D"),
            "c": level,
            "note": ["secret words"] * rows,
        }
    )


def line(rows: int = 300) -> Line:
    schema = chained_schema(PLANE)
    real = canonical(plane(rows), PLANE, table="source")[list(schema.names)]
    return Line(real, schema, checked_config(generator="tree"), rows, 3, np.random.SeedSequence(5))


def test_what_is_handed_on_is_learnt_columns_and_a_key_that_tells_every_row_apart() -> None:
    assert chained_schema(PLANE).names == ("who", "x", "day", "c")
    courses = list(line().courses(regimes([0.5])))
    assert [(regime.name, generation) for regime, generation, _ in courses][:4] == [
        ("replace", 1),
        ("replace", 2),
        ("replace", 3),
        ("accumulate", 1),
    ]
    for _, _, rows in courses:
        assert list(rows) == ["who", "x", "day", "c"]
        assert rows["who"].nunique() == len(rows) == 300
    assert courses[0][2] is courses[3][2]
    assert not any(left[2].equals(right[2]) for left, right in pairwise(courses[:3]))


def test_the_same_seed_gives_the_same_courses_whatever_else_is_tried() -> None:
    alone = {generation: rows for _, generation, rows in line().courses([Regime("anchored", 0.5)])}
    among = [rows for regime, _, rows in line().courses(regimes([0.1, 0.5])) if regime.anchor == 0.5]
    assert all(alone[at + 1].equals(rows) for at, rows in enumerate(among))


def test_a_table_with_nothing_to_learn_is_refused() -> None:
    with pytest.raises(ConfigError, match="no column is learnt"):
        chained_schema(Schema(columns=(Column(name="note", kind=Kind.TEXT),)))


def test_an_engine_that_collapsed_misses_the_built_in_floors_and_its_first_generation_does_not() -> None:
    """What the floors are for: 200 people, whose copies' copies are learnt and learnt again."""
    schema = chained_schema(PEOPLE_SCHEMA)
    real, held_out = (
        canonical(make_people(rows, seed), PEOPLE_SCHEMA, table="source")[list(schema.names)]
        for rows, seed in ((200, 8), (1500, 9))
    )
    held_out = held_out.assign(person=[f"held out {number}" for number in range(len(held_out))])
    config = checked_config(generator="tree")
    repeated = Line(real, schema, config, 200, 12, np.random.SeedSequence(10))
    bench = Bench(real, held_out, schema, np.random.SeedSequence(11))
    seen = [*floors(0), *points(repeated, bench, [Regime("replace")], 0)]
    missed = answer_of(seen, "replace", POLICY, np.random.default_rng(0)).below_policy
    assert missed
    assert min(missed.values()) > 1


@pytest.fixture(scope="module")
def watched() -> Watch:
    config = checked_config(generator="tree", rows=400, seed=6)
    return watch(plane(1200), PLANE, config, KEY, regimes([0.5]), generations=3, seeds=2)


def test_a_watch_measures_every_generation_and_never_learns_the_held_out(watched: Watch) -> None:
    seen = [(point.regime, point.seed, point.generation) for point in watched.points]
    assert len(seen) == len(set(seen)) == 2 * (1 + 3 * 3)
    assert watched.setting.rows == 400
    assert 250 <= watched.setting.held_out_rows <= 470
    assert [answer.regime for answer in watched.answers] == ["replace", "accumulate", "anchored 50 %"]
    first = [
        point.model_copy(update={"regime": ""})
        for point in watched.points
        if (point.generation, point.seed) == (1, 0)
    ]
    assert first[0] == first[1] == first[2]


def test_a_watch_is_repeated_by_its_seed_and_read_back(watched: Watch) -> None:
    config = checked_config(generator="tree", rows=400, seed=6)
    alone = watch(plane(1200), PLANE, config, KEY, regimes([0.5]), generations=3, seeds=1)
    assert alone.points == watched.points[: len(alone.points)], "a further seed changes nothing of the first"
    assert Watch.model_validate_json(watched.to_bytes()) == watched
    assert b"secret" not in watched.to_bytes()


def test_page_and_picture(watched: Watch) -> None:
    told = page(watched)
    assert "anchored 50 %" in told and "two-sample AUC" in told
    assert "The source is synthetic" not in told
    of_synthetic = watched.model_copy(
        update={"setting": watched.setting.model_copy(update={"source_generation": 2})}
    )
    assert "The source is synthetic itself, of generation 2" in page(of_synthetic)
    svg = curves_picture(watched.points, "a title")
    assert svg == curves_picture(watched.points, "a title")
    assert svg.count(b"</svg>") == 1
    assert curves_picture(watched.points, "a title", "png").startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("asked", "reason"), [({"generations": 2}, "3 generations"), ({"seeds": 0}, "a seed at least")]
)
def test_too_little_to_see_a_slope_is_refused(asked: dict[str, int], reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        watch(plane(300), PLANE, checked_config(generator="tree"), KEY, regimes([0.5]), **asked)


def test_more_rows_than_there_are_is_refused() -> None:
    with pytest.raises(ConfigError, match="more rows than"):
        watch(plane(300), PLANE, checked_config(generator="tree", rows=301), KEY, regimes([0.5]))


def test_command_line(tabsynth: Callable[..., Any], tmp_path: Path) -> None:
    plane(600).to_parquet(tmp_path / "people.parquet")
    save_schema(PLANE, tmp_path / "schema.toml")
    (tmp_path / "key").write_text(KEY.hex())
    asked = ["collapse", tmp_path / "people.parquet", "--schema", tmp_path / "schema.toml"]
    asked += ["--key", tmp_path / "key", "--generator", "tree", "--generations", 3, "--seeds", 1]
    asked += ["--anchor", 0.5, "--seed", 1, "--json", "--out", tmp_path / "watch"]
    done = tabsynth(*asked)
    assert done.code == 0
    assert [answer["regime"] for answer in json.loads(done.data)["answers"]][-1] == "anchored 50 %"
    written = {path.name for path in (tmp_path / "watch").iterdir()}
    assert written == {"collapse.json", "collapse.md", "collapse.svg", "collapse.png"}
    assert tabsynth(*asked).code == 2
    assert "anchor" in tabsynth(*asked[:-1], tmp_path / "other", "--anchor", 2).talk
