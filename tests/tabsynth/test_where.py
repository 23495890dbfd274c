"""`--where`: SQL's answers, as sqlite gives them, for what is on the list; a refusal by name for the rest."""

from __future__ import annotations

import sqlite3

import numpy as np
import pandas as pd
import pytest

from privacy import Column, ConfigError, Kind, Role, Schema
from tabsynth.encode import Encoder
from tabsynth.where import allowed_codes, parse_where

SCHEMA = Schema(
    columns=(
        Column(name="person", kind=Kind.ID, role=Role.IDENTIFIER),
        Column(name="job", kind=Kind.CATEGORICAL),
        Column(name="town", kind=Kind.CATEGORICAL),
        Column(name="age", kind=Kind.NUMERIC),
        Column(name="patient's pay", kind=Kind.NUMERIC),
        Column(name="smoker", kind=Kind.BOOLEAN),
        Column(name="admitted", kind=Kind.DATETIME),
        Column(name='the "best" day', kind=Kind.DATETIME),
        Column(name="hours-per-week", kind=Kind.NUMERIC),
        Column(name="remarks", kind=Kind.TEXT),
    )
)
WORDS = ["nurse", "it's", "50%", "a_b", "NURSE", "", "*", "[x]", "São Paulo", "7"]
HEAP = (
    "age job smoker admitted = <> < >= and or not in between like is null ( ) ) , 'x' '2020-01-01' 1 "
    "2.5 - + * . true date cast as case when then end select from exists any all over [ ] { } : :: ? "
    "@ # $ | ~ ! ; -- /* */ interval array struct -> x'1' escape rlike glob distinct collate "
)


def table(rows: int = 400, seed: int = 0) -> pd.DataFrame:
    """A canonical table of the learnt columns with gaps everywhere."""
    rng = np.random.default_rng(seed)
    day = 86400.0
    frame = pd.DataFrame(
        {
            "job": rng.choice(np.array(WORDS, object), rows),
            "town": rng.choice(np.array(WORDS[:4], object), rows),
            "age": rng.integers(0, 12, rows).astype(float),
            "patient's pay": rng.integers(0, 12, rows) / 2,
            "smoker": rng.choice(np.array(["true", "false"], object), rows),
            "admitted": rng.integers(18_000, 18_020, rows) * day,
            'the "best" day': rng.integers(18_000, 18_020, rows) * day + 3600,
            "hours-per-week": rng.integers(0, 3, rows).astype(float),
        }
    )
    for name in frame:
        frame.loc[rng.random(rows) < 0.15, name] = None if frame[name].dtype == object else np.nan
    return frame


def random_condition(rng: np.random.Generator, depth: int = 3) -> str:
    """A condition in the part of SQL that sqlite and we both speak."""

    def pick(*choices: str) -> str:
        return str(rng.choice(np.array(choices, object)))

    def text() -> str:
        return "'" + pick(*WORDS).replace("'", "''") + "'"

    if depth and rng.random() < 0.6:
        parts = [random_condition(rng, depth - 1) for _ in range(int(rng.integers(2, 4)))]
        joined = pick(" AND ", " or ").join(f"({part})" if rng.random() < 0.7 else part for part in parts)
        return f"NOT ({joined})" if rng.random() < 0.3 else joined
    comparison, negation = pick("=", "<>", "!=", "<", "<=", ">", ">="), pick("", "NOT ")
    number, word = pick("age", '"patient\'s pay"'), pick("job", "town")
    return pick(
        f"{number} {comparison} {rng.integers(-3, 12)}.5e0",
        f"{rng.integers(0, 9)} {comparison} {number}",
        f"{number} {negation}BETWEEN {rng.integers(-2, 6)} AND {rng.integers(2, 9)}",
        f"{number} {negation}IN (1, 2.5, -3, 7)",
        f'age {comparison} "patient\'s pay"',
        f"{word} {comparison} {text()}",
        f"{text()} {comparison} {word}",
        f"job {comparison} town",
        f"{word} {negation}IN ({text()}, {text()})",
        f"{word} {negation}LIKE '{pick('%s%', 'n_rse', '50%', 'its', '_', '', '%', '[x]', 'NUR%', '*')}'",
        f"{pick(number, word, 'smoker')} IS {negation}NULL",
        f"smoker {pick('=', '<>')} 'true'",
    )


def test_every_answer_is_the_one_sqlite_gives() -> None:
    frame = table()
    connection = sqlite3.connect(":memory:")
    connection.execute("PRAGMA case_sensitive_like = ON")
    frame.reset_index(names="row").to_sql("t", connection, index=False)
    rng = np.random.default_rng(1)
    kept = []
    for _ in range(400):
        condition = random_condition(rng)
        rows = connection.execute(f"SELECT row FROM t WHERE {condition}").fetchall()
        mask = parse_where(condition, SCHEMA).mask(frame)
        assert np.flatnonzero(mask).tolist() == sorted(row for (row,) in rows), condition
        kept.append(mask.mean())
    assert len(set(kept)) > 100


@pytest.mark.parametrize(
    ("condition", "day"),
    [
        ("admitted >= '2019-04-20'", 18_006),
        ("admitted >= DATE '2019-04-20'", 18_006),
        ("admitted > TIMESTAMP '2019-04-19 23:59:59'", 18_006),
        ("admitted >= '2019-04-20T02:00:00+02:00'", 18_006),
        ("NOT admitted < '2019-04-20'", 18_006),
    ],
)
def test_dates_are_compared_as_moments_in_utc(condition: str, day: int) -> None:
    frame = table()
    assert (parse_where(condition, SCHEMA).mask(frame) == (frame["admitted"] >= day * 86400)).all()


def test_truth_values_and_odd_names() -> None:
    frame = table()
    yes = (frame["smoker"] == "true").to_numpy()
    for condition in ("smoker", "smoker = TRUE", "smoker = 'True'", "SMOKER"):
        assert (parse_where(condition, SCHEMA).mask(frame) == yes).all()
    assert (parse_where("NOT smoker", SCHEMA).mask(frame) == (frame["smoker"] == "false")).all()
    later = parse_where('"the ""best"" day" > admitted', SCHEMA).mask(frame)
    assert (later == (frame['the "best" day'] > frame["admitted"])).all()


def test_a_number_means_the_text_that_looks_like_it() -> None:
    frame = table()
    sevens = (frame["job"] == "7").to_numpy()
    assert sevens.any()
    assert (parse_where("job = 7", SCHEMA).mask(frame) == sevens).all()
    assert (parse_where("job IN (7.0, 8)", SCHEMA).mask(frame) == sevens).all()


@pytest.mark.parametrize(
    ("condition", "named"),
    [
        ("lower(job) = 'x'", "function LOWER"),
        ("job = upper('x')", "function UPPER"),
        ("admitted = current_date", "function CURRENT_DATE"),
        ("age + 1 > 2", "arithmetic"),
        ("hours-per-week > 2", '"hours-per-week"'),
        ("job IN (SELECT town FROM t)", "subquery"),
        ("EXISTS (SELECT 1)", "subquery"),
        ("job = 'x'; DROP TABLE t", "semicolon"),
        ("job = 'x';", "semicolon"),
        ("age > 1 -- and more", "comment"),
        ("age /* x */ > 1", "comment"),
        ("CASE WHEN smoker THEN smoker END", "CASE"),
        ("t.age = 1", "named table"),
        ("job ILIKE 'x'", "ILIKE"),
        ("job LIKE 'x' ESCAPE '!'", "ESCAPE"),
        ("smoker IS TRUE", "IS is supported only before NULL"),
        ("age = ?", "PLACEHOLDER"),
        ("age = :age", "PLACEHOLDER"),
        ("(age, job) = (1, 'x')", "TUPLE"),
        ("age < 1 < 2", "comparison"),
        ("age = 1 = 1", "comparison"),
        ("CAST(age AS TEXT) = '1'", "CAST"),
        ("age BETWEEN SYMMETRIC 3 AND 1", "BETWEEN"),
        ("TRUE", "a value"),
        ("1 = 1", "a value"),
        ("DROP TABLE t", "not valid SQL"),
        ("SELECT 1", "not valid SQL"),
        ("age >", "not valid SQL"),
        ("job = 'x", "quote that is not closed"),
        ("", "empty"),
        ("  ", "empty"),
        ("(" * 3000 + "smoker" + ")" * 3000, "too deeply"),
        ("smoker AND " * 1000 + "smoker", "longer than"),
        ("job = NULL", "IS NULL"),
        ("job IN ('x', NULL)", "IS NULL"),
        ("age = '1'", "column age: is numeric"),
        ("age = 1e999", "too large"),
        ("job < 3", "no order among numbers"),
        ("admitted > 'yesterday'", "column admitted: holds dates"),
        ("admitted > 2020", "column admitted: holds dates"),
        ("admitted = age", "two types"),
        ("age LIKE '1%'", "LIKE is for texts"),
        ("job LIKE town", "single quotes"),
        ("age", "not boolean"),
        ("person = 'P1'", "column person: is not learnt"),
        ("remarks LIKE '%x%'", "column remarks: is not learnt"),
        ("agee < 3", "did you mean age"),
        ('"Age" < 3', "did you mean age"),
        ("zzz < 3", "choose from person, job"),
    ],
)
def test_everything_else_is_refused_by_name(condition: str, named: str) -> None:
    with pytest.raises(ConfigError, match="--where") as caught:
        parse_where(condition, SCHEMA)
    assert named in str(caught.value)


def test_any_heap_of_words_is_a_condition_or_a_config_error() -> None:
    """Three thousand heaps of SQL words; nothing but ConfigError ever comes out."""
    words = HEAP.split()
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(3000):
        text = " ".join(rng.choice(np.array(words, object), rng.integers(1, 8)))
        try:
            parse_where(text, SCHEMA).mask(table(3))
        except ConfigError:
            refused += 1
    assert 2500 < refused < 3000


def test_a_pattern_cannot_keep_the_machine_busy() -> None:
    frame = pd.DataFrame({"job": ["a" * 2000]})
    assert not parse_where("job LIKE '" + "%a" * 40 + "%b'", SCHEMA).mask(frame).any()


def test_conditions_on_discrete_columns_name_the_codes() -> None:
    frame = table(2000)
    encoder = Encoder.fit(frame, SCHEMA, np.arange(len(frame)))
    condition = parse_where(
        "job IN ('nurse', 'it''s') AND (job LIKE 'n%' OR smoker) AND town IS NULL AND job <> 'x' AND age < 5",
        SCHEMA,
    )
    allowed = allowed_codes(condition, encoder)
    chosen = {
        encoder.names[axis]: [encoder.plain_values(axis)[code] for code in codes]
        for axis, codes in allowed.items()
    }
    assert chosen["job"] == ["it's", "nurse"]
    assert chosen["town"] == [None]
    assert "smoker" not in chosen, "the part about job or smoker binds neither alone"
    drawn = encoder.encode(frame)
    meets = condition.mask(frame)
    for axis, codes in allowed.items():
        assert np.isin(drawn.codes[meets, axis], codes).all()


def test_a_value_that_the_model_does_not_know_is_said_early() -> None:
    frame = table(2000)
    encoder = Encoder.fit(frame, SCHEMA, np.arange(len(frame)))
    with pytest.raises(ConfigError, match="column job: no value that the model can draw"):
        allowed_codes(parse_where("job = 'nurze'", SCHEMA), encoder)
