"""`--where`: SQL's answers, as sqlite gives them, for what is on the list; a refusal by name for the rest."""

from __future__ import annotations

import sqlite3

import numpy as np
import pandas as pd
import pytest

from privacy import Column, ConfigError, Kind, Role, Schema
from tabsynth.asked.boxes import boxes_of, overlapping
from tabsynth.asked.normal_form import outermost
from tabsynth.asked.tries import inside
from tabsynth.asked.typical import CodeBook
from tabsynth.condition import All, AtLeastOne, Condition, Not, NotTrue
from tabsynth.domain import Encoded
from tabsynth.encode import Encoder
from tabsynth.where import parse_where

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
    digits = frame.assign(job=["9007199254740993", *["9007199254740992"] * (len(frame) - 1)])
    assert parse_where("job = 9007199254740993", SCHEMA).mask(digits).sum() == 1


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
        (3, "is no text"),
        ("  ", "empty"),
        ("(" * 3000 + "smoker" + ")" * 3000, "too deeply"),
        ("smoker AND " * 1000 + "smoker", "longer than"),
        ("job = NULL", "IS NULL"),
        ("job IN ('x', NULL)", "IS NULL"),
        ("age = '1'", "column age: is numeric"),
        ("age = 1e999", "too large"),
        ("job < 3", 'quote the value, or give a column of numbers kind = "numeric" in the schema'),
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


# --- what a condition leaves of the codes


@pytest.fixture(scope="module")
def book() -> CodeBook:
    """Numbers in bins and as spikes, dates with times, levels and gaps."""
    frame = table(3000)
    frame["age"] = np.random.default_rng(2).gamma(2, 4, 3000).round(2)
    frame['the "best" day'] += np.random.default_rng(3).integers(0, 86_000, 3000)
    return CodeBook(Encoder.fit(frame, SCHEMA, np.arange(3000)), SCHEMA)


def can_hold(condition: Condition, book: CodeBook) -> bool:
    try:
        return bool(boxes_of(condition, book, "--where"))
    except ConfigError:
        return False


def any_rows(book: CodeBook, rows: int = 5000) -> tuple[Encoded, pd.DataFrame]:
    """Codes and residuals without any order, and what they decode to."""
    rng = np.random.default_rng(7)
    domain = book.encoder.domain
    codes = rng.integers(0, domain.sizes, (rows, len(domain))).astype(np.int32)
    coded = Encoded(domain, codes, rng.random(codes.shape, np.float32))
    return coded, book.encoder.decode(coded, rng)


def test_every_row_that_meets_a_condition_lies_in_a_box(book: CodeBook) -> None:
    coded, frame = any_rows(book)
    rng = np.random.default_rng(3)
    impossible, narrowed = 0, 0
    for _ in range(120):
        condition = parse_where(random_condition(rng), SCHEMA)
        for asked in (condition, NotTrue(condition)):
            meets = asked.mask(frame)
            if not can_hold(asked, book):
                impossible += 1
                assert not meets.any()
                continue
            lies = np.any([inside(coded, box) for box in boxes_of(asked, book, "--where")], axis=0)
            assert lies[meets].all()
            narrowed += not lies.all()
    assert impossible > 5
    assert narrowed > 120


def test_nothing_lies_in_a_box_of_discrete_columns_but_rows_that_meet_the_condition(book: CodeBook) -> None:
    coded, frame = any_rows(book)
    condition = parse_where(
        "(job IN ('nurse', 'it''s') AND NOT smoker) OR (town IS NULL AND job LIKE 'n%')"
        " OR (smoker AND town = '50%')",
        SCHEMA,
    )
    boxes = boxes_of(condition, book, "--where")
    lies = np.any([inside(coded, box) for box in boxes], axis=0)
    assert len(boxes) == 3
    assert 0 < lies.sum() < len(lies)
    assert (lies == condition.mask(frame)).all()


def test_the_innermost_nots_mean_the_same(book: CodeBook) -> None:
    """Taken apart from the outside in, a condition is true of the same rows, unknown ones included."""

    def apart(condition: Condition) -> Condition:
        outer = outermost(condition)
        if isinstance(outer, All | AtLeastOne) and len(outer.columns) > 1:
            return type(outer)(tuple(apart(part) for part in outer.parts))
        return outer

    _, frame = any_rows(book, 1000)
    rng = np.random.default_rng(4)
    for _ in range(40):
        once = parse_where(random_condition(rng), SCHEMA)
        for condition in (Not(once), NotTrue(once), NotTrue(Not(once)), Not(NotTrue(All((once, Not(once)))))):
            assert (apart(condition).mask(frame) == condition.mask(frame)).all()


@pytest.mark.parametrize(
    ("condition", "columns"),
    [
        ("job = 'nurze'", "column job"),
        ("age > 30 AND age < 20", "column age"),
        ("job = 'nurse' AND job = '7'", "column job"),
        ("age > 1e6", "column age"),
        ("age IS NULL", "column age"),
        ("age IS NULL AND job = 'nurse'", "column age"),
        ("age > 1e6 OR job = 'nurze'", "columns age and job"),
        ("(smoker AND age < -1) OR (NOT smoker AND age > 1e6)", "column age"),
        ("NOT (age > 3 OR age <= 3)", "column age"),
        ("(smoker OR town IS NULL) AND NOT smoker AND town = '50%'", "columns smoker and town"),
        ("admitted < '1999-01-01'", "column admitted"),
        ('"the ""best"" day" > \'2030-01-01\'', 'column the "best" day'),
        ("job = town AND job <> town", "columns job and town"),
        ("age < age", "column age"),
        (
            'admitted > "the ""best"" day" AND NOT "the ""best"" day" < admitted',
            'columns admitted and the "best" day',
        ),
    ],
)
def test_what_no_row_can_meet_is_said_with_the_columns(book: CodeBook, condition: str, columns: str) -> None:
    with pytest.raises(ConfigError, match="no value that the model can draw") as caught:
        boxes_of(parse_where(condition, SCHEMA), book, "--where")
    assert str(caught.value).startswith(f"--where, {columns}")


def test_what_lies_between_heaps_is_in_a_box_too() -> None:
    """Round amounts and a quarter beside them: rounding a bin's ends once left values beyond in no bin."""
    rng = np.random.default_rng(0)
    amount = np.round(rng.lognormal(12.5, 0.8, 20_000) / 100) * 100
    amount = np.where(rng.random(20_000) < 0.25, amount + rng.integers(-50, 50, 20_000), amount).clip(1)
    schema = Schema(columns=(Column(name="amount", kind=Kind.NUMERIC, decimals=0),))
    encoder = Encoder.fit(pd.DataFrame({"amount": amount}), schema, np.arange(20_000))
    assert encoder.to_json()["columns"][0]["heap"] is not None
    codes = rng.integers(0, encoder.domain.sizes, (100_000, 1)).astype(np.int32)
    coded = Encoded(encoder.domain, codes, rng.random(codes.shape, np.float32))
    drawn = encoder.decode(coded, rng)["amount"]
    book = CodeBook(encoder, schema)
    between = drawn[(drawn % 100 > 45) & (drawn % 100 < 55)].unique()
    assert len(between) > 2000
    for value in between:
        assert boxes_of(parse_where(f"amount = {value:.0f}", schema), book, "--where")


def test_two_sides_of_a_threshold_exclude_each_other_inside_one_bin_too(book: CodeBook) -> None:
    below, above, touching = (parse_where(f"age {text}", SCHEMA) for text in ("< 7.13", ">= 7.13", "<= 7.13"))
    assert not can_hold(All((below, above)), book)
    assert can_hold(All((touching, above)), book)
    assert overlapping([below, above], book) is None
    assert overlapping([below, above, touching], book) == (0, 2)
    at = book.axis("age")
    boxes = [boxes_of(condition, book, "--where")[0][at] for condition in (below, above)]
    assert len(np.intersect1d(*boxes)) == 1, "the bin of the threshold"
    assert len(np.union1d(*boxes)) == book.encoder.domain.axes[at].bins


@pytest.mark.parametrize(("decimals", "possible"), [(0, False), (1, True), (None, True)])
def test_there_is_nothing_between_neighbours_of_a_columns_decimals(
    decimals: int | None, possible: bool
) -> None:
    age = np.random.default_rng(0).normal(50, 20, 2000).round(decimals or 0)
    schema = Schema(columns=(Column(name="age", kind=Kind.NUMERIC, decimals=decimals),))
    own = CodeBook(Encoder.fit(pd.DataFrame({"age": age}), schema, np.arange(2000)), schema)
    assert can_hold(parse_where("age > 50 AND age < 51", schema), own) == possible
    assert can_hold(parse_where("age > 49 AND age < 51", schema), own)


def test_very_many_branches_are_no_boxes_at_all(book: CodeBook) -> None:
    cells = [
        f"(age > {number} AND hours-per-week = 1)".replace("hours-per-week", '"hours-per-week"')
        for number in range(9)
    ]
    odd = " AND ".join(f"(age > {number} OR job = '{word}')" for number in range(12) for word in ("7", "*"))
    boxes = boxes_of(parse_where(f"({odd}) AND smoker", SCHEMA), book, "--where")
    assert all(book.axis("smoker") in box for box in boxes)
    assert len(boxes_of(parse_where(" OR ".join(cells), SCHEMA), book, "--where")) == 1, (
        "all inside the first"
    )
