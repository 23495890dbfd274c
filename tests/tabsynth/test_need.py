"""The need: read, refused where it contradicts itself, and held against the people there are."""

import pandas as pd
import pytest

from privacy import ConfigError, canonical
from tabsynth.config import checked_config
from tabsynth.need import Need, Segment, standings, thin_levels

OLD = Segment(name="old", where="age >= 65", share=0.5)
YOUNG = Segment(name="young", where="age < 30", rows=200)


def test_sizes_become_shares_of_the_table():
    need = Need(segments=(OLD, YOUNG, Segment(name="smokers", where="smoker")))
    assert need.shares(1000) == {"age >= 65": 0.5, "age < 30": 0.2}
    with pytest.raises(ConfigError, match="more than the 300 rows"):
        need.shares(300)


def test_rows_of_all_segments_are_the_rows_of_the_table():
    old = Segment(name="old", where="age >= 65", rows=100)
    assert Need(segments=(old, YOUNG)).rows(None) == 300
    assert Need(segments=(old, YOUNG)).rows(1000) == 1000
    assert Need(segments=(OLD, YOUNG)).rows(None) is None
    assert Need().rows(None) is None


@pytest.mark.parametrize(
    ("segments", "said"),
    [
        ([{"name": "a", "where": "x = 1", "share": 0.5, "rows": 3}], "both a share and rows"),
        ([{"name": "a", "where": "x = 1"}, {"name": "a", "where": "x = 2"}], "the same name"),
        ([{"name": "a", "where": "x = 1"}, {"name": "b", "where": "x = 1"}], "the same where"),
        (
            [{"name": "a", "where": "x = 1", "share": 0.7}, {"name": "b", "where": "x = 2", "share": 0.4}],
            "sum to 110",
        ),
        ([{"name": "a", "where": "x = 1", "share": 1.5}], "share"),
        ([{"name": "a", "where": "x = 1", "rows": 0}], "rows"),
        ([{"name": "a"}], "where"),
        ([{"name": "", "where": "x = 1"}], "name"),
        ([{"name": "a", "where": "x = 1", "shre": 0.5}], "shre"),
    ],
)
def test_a_need_that_contradicts_itself_is_refused_on_one_line(segments, said):
    with pytest.raises(ConfigError, match=said) as caught:
        checked_config(need={"segments": segments})
    assert "\n" not in str(caught.value)


def test_the_tier_decides_on_the_policy_where_none_is_named():
    assert checked_config(need={"tier": "public"}).policy == "public"
    assert checked_config(need={"tier": "public"}, policy="mine.toml").policy == "mine.toml"
    assert checked_config(need={}).policy == "controlled"
    with pytest.raises(ConfigError, match="tier is public and the policy internal"):
        checked_config(need={"tier": "public"}, policy="internal")


def table(people_schema, **columns):
    rows = len(next(iter(columns.values())))
    whole = {
        "person": [f"P{n}" for n in range(rows)],
        "age": [40] * rows,
        "sex": ["female"] * rows,
        "area": ["A00"] * rows,
        "admitted": pd.Timestamp("2020-01-01"),
        "diagnosis": ["D00"] * rows,
        "smoker": [False] * rows,
        "cost": [1.0] * rows,
    }
    return canonical(pd.DataFrame({**whole, **columns}), people_schema, table="source")


def test_what_rests_on_how_many_persons(people_schema):
    """200 rows: 120 of 120 persons aged 70, 60 of 20 persons aged 50, 20 of 5 persons aged 20."""
    frame = table(
        people_schema,
        person=[f"P{n}" for n in range(120)]
        + [f"Q{n % 20}" for n in range(60)]
        + [f"R{n % 5}" for n in range(20)],
        age=[70] * 120 + [50] * 60 + [20] * 20,
    )
    need = Need(
        segments=(
            Segment(name="old", where="age > 60", share=0.5),
            Segment(name="middle", where="age = 50", rows=300),
            Segment(name="young", where="age < 30"),
        )
    )
    old, middle, young = standings(frame, people_schema, need, rows=1000, least=10)
    assert (old.persons, old.rows, old.wanted) == (120, 120, 500)
    assert old.line() == ("old", "120", "60.00%", "500", "4.2", "can be learnt")
    assert middle.line()[1:5] == ("20", "30.00%", "300", "15.0")
    assert middle.verdict.startswith("thin")
    assert not young.can_be_learnt
    assert young.line() == (
        "young",
        "fewer than 11",
        "–",
        "as they are",
        "–",
        "invention: fewer than 10 persons",
    )
    assert middle.sentence().startswith("segment middle: 300 rows rest on about 20 persons; thin")
    assert "5" not in young.sentence().replace("10", "").replace("11", ""), "a small number is not told"


@pytest.mark.parametrize(
    ("persons", "verdict"),
    [
        (9, "invention"),
        (22, "at the edge: 60 % of them"),
        (30, "thin"),
        (160, "thin"),
        (180, "can be"),
    ],
)
def test_of_a_source_only_those_count_who_will_be_learnt_from(people_schema, persons, verdict):
    """Six in ten of 22 persons are fewer than ten once in 18 draws, of 30 persons once in 1,200."""
    frame = table(people_schema, person=[f"P{n}" for n in range(persons)], age=[70] * persons)
    need = Need(segments=(Segment(name="old", where="age > 60"),))
    (old,) = standings(frame, people_schema, need, rows=100, least=10, learnt=0.6)
    assert old.verdict.startswith(verdict)


def test_a_condition_that_cannot_be_read_names_its_segment(people_schema):
    need = Need(segments=(Segment(name="odd", where="nothing = 1"),))
    with pytest.raises(ConfigError, match="segment odd"):
        standings(table(people_schema, age=[1, 2]), people_schema, need, rows=10, least=10)


def test_thin_levels_are_counted_and_not_named(people_schema):
    """Areas of 150, 50 and 5 persons, the last two thin, the last pooled; rows of one person count once."""
    frame = table(
        people_schema,
        person=[f"P{n}" for n in range(150)]
        + [f"Q{n}" for n in range(50)]
        + [f"R{n % 5}" for n in range(200)],
        area=["A00"] * 150 + ["A01"] * 50 + ["SECRET"] * 200,
    )
    (area,) = (each for each in thin_levels(frame, people_schema, least=10) if each.column == "area")
    assert (area.levels, area.thin, area.pooled) == (3, 2, 1)
    assert "SECRET" not in " ".join(area.line())


@pytest.mark.parametrize(
    ("need", "said"),
    [
        ({"at_least": {"shapes, mean": 0.1}}, r"need\.at_least: .*nearest is shapes/column distance, mean"),
        (
            {"at_most": {"classifier/clasifier two-sample test, AUC": 0.6}},
            r"need\.at_most: .*nearest is classifier/classifier two-sample test, AUC",
        ),
        ({"at_least": {"use/score of what was learnt": 0.6}}, "only measured where target names"),
    ],
)
def test_a_floor_under_what_nobody_measures_is_refused(need, said):
    with pytest.raises(ConfigError, match=said):
        checked_config(need=need)
