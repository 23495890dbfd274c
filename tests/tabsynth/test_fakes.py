"""Identifiers made from nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from privacy.schema import Column, Kind, Role, Schema, Treatment
from tabsynth.fakes import fake_columns

SCHEMA = Schema(
    columns=(
        Column(name="patient", kind=Kind.ID, role=Role.IDENTIFIER),
        Column(name="Full Name", kind=Kind.TEXT, role=Role.IDENTIFIER),
        Column(name="surname", kind=Kind.CATEGORICAL, role=Role.IDENTIFIER),
        Column(name="contact_email", kind=Kind.CATEGORICAL, role=Role.IDENTIFIER),
        Column(name="phone", kind=Kind.ID, role=Role.IDENTIFIER),
        Column(name="home address", kind=Kind.CATEGORICAL, role=Role.IDENTIFIER),
        Column(name="ethnicity_code", kind=Kind.ID),
        Column(name="record", kind=Kind.NUMERIC, role=Role.IDENTIFIER),
        Column(name="born", kind=Kind.DATETIME, role=Role.IDENTIFIER),
        Column(name="note", kind=Kind.TEXT, treatment=Treatment.FAKE),
        Column(name="ward", kind=Kind.CATEGORICAL, treatment=Treatment.FAKE, levels=("east", "west")),
        Column(name="dropped", kind=Kind.ID, treatment=Treatment.DROP),
        Column(name="age", kind=Kind.NUMERIC),
    ),
    entity="patient",
)


@pytest.fixture
def fakes() -> pd.DataFrame:
    return fake_columns(SCHEMA, 500, np.random.default_rng(3))


def test_only_columns_to_be_faked_in_schema_order(fakes):
    assert list(fakes.columns) == [c.name for c in SCHEMA if c.released_as is Treatment.FAKE]
    assert {"age", "dropped"}.isdisjoint(fakes.columns)
    assert len(fakes) == 500


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("patient", r"S\d{12}"),
        ("surname", r"Synthetic Person \d{12}"),
        ("contact_email", r"person\.\d{12}@example\.org"),
        ("phone", r"555-01\d\d ext\. \d{12}"),
        ("home address", r"\d{12} Synthetic Street"),
        ("ethnicity_code", r"S\d{12}"),
    ],
)
def test_fakes_look_like_what_the_name_says_and_differ_on_every_row(fakes, name, pattern):
    assert fakes[name].str.fullmatch(pattern).all()
    assert fakes[name].is_unique


def test_free_text_says_nothing_and_dates_are_missing(fakes):
    assert set(fakes["note"]) == {"synthetic text"} == set(fakes["Full Name"])
    assert fakes["born"].isna().all() and fakes["born"].dtype == np.float64


def test_numeric_ids_are_whole_numbers_of_their_own(fakes):
    assert fakes["record"].dtype == np.float64
    assert (fakes["record"] % 1 == 0).all() and fakes["record"].is_unique


def test_declared_levels_are_drawn_from(fakes):
    assert set(fakes["ward"]) == {"east", "west"}


def test_an_entity_of_free_text_still_gets_a_key_per_row():
    schema = Schema(columns=(Column(name="who", kind=Kind.TEXT, role=Role.IDENTIFIER),), entity="who")
    assert fake_columns(schema, 200, np.random.default_rng(0))["who"].is_unique


def test_the_seed_decides_and_tables_of_two_seeds_share_no_key():
    first, again, second = (fake_columns(SCHEMA, 300, np.random.default_rng(seed)) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert set(first["patient"]).isdisjoint(second["patient"])


def test_no_rows():
    assert fake_columns(SCHEMA, 0, np.random.default_rng(0)).shape[0] == 0
