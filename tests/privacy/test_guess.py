"""Guessing kinds and roles: by name and by content, cautiously, and without repeating a value."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from privacy.errors import SchemaError
from privacy.guess import guess_schema
from privacy.guess.column_names import meaning, plain_name
from privacy.schema import Column, Kind, Role, Schema, Treatment
from privacy.schema_file import schema_text
from privacy.tables import canonical, read_table

ROWS = 200
RNG = np.random.default_rng(5)


def guessed(values: Any, name: str = "x", dtype: Any = None) -> Column:
    schema, guesses = guess_schema(pd.DataFrame({name: pd.Series(values, dtype=dtype)}))
    assert guesses[0].kind is schema[name].kind and guesses[0].role is schema[name].role
    return schema[name]


IDENTIFIERS = """
    name Surname first_name LastName Vorname Nachname apellido prénom ssn SSN mrn record_number
    MedicalRecordNumber address Adresse street1 email E-Mail phone phoneNumber Telefon patient_id PatientID
    iban IBAN passport customerID nhs_number ip_address 姓名
"""
QUASI_IDENTIFIERS = """
    age AGE Alter sex gender Geschlecht zip zip_code PLZ postcode birth_date dob Geburtsdatum race ethnicity
    education marital-status marital_status occupation native-country nationality city county area
"""
SENSITIVE = """
    diagnosis diagnosis_code HIV hiv_test disease drug income Einkommen salary charges total_cost
    account_balance religion death default-payment-next-month
"""


class TestNames:
    @pytest.mark.parametrize(
        ("name", "plain"),
        [
            ("BirthDate", "birth_date"),
            ("marital-status", "marital_status"),
            ("Straße", "strasse"),
            ("customerID", "customer_id"),
            ("RAC1P", "rac1p"),
            ("  Prénom ", "prenom"),
        ],
    )
    def test_spellings_come_down_to_one(self, name: str, plain: str) -> None:
        assert plain_name(name) == plain

    @pytest.mark.parametrize("name", IDENTIFIERS.split())
    def test_direct_identifiers(self, name: str) -> None:
        found = meaning(name)
        assert found is not None and found.role is Role.IDENTIFIER

    @pytest.mark.parametrize("name", QUASI_IDENTIFIERS.split())
    def test_quasi_identifiers(self, name: str) -> None:
        found = meaning(name)
        assert found is not None and found.role is Role.QUASI_IDENTIFIER

    @pytest.mark.parametrize("name", SENSITIVE.split())
    def test_sensitive_columns(self, name: str) -> None:
        found = meaning(name)
        assert found is not None and found.role is Role.SENSITIVE

    @pytest.mark.parametrize(
        "name", ["message", "package", "strategy", "has_phone", "own_telephone", "drug_names", "x"]
    )
    def test_words_within_words_and_flags_are_no_identifiers(self, name: str) -> None:
        found = meaning(name)
        assert found is None or found.role is not Role.IDENTIFIER


class TestKindsByContent:
    @pytest.mark.parametrize(
        ("values", "dtype", "kind"),
        [
            (RNG.normal(size=ROWS), float, Kind.NUMERIC),
            (RNG.integers(0, 1000, ROWS), "uint16", Kind.NUMERIC),
            (RNG.integers(0, 1000, ROWS).astype(str), object, Kind.NUMERIC),
            (RNG.integers(1, 6, ROWS), "int64", Kind.CATEGORICAL),
            ([1.0, 2.0, None, 3.0] * 50, float, Kind.CATEGORICAL),
            ([True, False] * 100, bool, Kind.BOOLEAN),
            ([True, None] * 100, object, Kind.BOOLEAN),
            (["TRUE", "False"] * 100, object, Kind.BOOLEAN),
            (["Yes", "No"] * 100, object, Kind.CATEGORICAL),
            (["a", "b"] * 100, "category", Kind.CATEGORICAL),
            (["02139", "10115"] * 100, object, Kind.CATEGORICAL),
            ([1, "b", 2.5, True] * 50, object, Kind.CATEGORICAL),
            (["12", "Exempt", "9-10", "7"] * 50, object, Kind.CATEGORICAL),
            (["2020-01-31", "2020-02-01 10:00"] * 100, object, Kind.DATETIME),
            (["31.01.2020", None] * 100, object, Kind.DATETIME),
            (["Jan-2018", "Mar-2018"] * 100, object, Kind.DATETIME),
            (pd.date_range("2020", periods=ROWS, tz="Europe/Berlin"), None, Kind.DATETIME),
            (["01/02/2020", "03/04/2020"] * 100, object, Kind.CATEGORICAL),
            ([None] * ROWS, object, Kind.CATEGORICAL),
            ([np.nan] * ROWS, float, Kind.CATEGORICAL),
            ([7] * ROWS, "int64", Kind.CATEGORICAL),
            (["same"] * ROWS, object, Kind.CATEGORICAL),
            (np.arange(ROWS) + 17, "int64", Kind.ID),
            (RNG.permutation(ROWS), "int64", Kind.ID),
            ([f"u{number:x}" for number in range(ROWS)], object, Kind.ID),
            ([f"a{number}@example.org" for number in range(50)] * 4, object, Kind.ID),
            (
                [f"DE{number % 100:02d} 1234 5678 1234 5678 {number:02d}" for number in range(100)],
                object,
                Kind.ID,
            ),
            ([f"+49 30 123{number:04d}" for number in range(100)] * 2, object, Kind.ID),
            ([f"{number:08x}-0000-4000-8000-000000000000" for number in range(100)] * 2, object, Kind.ID),
            ([2**53 + 1 + number for number in range(ROWS)], "int64", Kind.ID),
            ([f"Jo{number} van Example" for number in range(ROWS)], object, Kind.TEXT),
            ([f"She said it hurts for {n} days and would not stop" for n in range(ROWS)], object, Kind.TEXT),
        ],
    )
    def test_values_say_what_they_are(self, values: Any, dtype: Any, kind: Kind) -> None:
        assert guessed(values, dtype=dtype).kind is kind

    def test_texts_and_keys_that_may_name_a_person_are_identifiers(self) -> None:
        assert guessed([f"u{number:x}" for number in range(ROWS)]).role is Role.IDENTIFIER
        note = guessed([f"She said it hurts for {n} days and would not stop" for n in range(ROWS)])
        assert note.role is Role.IDENTIFIER and note.released_as is Treatment.DROP

    def test_named_texts_are_replaced_by_fakes_however_long(self) -> None:
        address = guessed([f"{number} Long Example Street Flat B" for number in range(ROWS)], "address")
        assert address.kind is Kind.TEXT and address.released_as is Treatment.FAKE

    @pytest.mark.parametrize("name", ["num_visits", "children", "nb_rooms", "count"])
    def test_few_whole_numbers_are_quantities_when_the_name_says_so(self, name: str) -> None:
        assert guessed(RNG.integers(0, 5, ROWS), name).kind is Kind.NUMERIC

    @pytest.mark.parametrize("name", ["zip", "region_code", "race"])
    def test_many_whole_numbers_are_codes_when_the_name_says_so(self, name: str) -> None:
        assert guessed(RNG.integers(10000, 99999, ROWS), name).kind is Kind.CATEGORICAL

    def test_thousands_separators_are_pointed_out(self) -> None:
        schema, (guess,) = guess_schema(pd.DataFrame({"x": [f"{n:,}" for n in range(0, 40_000, 200)]}))
        assert schema["x"].kind is Kind.CATEGORICAL and "thousands separators" in guess.reason

    def test_digits_of_a_date_need_a_name_that_says_so(self) -> None:
        days = [20200100 + day for day in range(1, 29)] * 10
        assert guessed(days, "birth_date").kind is Kind.DATETIME
        assert guessed(days, "x").kind is Kind.NUMERIC

    @pytest.mark.parametrize(
        ("values", "decimals"),
        [
            ([100, 200, 350], 0),
            ([1.0, 250.0, None], 0),
            ([0.25, 1.5, 3], 2),
            ([1e-6, 2.5], 6),
            ([1 / 3, 0.1], None),
        ],
    )
    def test_decimals_are_counted(self, values: list[float], decimals: int | None) -> None:
        frame = pd.DataFrame({"amount": values * 10})
        assert guess_schema(frame)[0]["amount"].decimals == decimals

    @pytest.mark.parametrize(("rows", "halves", "decimals"), [(5000, 10, 0), (5000, 11, 1), (10, 2, 1)])
    def test_a_few_persons_do_not_decide_the_decimals(self, rows: int, halves: int, decimals: int) -> None:
        ages = np.arange(rows) % 60 + 20.0
        ages[:halves] += 0.5
        assert guess_schema(pd.DataFrame({"age": ages}))[0]["age"].decimals == decimals

    def test_tiny_numbers_are_not_whole(self) -> None:
        tiny = np.random.default_rng(0).normal(size=300) * 1e-300
        assert guess_schema(pd.DataFrame({"amount": tiny}))[0]["amount"].decimals is None

    @pytest.mark.parametrize("name", ["name", "address", "ssn", "patient_id", "email"])
    @pytest.mark.parametrize("values", [["x", "y"] * 20, [1, 2] * 20, [1.5, 2.5] * 20])
    def test_a_name_alone_makes_an_identifier(self, name: str, values: list[Any]) -> None:
        assert guessed(values, name).role is Role.IDENTIFIER

    def test_but_not_of_yes_and_no(self) -> None:
        assert guessed(["Yes", "No"] * 50, "email").released_as is Treatment.MODEL
        assert guessed([True, False] * 50, "phone").released_as is Treatment.MODEL


class TestEntity:
    def entity(self, **columns: Any) -> str | None:
        return guess_schema(pd.DataFrame(columns))[0].entity

    def test_a_persons_key_that_repeats(self) -> None:
        visits = [f"v{number:x}" for number in range(ROWS)]
        patients = [f"p{number // 2:x}" for number in range(ROWS)]
        assert self.entity(visit_id=visits, patient_id=patients) == "patient_id"

    def test_a_key_that_repeats_even_without_a_persons_name(self) -> None:
        keys = [f"{number // 2:08x}-0000-4000-8000-000000000000" for number in range(ROWS)]
        assert self.entity(age=RNG.integers(0, 99, ROWS), ref=keys) == "ref"

    def test_a_row_number_owns_nothing(self) -> None:
        assert self.entity(id=range(ROWS), age=RNG.integers(0, 99, ROWS)) is None

    def test_a_key_with_a_gap_is_still_the_key(self) -> None:
        """Else one missing number would part everybody's rows in a split; the split refuses the gap."""
        keys = [None, *[f"p{number}" for number in range(ROWS - 1)]]
        assert self.entity(patient_id=keys) == "patient_id"


cells = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=True, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(["1", "02", "1.5", "NA", "2020-01-01", "2020-13-01", "01/02/2020", "yes", "true", "-"]),
    st.dates(),
    st.datetimes(),
    st.decimals(allow_nan=False, allow_infinity=False, places=3),
)
kinds_of_cells = st.sampled_from(
    [
        cells,
        st.integers(0, 3),
        st.floats(-1e9, 1e9),
        st.text(max_size=5),
        st.dates(),
        st.booleans() | st.none(),
    ]
)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(
    kinds_of_cells.flatmap(lambda kind: st.lists(kind, min_size=1, max_size=30)),
    st.sampled_from(["x", "zip", "name"]),
)
def test_every_table_follows_the_schema_guessed_from_it(values: list[Any], name: str) -> None:
    frame = pd.DataFrame({name: pd.Series(values, dtype=object)})
    schema, _ = guess_schema(frame)
    assert len(canonical(frame, schema, table="t")) == len(values)


def test_file_format_does_not_change_the_guess(
    people: Callable[[int, int], pd.DataFrame], tmp_path: Path
) -> None:
    frame = people(400, 3)
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_parquet(tmp_path / "t.parquet")
    from_csv, from_parquet = (guess_schema(read_table(tmp_path / f"t{end}")) for end in (".csv", ".parquet"))
    assert from_csv == from_parquet == guess_schema(frame)


def test_the_made_up_people_are_understood(
    people: Callable[[int, int], pd.DataFrame], people_schema: Schema
) -> None:
    schema, _ = guess_schema(people(400, 3))
    assert schema.entity is None or schema.entity == "person"
    assert {c.name: c.kind for c in schema} == {c.name: c.kind for c in people_schema}
    for column in people_schema:
        if column.role is not Role.OTHER:
            assert schema[column.name].role is column.role
    assert schema["cost"].decimals == 2 and schema["age"].decimals == 0


def test_no_value_of_the_table_is_in_the_guess() -> None:
    secret = [f"Zq{number:05d}" for number in range(ROWS)]
    frame = pd.DataFrame(
        {
            "diagnosis": [f"Zq{number % 7:05d}" for number in range(ROWS)],
            "key": secret,
            "cost": 71923.25 + np.arange(ROWS) * 3.5,
            "seen": pd.date_range("1937-05-06", periods=ROWS),
            "constant": ["Zq99999"] * ROWS,
        }
    )
    schema, guesses = guess_schema(frame)
    text = schema_text(schema, guesses) + repr(schema) + repr(guesses)
    assert not any(fragment in text for fragment in ("Zq", "71923", "72619", "1937", str(ROWS)))
    assert all(c.minimum is None and c.maximum is None and c.levels is None for c in schema)
    assert all(0 <= guess.confidence <= 1 for guess in guesses)


def test_a_table_without_rows_or_columns_is_refused() -> None:
    for frame in (pd.DataFrame({"x": []}), pd.DataFrame(index=range(3))):
        with pytest.raises(SchemaError, match="no rows or no columns"):
            guess_schema(frame)


SIDECAR = {"id_columns": "id", "categorical_columns": "level", "numeric_columns": "number"}
SIDECAR |= {"datetime_columns": "date", "text_columns": "text"}
SAME = {Kind.ID: "id", Kind.CATEGORICAL: "level", Kind.BOOLEAN: "level", Kind.NUMERIC: "number"}
SAME |= {Kind.DATETIME: "date", Kind.TEXT: "text"}
REAL = ["adult", "support2", "telco_churn", "synthea_patients", "synthea_conditions", "lending_club_loans"]


@pytest.mark.real_data
def test_real_tables_are_understood(
    real_table: Callable[[str], pd.DataFrame], request: pytest.FixtureRequest
) -> None:
    right = asked = 0
    for name in REAL:
        schema, _ = guess_schema(real_table(name))
        facts = json.loads((Path(request.config.getoption("--data")) / f"{name}.json").read_text())
        assert {schema[column].role for column in facts["id_columns"]} <= {Role.IDENTIFIER}
        for field, wanted in SIDECAR.items():
            asked += len(facts[field])
            right += sum(SAME[schema[column].kind] == wanted for column in facts[field])
    assert asked > 150 and right / asked > 0.95


def test_long_phrases_that_repeat_are_free_text_unless_they_are_a_code_book() -> None:
    """Phrases with names in them, each often repeated: not learnt. Forty long labels are categories."""
    rng = np.random.default_rng(3)
    phrases = [f"Seen with Dr Number {k % 15}, review planned in week {k}" for k in range(300)]
    labels = [f"Disorder number {k} of the upper digestive tract" for k in range(40)]
    frame = pd.DataFrame({"remark": rng.choice(phrases, 6000), "label": rng.choice(labels, 6000)})
    schema, _ = guess_schema(frame)
    assert schema["remark"].kind is Kind.TEXT
    assert schema["label"].kind is Kind.CATEGORICAL
