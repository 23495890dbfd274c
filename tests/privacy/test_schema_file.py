"""The schema as a TOML file: round trips, dates as bounds, and errors of one line."""

from __future__ import annotations

import json
import tempfile
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from privacy.errors import SchemaError, SourceError
from privacy.guess import Guess
from privacy.schema import Column, Kind, Role, Schema, Treatment
from privacy.schema_file import load_schema, save_schema, schema_text

HOSTILE = [
    "0",
    'a "b"',
    "it's",
    "line\nbreak",
    "x]]\n[[column",
    "# no comment",
    "naïve 名",
    "",
    "\x00\x1b[31m",
    "a.b",
]

names = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(HOSTILE)
bounds = st.none() | st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def columns(draw: st.DrawFn, name: str) -> Column:
    kind = draw(st.sampled_from(Kind))
    role = draw(st.sampled_from(Role))
    low, high = sorted([draw(st.floats(-1e18, 1e18)), draw(st.floats(-1e18, 1e18))])
    return Column(
        name=name,
        kind=kind,
        role=role,
        treatment=draw(st.sampled_from([None, Treatment.DROP, Treatment.FAKE])),
        decimals=draw(st.none() | st.integers(0, 15)),
        minimum=draw(st.sampled_from([None, low])),
        maximum=draw(st.sampled_from([None, high])),
        levels=draw(st.none() | st.lists(names, unique=True, max_size=3).map(tuple)),
    )


@st.composite
def schemas(draw: st.DrawFn) -> Schema:
    chosen = [draw(columns(name)) for name in draw(st.lists(names, min_size=1, max_size=5, unique=True))]
    keys = [column.name for column in chosen if column.released_as is not Treatment.MODEL]
    return Schema(columns=tuple(chosen), entity=draw(st.none() | st.sampled_from(keys)) if keys else None)


def written(tmp_path: Path, text: str, name: str = "schema.toml") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


@settings(deadline=None, derandomize=True, max_examples=60)
@given(schemas())
def test_what_is_saved_is_loaded(schema: Schema) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "schema.toml"
        save_schema(schema, path)
        assert load_schema(path) == schema


def test_hostile_names_survive_with_their_reasons_beside_them(tmp_path: Path) -> None:
    schema = Schema(columns=tuple(Column(name=name, kind=Kind.ID) for name in HOSTILE), entity=HOSTILE[4])
    reasons = [Guess(name, Kind.ID, Role.IDENTIFIER, "evil\n[[column]]\nname = 'x'", 0.5) for name in HOSTILE]
    save_schema(schema, tmp_path / "s.toml", reasons)
    assert load_schema(tmp_path / "s.toml") == schema
    comments = [line for line in (tmp_path / "s.toml").read_text().splitlines() if "confidence" in line]
    assert len(comments) == len(HOSTILE) and all(line.startswith("# ") for line in comments)


def test_the_text_is_meant_for_people(people_schema: Schema) -> None:
    guess = Guess("age", Kind.NUMERIC, Role.QUASI_IDENTIFIER, "the name reads as an age; whole numbers", 0.9)
    text = schema_text(people_schema, [guess])
    assert 'entity = "person"' in text
    assert (
        '# the name reads as an age; whole numbers (confidence 90%)\nname = "age"\nkind = "numeric"' in text
    )
    assert len(tomllib.loads(text)["column"]) == len(people_schema.columns)


def test_dates_are_bounds_of_datetime_columns(tmp_path: Path) -> None:
    text = '[[column]]\nname = "d"\nkind = "datetime"\nminimum = 1970-01-02\nmaximum = 1970-01-02T01:00:00+01:00\n'
    column = load_schema(written(tmp_path, text))["d"]
    assert (column.minimum, column.maximum) == (86400.0, 86400.0)
    save_schema(Schema(columns=(column,)), tmp_path / "again.toml")
    assert "minimum = 1970-01-02\n" in (tmp_path / "again.toml").read_text()
    with pytest.raises(SchemaError, match="column d: a date is a bound of datetime columns only"):
        load_schema(written(tmp_path, text.replace("datetime", "numeric")))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("column = 3", "written as [[column]]"),
        ("[[column]\n", "not TOML"),
        ("", "at least one column"),
        ('[[column]]\nname = "a"\n', "kind"),
        ('[[column]]\nname = "a"\nkind = "numerical"\n', "columns.0.kind"),
        ('entitty = "a"\n[[column]]\nname = "a"\nkind = "id"\n', "entitty"),
    ],
)
def test_a_wrong_file_is_one_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(SchemaError) as caught:
        load_schema(written(tmp_path, text))
    assert says in str(caught.value) and "\n" not in str(caught.value)


def test_files_that_cannot_be_read_or_written(tmp_path: Path, people_schema: Schema) -> None:
    with pytest.raises(SourceError, match="no such file"):
        load_schema(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b"# \xff")
    with pytest.raises(SourceError, match="UTF-8"):
        load_schema(tmp_path / "latin.toml")
    with pytest.raises(SourceError, match="check the path"):
        save_schema(people_schema, tmp_path / "no" / "s.toml")


def test_sdv_metadata_is_a_schema_file_too(tmp_path: Path) -> None:
    metadata = {"tables": {"t": {"columns": {"age": {"sdtype": "numerical", "range_min": 3}}}}}
    assert load_schema(written(tmp_path, json.dumps(metadata), "m.json")).names == ("age",)
    with pytest.raises(SchemaError, match="not JSON"):
        load_schema(written(tmp_path, "{", "m.json"))
