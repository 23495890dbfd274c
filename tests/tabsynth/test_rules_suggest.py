"""Suggestions: what a table follows is found, what holds by chance is not, and no value is told."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from privacy import Column, Kind, Role, Schema, canonical, guess_schema, save_schema
from tabsynth.rules import checked_rules, require_sound, require_true, rules_text
from tabsynth.rules.suggest import lines, suggestions

WORDS = np.array([f"word{number:03d}" for number in range(400)], object)


def schema_of(frame: pd.DataFrame, entity: str | None = None) -> Schema:
    def column(name: str) -> Column:
        cells = frame[name]
        if name == entity:
            return Column(name=name, kind=Kind.ID, role=Role.IDENTIFIER)
        if cells.dtype.kind == "M":
            return Column(name=name, kind=Kind.DATETIME)
        if cells.dtype.kind in "if":
            return Column(name=name, kind=Kind.NUMERIC, decimals=0 if (cells.dropna() % 1 == 0).all() else 2)
        return Column(name=name, kind=Kind.CATEGORICAL)

    return Schema(columns=tuple(column(name) for name in frame), entity=entity)


def found_in(frame: pd.DataFrame, entity: str | None = None) -> dict[str, str]:
    """Text of each suggestion -> its support in words."""
    schema = schema_of(frame, entity)
    return {
        text: told for _, told, text in lines(suggestions(canonical(frame, schema, table="source"), schema))
    }


def planted(rows: int = 3000, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    first = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, rows), unit="D")
    place, one, two, three = rng.integers(0, 60, rows), *rng.gamma(2, 50, (3, rows)).round(2)
    frame = pd.DataFrame(
        {
            "admitted": first,
            "discharged": first + pd.to_timedelta(rng.integers(0, 60, rows), unit="D"),
            "zip": WORDS[place],
            "city": WORDS[100 + place // 3],
            "state": WORDS[200 + place // 15],
            "one": one,
            "two": two,
            "three": three,
            "all": (one + two + three).round(2),
            "copy": one,
            "sex": rng.choice(WORDS[300:302], rows),
            "ward": "",
            "parity": rng.integers(0, 9, rows).astype(float),
        }
    )
    frame["discharged"] = frame["discharged"].where(rng.random(rows) < 0.9)
    frame["ward"] = np.where(
        frame["sex"] == WORDS[300], rng.choice(WORDS[310:314], rows), rng.choice(WORDS[320:324], rows)
    )
    frame.loc[frame["sex"] == WORDS[301], "parity"] = np.nan
    frame["weight"] = np.where(frame["parity"].isna(), np.nan, rng.normal(3000, 500, rows).round())
    return frame


@pytest.fixture(scope="module")
def found() -> dict[str, str]:
    return found_in(planted())


@pytest.mark.parametrize(
    "text",
    [
        '"admitted" <= "discharged"',
        '"zip" decides "city"',
        '"city" decides "state"',
        '"one" = "copy"',
        '"one" + "two" + "three" = "all"',
        '"weight" is missing exactly when "parity" IS NULL',
        '"sex" decides whether "parity" is missing',
        '"ward" decides "sex"',
    ],
)
def test_what_was_planted_is_found(found: dict[str, str], text: str) -> None:
    assert text in found


def test_what_follows_from_others_is_left_out(found: dict[str, str]) -> None:
    assert '"zip" decides "state"' not in found
    assert '"copy" + "two" + "three" = "all"' not in found
    assert not any("copy" in text and text != '"one" = "copy"' for text in found)


def test_the_support_is_of_rows_that_could_break_the_rule(found: dict[str, str]) -> None:
    known = int(planted()["discharged"].notna().sum())
    assert found['"admitted" <= "discharged"'] == f"all {known:,} rows"


def test_no_value_is_told() -> None:
    """Neither on the screen nor in the file; and the file is one that may be used as it is."""
    frame = planted()
    schema = schema_of(frame)
    table = canonical(frame, schema, table="source")
    every = suggestions(table, schema)
    text = rules_text([(each.rule, each.told) for each in every])
    assert "word" not in text + str(lines(every))
    import tomllib

    rules = checked_rules(tomllib.loads(text)["rules"])
    assert rules == tuple(each.rule for each in every)
    require_sound(rules, schema)
    require_true(rules, table, schema)


def test_errors_in_an_order_are_told_and_small_counts_not() -> None:
    frame = planted(20_000)
    for wrong, told in ((3, "all but fewer than 11 of"), (15, "all but 15 of")):
        rows = frame.index[frame["discharged"].notna()][:wrong]
        odd = frame.assign(
            discharged=frame["discharged"].where(~frame.index.isin(rows), pd.Timestamp("2019-01-01"))
        )
        assert found_in(odd)['"admitted" <= "discharged"'].startswith(told)


def test_two_columns_that_decide_a_third_together() -> None:
    rng = np.random.default_rng(0)
    origin, dest = rng.integers(0, 12, (2, 4000))
    table = rng.integers(100, 3000, (12, 12))
    frame = pd.DataFrame({"origin": WORDS[origin], "dest": WORDS[50 + dest], "miles": table[origin, dest]})
    assert '"origin", "dest" decide "miles"' in found_in(frame)


def test_a_sum_of_cents_that_were_rounded() -> None:
    rng = np.random.default_rng(0)
    one, two = rng.gamma(2, 50, (2, 2000))
    frame = pd.DataFrame({"one": one.round(2), "two": two.round(2), "both": (one + two).round(2)})
    assert '"one" + "two" = "both", within 0.01' in found_in(frame)


def test_a_very_large_column_hides_no_sum_and_costs_no_time() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({f"n{at}": rng.integers(0, 100, 3000) for at in range(30)})
    frame["debt"] = rng.integers(10**11, 10**12, 3000)
    frame["almost"] = frame["debt"] + rng.integers(0, 3, 3000)
    frame["sum"] = frame["n0"] + frame["n1"]
    began = time.process_time()
    assert '"n0" + "n1" = "sum"' in found_in(frame)
    assert time.process_time() - began < 30


def test_gaps_within_gaps() -> None:
    rng = np.random.default_rng(0)
    left = rng.random(2000) < 0.6
    frame = pd.DataFrame(
        {"late": np.where(left, rng.random(2000).round(2), np.nan), "x": rng.random(2000).round(2)}
    )
    frame["later"] = frame["late"].where(rng.random(2000) < 0.7)
    assert '"later" is missing when "late" IS NULL' in found_in(frame)


def test_combinations_that_never_occur_and_values_that_never_repeat() -> None:
    rng = np.random.default_rng(0)
    side = rng.integers(0, 2, 3000)
    frame = pd.DataFrame(
        {
            "kind": WORDS[side * 10 + rng.integers(0, 5, 3000)],
            "part": WORDS[100 + side * 10 + rng.integers(0, 5, 3000)],
            "number": rng.permutation(3000),
            "room": rng.permutation(np.arange(3000) % 100),
        }
    )
    frame["bed"] = frame.groupby("room").cumcount()
    found = found_in(frame)
    assert '"kind", "part" occur only in combinations of the source' in found
    assert 'no two rows are equal in "number"' in found
    assert 'no two rows are equal in "room" and "bed" together' in found


def test_rows_of_one_person_are_no_evidence() -> None:
    """Two attributes of a person are equal on all rows of the person: with a key that says nothing of others."""
    rng = np.random.default_rng(0)
    people = rng.integers(0, 150, 6000)
    frame = pd.DataFrame(
        {"key": [f"P{number}" for number in people], "birthplace": WORDS[people], "height": 150 + people % 7}
    )
    assert '"birthplace" decides "height"' in found_in(frame.drop(columns="key"))
    assert '"birthplace" decides "height"' not in found_in(frame, entity="key")


def independent(seed: int, rows: int) -> pd.DataFrame:
    """Columns that have nothing to do with each other, some with few values, gaps, or many zeros."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({f"n{at}": rng.gamma(1 + at, 20, rows).round(2) for at in range(6)})
    for at, size in enumerate((2, 3, 10, 60, 300)):
        frame[f"w{at}"] = WORDS[rng.zipf(1.5, rows) % size]
        frame[f"i{at}"] = rng.integers(0, size * 3, rows)
    frame["zeros"] = np.where(rng.random(rows) < 0.98, 0, rng.integers(1, 9, rows))
    frame["gaps"] = np.where(rng.random(rows) < 0.5, np.nan, rng.integers(0, 99, rows))
    frame["rare"] = np.where(rng.random(rows) < 0.99, np.nan, rng.integers(0, 9, rows))
    frame["day"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, rows), unit="D")
    return frame


@pytest.mark.parametrize("rows", [60, 300, 2000])
def test_nothing_is_found_where_nothing_is(rows: int) -> None:
    false = [text for seed in range(15) for text in found_in(independent(seed, rows))]
    assert false == []


def test_tables_with_next_to_nothing_in_them() -> None:
    assert found_in(pd.DataFrame({"a": [1, 2]})) == {}
    assert found_in(pd.DataFrame({"a": [1, 1, 1], "b": [np.nan] * 3, "c": [None, None, None]})) == {}


def test_command(tabsynth: Callable[..., Any], tmp_path: Path) -> None:
    frame = planted()
    frame.to_parquet(tmp_path / "source.parquet")
    save_schema(schema_of(frame), tmp_path / "schema.toml")
    source = (tmp_path / "source.parquet", "--schema", tmp_path / "schema.toml")
    done = tabsynth("rules", *source, "--out", tmp_path / "rules.toml")
    assert done.code == 0
    assert '"zip" decides "city"' in done.data
    assert "word" not in done.data + done.talk + (tmp_path / "rules.toml").read_text()
    made = (
        "--generator",
        "copula",
        "--seed",
        1,
        "--rules",
        tmp_path / "rules.toml",
        "--out",
        tmp_path / "model",
    )
    assert tabsynth("fit", *source, *made).code == 0
    told = tabsynth("rules", *source, "--json")
    assert '"support"' in told.data
    assert "word" not in told.data


def test_hostile_names_stay_names(tabsynth: Callable[..., Any], tmp_path: Path) -> None:
    name = 'b"]\n\x1b[31m<script>'
    planted().rename(columns={"discharged": name, "parity": f"{name}'; --"}).to_csv(
        tmp_path / "s.csv", index=False
    )
    done = tabsynth("rules", tmp_path / "s.csv", "--out", tmp_path / "rules.toml")
    assert done.code == 0
    assert "\x1b" not in done.data + done.talk
    assert "<script>" in done.data
    model = (
        "--generator",
        "copula",
        "--seed",
        1,
        "--rules",
        tmp_path / "rules.toml",
        "--out",
        tmp_path / "model",
    )
    assert tabsynth("fit", tmp_path / "s.csv", *model).code == 0
    told = tabsynth("sample", tmp_path / "model", "--rows", 200, "--out", tmp_path / "rows.parquet")
    assert told.code == 0
    assert "\x1b" not in told.talk


def test_command_refuses(tabsynth: Callable[..., Any], tmp_path: Path) -> None:
    assert tabsynth("rules", tmp_path / "nothing.parquet").code == 2
    planted(50).to_parquet(tmp_path / "source.parquet")
    assert tabsynth("rules", tmp_path / "source.parquet", "--out", tmp_path / "no" / "rules.toml").code == 2


@pytest.mark.slow
def test_a_wide_table_takes_seconds() -> None:
    rng = np.random.default_rng(0)
    numbers = {f"n{at}": rng.gamma(2, 100, 50_000).round(2) for at in range(25)}
    words = {f"w{at}": WORDS[rng.integers(0, 5 + 8 * at, 50_000)] for at in range(25)}
    frame = pd.DataFrame(numbers | words)
    schema = guess_schema(frame)[0]
    table = canonical(frame, schema, table="source")
    began = time.process_time()
    suggestions(table, schema)
    assert time.process_time() - began < 40
