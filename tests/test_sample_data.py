"""The sample table: made by its script, true to its own rules, declared by its schema; and its leaky twin."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from privacy.schema import Kind, Role, Schema, Treatment
from privacy.schema_file import load_schema

SAMPLE = Path(__file__).parents[1] / "sample_data"


@pytest.fixture(scope="module")
def script() -> Iterator[Callable[[str], ModuleType]]:
    """`script(name)`: a script of the sample folder as a module; scripts find each other by folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(SAMPLE))
        yield import_module


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return pd.read_parquet(SAMPLE / "admissions.parquet")


@pytest.fixture(scope="module")
def schema() -> Schema:
    return load_schema(SAMPLE / "schema.toml")


def test_the_script_makes_the_committed_table_again(table: pd.DataFrame, tmp_path: Path) -> None:
    command = [sys.executable, str(SAMPLE / "make_admissions.py"), "--out", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "admissions.parquet"), table, check_exact=True)


def test_another_seed_makes_other_people(script: Callable[[str], ModuleType]) -> None:
    make = script("make_admissions").admissions
    first, second = make(rows=300, seed=1), make(rows=300, seed=2)
    assert len(first) == len(second) == 300
    people = [set(zip(made["full_name"], made["birth_date"], strict=True)) for made in (first, second)]
    assert not people[0] & people[1]


def test_size_and_shape(table: pd.DataFrame) -> None:
    assert len(table) == 20_000
    assert 13_000 < table["patient_id"].nunique() < 15_000
    assert table.groupby("patient_id").size().max() >= 5
    assert table["record_number"].is_unique
    assert (SAMPLE / "admissions.parquet").stat().st_size < 1_500_000
    readme = (SAMPLE / "README.md").read_text(encoding="utf-8")
    assert f"{table['patient_id'].nunique():,} persons" in readme


def test_names_and_notes_hold_what_breaks_careless_software(table: pd.DataFrame) -> None:
    names, notes = "".join(table["full_name"]), "".join(table["clinical_note"].dropna())
    for wanted in ("O'Brien", "D'Angelo", "Zoë", "Łukasz", "Jürgen", "Nguyễn"):
        assert wanted in names
    for character in "'\"\n<,":
        assert character in notes
    assert table["address"].str.contains('"').any() and table["address"].str.contains(",").all()


def test_dates_follow_each_other(table: pd.DataFrame) -> None:
    born, came, left = table["birth_date"], table["admitted_at"], table["discharged_at"]
    assert (born < came).all() and (came <= left).all()
    assert came.between("2019-01-01", "2024-01-01").all()
    nights = left.dt.normalize() - came.dt.normalize()
    assert (table["length_of_stay"] == nights.dt.days).all()
    birthday = [
        date + pd.DateOffset(years=age) for date, age in zip(born[:2000], table["age"][:2000], strict=True)
    ]
    next_one = [
        date + pd.DateOffset(years=age + 1)
        for date, age in zip(born[:2000], table["age"][:2000], strict=True)
    ]
    assert (birthday <= came[:2000]).all() and (came[:2000] < next_one).mean() > 0.999  # 29 February


def test_one_person_has_one_history(table: pd.DataFrame) -> None:
    by_person = table.sort_values("admitted_at").groupby("patient_id")
    fixed = ["full_name", "address", "birth_date", "sex", "postcode_area", "ethnicity"]
    assert by_person[fixed].nunique().eq(1).all(axis=None)
    results = table[table["hiv_test"] != "not done"].groupby("patient_id")["hiv_test"].nunique()
    assert (results == 1).all()
    following = by_person["admitted_at"].shift(-1).reindex(table.index)
    assert (following.isna() | (following > table["discharged_at"])).all()
    assert following[table["died"]].isna().all()
    soon = following - table["discharged_at"] <= pd.Timedelta(days=30)
    assert (table["readmitted_30d"] == soon).all() and soon.any()


def test_cells_are_missing_by_rule(table: pd.DataFrame) -> None:
    assert (table["discharge_to"].isna() == table["died"]).all() and table["died"].any()
    pregnant = table[table["pregnancy_weeks"].notna()]
    assert (pregnant["sex"] == "female").all() and pregnant["age"].between(15, 47).all()
    obstetrics = table[table["department"] == "obstetrics"]
    assert obstetrics["pregnancy_weeks"].notna().all() and (obstetrics["hiv_test"] != "not done").all()
    assert (table.loc[table["age"] < 13, "hiv_test"] == "not done").all()
    assert (table.loc[table["diagnosis"].str.startswith("B20"), "hiv_test"] == "positive").all()
    assert 0.2 < table["creatinine"].isna().mean() < 0.6
    always = table.columns.difference(["discharge_to", "pregnancy_weeks", "creatinine", "clinical_note"])
    assert table[always].notna().all(axis=None)


def test_money_has_a_spike_and_a_tail(table: pd.DataFrame) -> None:
    for column in ("total_charge", "out_of_pocket"):
        money = table[column]
        assert np.allclose(money, money.round(2), rtol=0, atol=1e-9) and (money >= 0).all()
        positive = money[money > 0]
        assert positive.quantile(0.999) > 5 * positive.quantile(0.75)
    assert 0.57 < (table["out_of_pocket"] == 0).mean() < 0.63
    assert (table["out_of_pocket"] <= table["total_charge"]).all()


def test_diagnoses_have_a_long_rare_tail(table: pd.DataFrame) -> None:
    persons = table.groupby("diagnosis")["patient_id"].nunique()
    assert 250 < len(persons) < 350
    assert (persons == 1).sum() >= 10 and (persons < 10).sum() >= 80
    assert table["postcode_area"].nunique() == 80
    areas = table["postcode_area"].value_counts()
    assert areas.iloc[0] > 15 * areas.iloc[-1]


def test_columns_depend_on_each_other(table: pd.DataFrame) -> None:
    ages = table.groupby("department")["age"].median()
    assert ages["neonatology"] == 0 and ages["cardiology"] > ages["psychiatry"] + 10
    assert table["length_of_stay"].corr(table["total_charge"], method="spearman") > 0.3
    assert table.groupby("died")["severity"].mean().diff().iloc[-1] > 2
    private = (table["insurance"] == "private").groupby(table["postcode_area"]).mean()
    assert private.quantile(0.9) > private.quantile(0.1) + 0.1


def test_the_schema_declares_the_table(table: pd.DataFrame, schema: Schema) -> None:
    assert schema.names == tuple(table.columns)
    assert schema.entity == "patient_id"
    identifiers = {column.name for column in schema.with_role(Role.IDENTIFIER)}
    assert identifiers == {"patient_id", "record_number", "full_name", "address"}
    learnt = {column.name for column in schema.released_as(Treatment.MODEL)}
    assert not learnt & (identifiers | {"clinical_note", "birth_date"}) and "diagnosis" in learnt
    for column in schema:
        values = table[column.name].dropna()
        if column.levels is not None:
            assert set(values) == set(column.levels)
        numbers = values.astype("int64") / 1e9 if column.kind is Kind.DATETIME else values
        assert column.minimum is None or (numbers >= column.minimum).all()
        assert column.maximum is None or (numbers <= column.maximum).all()
        if column.decimals is not None:
            assert np.allclose(values, values.round(column.decimals), rtol=0, atol=1e-9)


def test_the_leaky_table_leaks_what_it_says(script: Callable[[str], ModuleType]) -> None:
    make, leaky = script("make_admissions").admissions, script("make_leaky")
    train, other = make(rows=600, seed=3), make(rows=600, seed=4)
    table = leaky.leak(train, other, np.random.default_rng(0))
    assert list(table.columns) == list(train.columns) and len(table) == len(train)
    for identifiers in (["patient_id"], ["record_number"], ["full_name", "address"]):
        assert table[identifiers].merge(train[identifiers]).empty
    kept = [name for name in train if name not in leaky.REPLACED]
    source = train[kept].astype(object).where(train[kept].notna(), "missing").to_numpy()
    made = table[kept].astype(object).where(table[kept].notna(), "missing").to_numpy()
    fewest = [(source != row).sum(axis=1).min() for row in made]
    assert fewest.count(0) == 30 and fewest.count(1) == 30
    assert min(number for number in fewest if number > 1) >= 4


def test_the_leaky_script_writes_three_tables_without_a_common_person(tmp_path: Path) -> None:
    command = [sys.executable, str(SAMPLE / "make_leaky.py"), "--out", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)
    train, control, leaky = (
        pd.read_parquet(tmp_path / f"{n}.parquet") for n in ("train", "control", "leaky")
    )
    assert len(train) == len(leaky) > 2 * len(control) > 5000
    assert not set(train["patient_id"]) & set(control["patient_id"])
    assert (train.dtypes == leaky.dtypes).all() and (train.dtypes == control.dtypes).all()
