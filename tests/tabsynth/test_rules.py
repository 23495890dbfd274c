"""Rules: what each of them means, what they learn, what is refused, and that the sieve loses no row."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from privacy import Column, ConfigError, Kind, Role, Schema
from tabsynth.encode.persons import Persons
from tabsynth.rules import (
    Function,
    Rule,
    Sieve,
    checked_rules,
    require_sound,
    require_true,
    rules_from_json,
    rules_to_json,
)
from tabsynth.rules.derivation import in_order, with_derived

DAY = 86400.0
GAP = np.nan
SCHEMA = Schema(
    columns=(
        Column(name="key", kind=Kind.ID, role=Role.IDENTIFIER),
        Column(name="a", kind=Kind.NUMERIC),
        Column(name="b", kind=Kind.NUMERIC, decimals=2),
        Column(name="c", kind=Kind.NUMERIC, decimals=2),
        Column(name="in", kind=Kind.DATETIME),
        Column(name="out", kind=Kind.DATETIME),
        Column(name="zip", kind=Kind.CATEGORICAL),
        Column(name="city", kind=Kind.CATEGORICAL),
        Column(name="dead", kind=Kind.BOOLEAN),
        Column(name="bounded", kind=Kind.NUMERIC, minimum=0, maximum=10),
    ),
)


def rule(**fields: Any) -> Rule:
    return checked_rules([fields])[0]


def frame(**columns: list[Any]) -> pd.DataFrame:
    kinds = {name: SCHEMA[name].kind in (Kind.NUMERIC, Kind.DATETIME) for name in columns}
    return pd.DataFrame(
        {name: pd.Series(cells, dtype=float if kinds[name] else object) for name, cells in columns.items()}
    )


def learnt(one: Rule, table: pd.DataFrame, least: int = 1) -> Rule:
    return one.learnt(table, Persons.of(np.arange(len(table))), least)


@pytest.mark.parametrize(
    ("fields", "columns", "valid"),
    [
        ({"rule": "range", "column": "a", "minimum": 0}, {"a": [-1, 0, 5, GAP]}, [0, 1, 1, 1]),
        ({"rule": "range", "column": "a", "minimum": 0, "maximum": 4}, {"a": [-1, 0, 4, 5]}, [0, 1, 1, 0]),
        (
            {"rule": "range", "column": "in", "maximum": date(1970, 1, 2)},
            {"in": [0, DAY, DAY + 1, GAP]},
            [1, 1, 0, 1],
        ),
        (
            {"rule": "order", "columns": ["in", "out"]},
            {"in": [1, 2, 3, GAP], "out": [1, 3, 2, 0]},
            [1, 1, 0, 1],
        ),
        ({"rule": "order", "columns": ["a", "b"], "strict": True}, {"a": [1, 1], "b": [1, 2]}, [0, 1]),
        # the gap in the middle does not hide that the ends are in the wrong order
        (
            {"rule": "order", "columns": ["a", "b", "c"]},
            {"a": [1, 5, GAP], "b": [2, GAP, 3], "c": [3, 4, 2]},
            [1, 0, 0],
        ),
        ({"rule": "equal", "columns": ["a", "b"]}, {"a": [1, 1, GAP], "b": [1, 2, 3]}, [1, 0, 1]),
        (
            {"rule": "equal", "columns": ["zip", "city"]},
            {"zip": ["x", "x", None], "city": ["x", "y", "z"]},
            [1, 0, 1],
        ),
        # 0.1 + 0.2 is not 0.3 in floats, and is meant to be
        (
            {"rule": "sum", "parts": ["a", "b"], "total": "c"},
            {"a": [0.1, 1, GAP], "b": [0.2, 1, 1], "c": [0.3, 3, 9]},
            [1, 0, 1],
        ),
        (
            {"rule": "sum", "parts": ["a", "b"], "total": "c", "tolerance": 1},
            {"a": [1, 1], "b": [1, 1], "c": [3, 3.1]},
            [1, 0],
        ),
        (
            {"rule": "missing", "column": "out", "when": "dead = FALSE"},
            {"out": [GAP, 1, GAP, 1, GAP], "dead": ["false", "false", "true", "true", None]},
            [1, 0, 0, 1, 1],
        ),
        (
            {"rule": "missing", "column": "out", "when": "dead = FALSE", "exactly": False},
            {"out": [GAP, 1, GAP], "dead": ["false", "false", "true"]},
            [1, 0, 1],
        ),
        (
            {
                "rule": "fixed_combinations",
                "columns": ["zip", "dead"],
                "allowed": [["x", True], ["y", False]],
            },
            {"zip": ["x", "x", "y", None], "dead": ["true", "false", "false", "true"]},
            [1, 0, 1, 0],
        ),
        ({"rule": "unique", "columns": ["a"]}, {"a": [1, 2, 1, GAP, GAP]}, [1, 1, 0, 1, 1]),
        ({"rule": "unique", "columns": ["a", "zip"]}, {"a": [1, 1, 1], "zip": ["x", "y", "x"]}, [1, 1, 0]),
        (
            {"rule": "pattern", "column": "zip", "pattern": r"\d{2}"},
            {"zip": ["12", "123", "x", None]},
            [1, 0, 0, 1],
        ),
        # an alternative is no way around the ends
        (
            {"rule": "pattern", "column": "zip", "pattern": "a|b"},
            {"zip": ["a", "b", "ax", "xb"]},
            [1, 1, 0, 0],
        ),
    ],
)
def test_what_a_rule_means(fields: dict[str, Any], columns: dict[str, list[Any]], valid: list[int]) -> None:
    stated = rule(**fields)
    require_sound([stated], SCHEMA)
    assert stated.valid(frame(**columns), SCHEMA).tolist() == [bool(each) for each in valid]
    condition = stated.condition(SCHEMA)
    if condition is not None:
        assert condition.mask(frame(**columns)).tolist() == [bool(each) for each in valid]


class TestLearning:
    """What a rule learns rests on persons, is kept in the model file, and is told to nobody."""

    table = frame(
        zip=["z1"] * 12 + ["z2"] * 11 + ["z3"] * 3, city=["Aville"] * 12 + ["Btown"] * 11 + ["Ctown"] * 3
    )

    def test_combinations_of_few_persons_are_not_allowed(self) -> None:
        stated = learnt(rule(rule="fixed_combinations", columns=["zip", "city"]), self.table, least=10)
        asked = frame(zip=["z1", "z1", "z2", "z3"], city=["Aville", "Btown", "Btown", "Ctown"])
        assert stated.valid(asked, SCHEMA).tolist() == [True, False, True, False]

    def test_rows_of_one_person_count_once(self) -> None:
        of_two = Persons.of(np.array([0] * 12 + [1] * 14))
        stated = rule(rule="fixed_combinations", columns=["zip", "city"]).learnt(self.table, of_two, 2)
        assert not stated.valid(self.table, SCHEMA).any()

    def test_a_dependency_computes_what_most_persons_have(self) -> None:
        """The pool of rare postcodes has several towns; one of them stands for it, or the rule would be broken."""
        pooled = self.table.assign(zip=["other"] * 26)
        stated = learnt(rule(rule="dependency", given=["zip"], gives="city"), pooled)
        drawn = frame(zip=["other", "other", "new", None], city=["Btown", None, "Btown", "Ctown"])
        computed = with_derived(drawn, in_order([stated]), SCHEMA)
        assert computed["city"].tolist() == ["Aville", None, "Btown", "Ctown"]
        assert stated.valid(computed, SCHEMA).tolist() == [True, True, False, True]

    def test_a_dependency_gives_numbers_too(self) -> None:
        table = frame(zip=["x", "x", "y"], a=[1.5, 1.5, 7])
        stated = learnt(rule(rule="dependency", given=["zip"], gives="a"), table)
        assert with_derived(frame(zip=["y", "x"], a=[0, 0]), [stated], SCHEMA)["a"].tolist() == [7, 1.5]

    def test_missing_by_a_column(self) -> None:
        table = frame(dead=["true"] * 5 + ["false"] * 5 + [None], out=[1.0] * 5 + [GAP] * 6)
        stated = learnt(rule(rule="missing", column="out", by="dead"), table)
        asked = frame(dead=["true", "true", "false", "false", None, None], out=[1, GAP, 1, GAP, 1, GAP])
        assert stated.valid(asked, SCHEMA).tolist() == [True, False, False, True, False, True]

    def test_kept_whole_and_told_to_nobody(self) -> None:
        stated = [
            rule(rule="fixed_combinations", columns=["zip", "city"]),
            rule(rule="dependency", given=["zip"], gives="city"),
            rule(rule="missing", column="city", by="zip"),
            rule(rule="range", column="in", minimum=date(2020, 1, 1)),
        ]
        knowing = [learnt(each, self.table) for each in stated]
        kept = rules_from_json(rules_to_json(knowing))
        assert kept[:3] == tuple(knowing[:3])
        assert [each.text() for each in kept] == [each.text() for each in stated]
        assert [each.is_learnt for each in knowing] == [True, True, True, False]
        told = " ".join(each.text() for each in knowing)
        assert not any(value in told for value in ("z1", "Aville", "Btown"))

    def test_false_on_real_rows(self) -> None:
        """A dependency is broken by those of a postcode who live elsewhere than most."""
        stated = rule(rule="dependency", given=["zip"], gives="city")
        require_true([stated], self.table, SCHEMA)
        with pytest.raises(ConfigError, match=r"false on fewer than 11 of 26 real rows"):
            require_true([stated], self.table.assign(zip=["z1"] * 15 + ["z2"] * 11), SCHEMA)
        with pytest.raises(ConfigError, match=r"false on 14 of 26 real rows"):
            require_true([stated], self.table.assign(zip="z1"), SCHEMA)

    def test_many_rows_of_few_persons_are_not_told(self) -> None:
        schema = Schema(columns=SCHEMA.columns, entity="key")
        table = frame(a=[-1] * 50).assign(key=["one"] * 50)
        with pytest.raises(ConfigError, match=r"false on fewer than 11 of 50 real rows"):
            require_true([rule(rule="range", column="a", minimum=0)], table, schema)


def order(*columns: str, strict: bool = False) -> dict[str, Any]:
    return {"rule": "order", "columns": list(columns), "strict": strict}


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        ([{"rule": "range", "column": "a"}], "state a minimum, a maximum or both"),
        ([{"rule": "range", "column": "a", "minimum": 2, "maximum": 1}], "minimum is above maximum"),
        ([{"rule": "range", "column": "a", "minimum": float("nan")}], "no number"),
        (
            [{"rule": "range", "column": "in", "minimum": "2020-13-45"}],
            "minimum: is neither a number nor a date",
        ),
        ([{"rule": "range", "column": "a", "minimum": date(2020, 1, 1)}], "write a number"),
        ([{"rule": "range", "column": "in", "minimum": 1}], "write a date"),
        ([{"rule": "range", "column": "zip", "minimum": 1}], 'the column "zip" is categorical'),
        ([{"rule": "range", "column": "nowhere", "minimum": 1}], 'no column "nowhere"'),
        ([{"rule": "range", "column": "key", "minimum": 1}], "not learnt"),
        ([{"rule": "range", "column": "a", "minimum": 1, "most": 2}], "no such key"),
        ([{"rule": "nonsense"}], "says not which rule it is"),
        ([{"column": "a"}], "says not which rule it is"),
        ([3], "rule 1"),
        (3, "are no list"),
        ([order("a")], "too short"),
        ([order("a", "a")], "named twice"),
        ([order("a", "in")], "compares dates with numbers"),
        ([order("a", "b"), order("a", "b")], "stands there twice"),
        ([order("a", "b", strict=True), order("b", "a", strict=True)], "less than itself"),
        (
            [order("a", "b", strict=True), order("b", "c"), {"rule": "equal", "columns": ["c", "a"]}],
            "less than itself",
        ),
        (
            [
                {"rule": "range", "column": "a", "minimum": 5},
                {"rule": "range", "column": "c", "maximum": 4},
                order("a", "b", "c"),
            ],
            "no value of the column",
        ),
        ([{"rule": "range", "column": "bounded", "minimum": 11}], "no value of the column"),
        (
            [{"rule": "range", "column": "a", "minimum": 10}, order("a", "bounded", strict=True)],
            "no value of the",
        ),
        ([{"rule": "equal", "columns": ["a", "zip"]}], "columns of one kind"),
        ([{"rule": "sum", "parts": ["a", "zip"], "total": "c"}], "categorical"),
        ([{"rule": "sum", "parts": ["a", "c"], "total": "c"}], "named twice"),
        ([{"rule": "pattern", "column": "zip", "pattern": "(("}], "not a regular expression"),
        ([{"rule": "pattern", "column": "zip", "pattern": "a)|(b"}], "not a regular expression"),
        ([{"rule": "pattern", "column": "a", "pattern": "a"}], "numeric"),
        ([{"rule": "missing", "column": "a"}], "state either when"),
        ([{"rule": "missing", "column": "a", "when": "b = 1", "by": "zip"}], "state either when"),
        ([{"rule": "missing", "column": "a", "when": "nowhere = 1"}], "no column"),
        ([{"rule": "missing", "column": "a", "when": "b = ("}], "not valid SQL"),
        ([{"rule": "missing", "column": "a", "by": "b"}], "numeric"),
        ([{"rule": "dependency", "given": ["in"], "gives": "zip"}], "datetime"),
        (
            [{"rule": "fixed_combinations", "columns": ["zip", "city"], "allowed": [["x"]]}],
            "not as many values",
        ),
        ([{"rule": "fixed_combinations", "columns": ["zip", "city"], "allowed": [["x", 1]]}], "write texts"),
        (
            [{"rule": "fixed_combinations", "columns": ["zip", "city"], "seen": [["x", "y"]]}],
            "learnt, not declared",
        ),
        ([{"rule": "function", "name": "f", "columns": ["a"], "function": "f"}], "in Python only"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(rules: Any, why: str) -> None:
    with pytest.raises(ConfigError) as refused:
        require_sound(checked_rules(rules), SCHEMA)
    assert why in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_may_be_meant_is_not_refused() -> None:
    """Orders in a circle without a strict one say that columns are equal; rules may share columns."""
    require_sound(checked_rules([order("a", "b"), order("b", "a"), order("b", "c", strict=True)]), SCHEMA)


class TestFunctions:
    """Rules in Python: called with the types that users know, and never trusted."""

    def test_sees_dates_and_truth_values(self) -> None:
        def not_dead_before_1971(asked: pd.DataFrame) -> Any:
            return ~asked["dead"] | (asked["out"] >= pd.Timestamp("1971-01-01"))

        stated = Function(name="late", columns=("dead", "out"), function=not_dead_before_1971)
        asked = frame(dead=["true", "true", "false", None], out=[0, 400 * DAY, 0, 0])
        assert stated.valid(asked, SCHEMA).tolist() == [False, True, True, True]

    def test_what_goes_wrong_is_said_without_values(self) -> None:
        def raising(asked: pd.DataFrame) -> Any:
            raise ValueError(f"secret {asked.iloc[0, 0]}")

        for function, why in ((raising, "failed with ValueError"), (lambda asked: [True], "answers 1 times")):
            with pytest.raises(ConfigError, match=why) as refused:
                Function(name="f", columns=("zip",), function=function).valid(frame(zip=["s", "t"]), SCHEMA)
            assert "secret" not in str(refused.value)

    def test_goes_into_no_file(self) -> None:
        with pytest.raises(ConfigError, match="no model file"):
            rules_to_json([Function(name="f", columns=("a",), function=len)])


class TestDerivation:
    """Each column is computed by one rule, after those it is computed from."""

    def test_in_the_order_of_need(self) -> None:
        stated = checked_rules(
            [
                {"rule": "equal", "columns": ["c", "bounded"]},
                {"rule": "sum", "parts": ["a", "b"], "total": "c"},
            ]
        )
        computed = with_derived(frame(a=[1.004], b=[2], c=[0], bounded=[0]), in_order(stated), SCHEMA)
        assert computed[["c", "bounded"]].to_numpy().tolist() == [[3.0, 3.0]]

    def test_a_second_rule_for_a_column_and_a_circle_only_check(self) -> None:
        stated = checked_rules(
            [
                {"rule": "dependency", "given": ["zip"], "gives": "city"},
                {"rule": "dependency", "given": ["dead"], "gives": "city"},
                {"rule": "dependency", "given": ["city"], "gives": "zip"},
            ]
        )
        assert in_order(stated) == [stated[0]]

    def test_a_gap_is_no_number(self) -> None:
        stated = checked_rules([{"rule": "sum", "parts": ["a", "b"], "total": "c"}])
        drawn = frame(a=[1, 1, GAP], b=[1, 1, 1], c=[7, GAP, 7])
        assert with_derived(drawn, in_order(stated), SCHEMA)["c"].fillna(-1).tolist() == [2, -1, 7]


CELLS = st.one_of(st.none(), st.integers(0, 4))
FRAMES = st.lists(st.lists(st.tuples(CELLS, CELLS), max_size=8), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(FRAMES, st.integers(0, 20))
def test_the_sieve_loses_no_row(drawn: list[list[tuple[int | None, int | None]]], most: int) -> None:
    """Against a row-by-row reference: which rows pass, which rule counts for each, and where it stops."""
    rules = checked_rules(
        [
            {"rule": "unique", "columns": ["a", "b"]},
            {"rule": "range", "column": "a", "maximum": 3},
            {"rule": "order", "columns": ["a", "b"]},
        ]
    )
    sieve, passed = Sieve(rules, SCHEMA), []
    expected, cut, came, seen = [], [0, 0, 0], count(), set()
    for rows in drawn:
        table = frame(
            a=[GAP if a is None else a for a, _ in rows], b=[GAP if b is None else b for _, b in rows]
        )
        passed += sieve.through(table, most - len(passed)).to_numpy().tolist()
        for a, b in rows:
            if len(expected) == most:
                break
            next(came)
            if a is not None and a > 3:
                cut[1] += 1
            elif a is not None and b is not None and a > b:
                cut[2] += 1
            elif a is not None and b is not None and (a, b) in seen:
                cut[0] += 1
            else:
                seen.add((a, b))
                expected.append([a, b])
    got = [[None if np.isnan(cell) else cell for cell in row] for row in passed]
    assert got == expected
    assert [each for _, each in sieve.cuts.by_rule] == [cut[1], cut[2], cut[0]]
    assert sieve.cuts.rows_in == next(came) == sieve.cuts.rows_out + sum(cut)
    assert sieve.cuts.rows_out == len(expected)


def test_rows_not_held_leave_their_values_free() -> None:
    sieve = Sieve(checked_rules([{"rule": "unique", "columns": ["a"]}]), SCHEMA)
    pool = sieve.through(frame(a=[1, 2, 3]), 3)
    sieve.hold(pool.iloc[[0]])
    assert sieve.through(frame(a=[1, 2, 3]), 3)["a"].tolist() == [2, 3]
