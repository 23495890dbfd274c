"""Makes the sample table: simulated hospital admissions of people who do not exist.

python sample_data/make_admissions.py [--rows 20000] [--seed 1] [--out DIR]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from code_book import (
    ADMISSION_TYPES,
    AGE_BANDS,
    CODE_WEIGHTS,
    CODES_A_GROUP,
    DESTINATIONS,
    GROUPS,
    HIV_CODES,
    INSURANCES,
    LETTERS,
    NOTES,
    PERIOD,
)
from invented_people import people, pick, pick_number
from numpy.typing import NDArray

COLUMNS = (
    "patient_id",
    "record_number",
    "full_name",
    "address",
    "birth_date",
    "age",
    "sex",
    "postcode_area",
    "ethnicity",
    "insurance",
    "admission_type",
    "department",
    "admitted_at",
    "discharged_at",
    "length_of_stay",
    "diagnosis",
    "hiv_test",
    "severity",
    "creatinine",
    "pregnancy_weeks",
    "died",
    "discharge_to",
    "readmitted_30d",
    "total_charge",
    "out_of_pocket",
    "clinical_note",
)
MOST_STAYS = 12
DAY = pd.Timedelta(days=1)


def admissions(rows: int = 20_000, seed: int = 1) -> pd.DataFrame:
    """`rows` admissions in order of admission; about seven persons to ten rows."""
    rng = np.random.default_rng(seed)
    waiting = people(rows, rng)
    waves = []
    for _ in range(MOST_STAYS):
        stays = stay(waiting, rng)
        waves.append(stays)
        waiting = coming_back(stays, rng)
    table = pd.concat(waves).sort_values(["patient_id", "admitted_at"]).head(rows)
    following = table.groupby("patient_id")["admitted_at"].shift(-1)
    table["readmitted_30d"] = (following - table["discharged_at"] <= 30 * DAY).to_numpy(dtype=bool)
    table = table.sort_values(["admitted_at", "patient_id"], ignore_index=True)
    table["record_number"] = [f"R{year}-{n:06d}" for n, year in enumerate(table["admitted_at"].dt.year, 1)]
    return table[list(COLUMNS)]


def stay(persons: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """One admission of every person given, at their `admitted_at`."""
    table = persons.reset_index(drop=True)
    table["age"] = full_years(table["birth_date"], table["admitted_at"])
    table["insurance"] = insurances(table, rng)
    diagnose(table, rng)
    group = table["group"].to_numpy()
    table["department"] = np.array([each.department for each in GROUPS])[group]
    table["admission_type"] = admission_types(group, rng)
    table["severity"] = severities(table, rng)
    table["hiv_test"] = hiv_tests(table, rng)
    table["died"] = rng.random(len(table)) < 1 / (
        1 + np.exp(8.2 - 0.33 * table["severity"] - 0.022 * table["age"])
    )
    hours = hours_in_hospital(table, rng)
    table["discharged_at"] = table["admitted_at"] + pd.to_timedelta((hours * 60).round(), unit="min")
    nights = table["discharged_at"].dt.normalize() - table["admitted_at"].dt.normalize()
    table["length_of_stay"] = nights.dt.days.astype("int64")
    table["creatinine"] = creatinines(table, rng)
    table["pregnancy_weeks"] = pregnancy_weeks(table, rng)
    table["discharge_to"] = destinations(table, rng)
    table["total_charge"] = charges(group, hours / 24, rng)
    table["out_of_pocket"] = out_of_pocket(table, rng)
    table["clinical_note"] = notes(table, rng)
    return table


def coming_back(stays: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Those of `stays` who will be admitted once more, with the time of that admission."""
    pause = np.exp(rng.normal(np.log(100), 1.3, len(stays)))
    admitted = stays["discharged_at"] + pd.to_timedelta((pause * 1440).round() + 60, unit="min")
    returns = ~stays["died"] & (rng.random(len(stays)) < stays["frailty"]) & (admitted < PERIOD[1])
    back = stays.assign(admitted_at=admitted, last_group=stays["group"], last_code=stays["diagnosis"])
    return back[returns]


def full_years(born: pd.Series, at: pd.Series) -> pd.Series:
    """Age in completed years."""
    not_yet = (at.dt.month * 100 + at.dt.day) < (born.dt.month * 100 + born.dt.day)
    return (at.dt.year - born.dt.year - not_yet).astype("int64")


def insurances(table: pd.DataFrame, rng: np.random.Generator) -> NDArray[np.object_]:
    """The poorer the area the more public basic; the old are publicly insured."""
    poverty, old = table["poverty"].to_numpy(), (table["age"] >= 66).to_numpy()
    weights = np.column_stack(
        [
            1 + 5 * poverty + 3 * old,
            np.where(old, 4.0, 2.0),
            np.where(old, 0.6, 4.5) * (1.1 - poverty),
            np.full(len(table), 0.25),
            0.2 + 0.7 * poverty * ~old,
        ]
    )
    return pick(rng, INSURANCES, weights)


def diagnose(table: pd.DataFrame, rng: np.random.Generator) -> None:
    """Adds `group` and `diagnosis`: by age and sex, often the same as at the last stay."""
    band = np.searchsorted(AGE_BANDS, table["age"], side="right")
    weights = np.array([group.by_age for group in GROUPS])[:, band].T
    woman = (table["sex"] == "female").to_numpy()
    weights = np.where(woman[:, None], weights * [group.women for group in GROUPS], weights)
    weights[~woman | (table["age"] > 47), LETTERS == "O"] = 0
    group = pick_number(rng, weights)
    rank = rng.choice(CODES_A_GROUP, len(table), p=CODE_WEIGHTS / CODE_WEIGHTS.sum())
    code = np.array(
        [f"{LETTERS[g]}{10 + 3 * r:02d}.{(g + r) % 10}" for g, r in zip(group, rank, strict=True)]
    )
    hiv_stay = (LETTERS[group] == "A") & table["has_hiv"] & (rng.random(len(table)) < 0.8)
    code = np.where(hiv_stay, rng.choice(HIV_CODES, len(table), p=[0.45, 0.3, 0.15, 0.08, 0.02]), code)
    lasting = np.isin(LETTERS, list("CEFGIJMN"))[table["last_group"]] & (table["last_group"] >= 0)
    again = lasting & (rng.random(len(table)) < 0.45)
    table["group"] = np.where(again, table["last_group"], group)
    table["diagnosis"] = np.where(again, table["last_code"], code).astype(object)


def admission_types(group: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.object_]:
    emergency = np.array([each.emergency for each in GROUPS])[group]
    birth = np.isin(LETTERS[group], ["O"])
    weights = np.column_stack([emergency, 0.25 * (emergency + 0.1), 1 - emergency, 0 * emergency])
    return pick(rng, ADMISSION_TYPES, np.where(birth[:, None], [0, 0, 0, 1.0], weights))


def severities(table: pd.DataFrame, rng: np.random.Generator) -> NDArray[np.int64]:
    """A score from 0 to 20: higher with age, unplanned admission and frailty."""
    unplanned = table["admission_type"].isin(["emergency", "urgent"])
    mean = 1.5 + 0.035 * table["age"] + 3.0 * unplanned + 3.0 * table["frailty"]
    return np.clip(rng.gamma(2.2, mean / 2.2), 0, 20).astype(np.int64)


def hiv_tests(table: pd.DataFrame, rng: np.random.Generator) -> NDArray[np.object_]:
    """Never under 13, always for the pregnant and where the diagnosis rests on it; a result never changes."""
    letter = LETTERS[table["group"]]
    chance = np.select([letter == "O", letter == "A", table["has_hiv"]], [1.0, 0.7, 0.6], 0.12)
    by_code = table["diagnosis"].isin(HIV_CODES)
    done = ((rng.random(len(table)) < chance) & (table["age"] >= 13)) | by_code
    return np.where(done, np.where(table["has_hiv"], "positive", "negative"), "not done").astype(object)


def hours_in_hospital(table: pd.DataFrame, rng: np.random.Generator) -> pd.Series:
    typical = np.array([group.days for group in GROUPS])[table["group"]] * 24
    spread = rng.normal(0.07 * (table["severity"] - 5), 0.6)
    return pd.Series(np.clip(typical * np.exp(spread), 2, 4400))


def creatinines(table: pd.DataFrame, rng: np.random.Generator) -> NDArray[np.float64]:
    """mg/dl; missing unless the blood was tested."""
    kidney = LETTERS[table["group"]] == "N"
    often = np.isin(LETTERS[table["group"]], list("CEIN"))
    tested = rng.random(len(table)) < np.where(often, 0.92, 0.2 + 0.03 * table["severity"])
    usual = np.where(table["sex"] == "male", 0.95, 0.78) + 0.003 * table["age"]
    failing = kidney & (rng.random(len(table)) < 0.3)
    value = np.clip(
        usual * np.exp(rng.normal(np.where(failing, 1.2, 0.0), np.where(failing, 0.6, 0.2))), 0.15, 25
    )
    return np.where(tested, np.round(value, 2), np.nan)


def pregnancy_weeks(table: pd.DataFrame, rng: np.random.Generator) -> NDArray[np.float64]:
    """Missing unless the patient is known to be pregnant."""
    obstetric = LETTERS[table["group"]] == "O"
    could_be = (table["sex"] == "female") & table["age"].between(15, 47)
    by_chance = could_be & (rng.random(len(table)) < 0.02)
    near_term = obstetric & (rng.random(len(table)) < 0.75)
    weeks = np.where(near_term, rng.normal(39, 1.5, len(table)), rng.uniform(5, 37, len(table)))
    return np.where(obstetric | by_chance, np.clip(np.round(weeks), 4, 43), np.nan)


def destinations(table: pd.DataFrame, rng: np.random.Generator) -> NDArray[np.object_]:
    """Missing for those who died."""
    old, ill = (table["age"] / 100).to_numpy(), (table["severity"] / 20).to_numpy()
    rehab = np.isin(LETTERS[table["group"]], list("IMSG"))
    leaves = np.where(LETTERS[table["group"]] == "F", 0.08, 0.01)
    weights = np.column_stack(
        [np.full(len(old), 1.0), 0.4 * old, 0.9 * old**3, 0.3 * rehab * old, 0.1 * ill, leaves]
    )
    return np.where(table["died"], None, pick(rng, DESTINATIONS, weights))


def charges(group: NDArray[np.int64], days: pd.Series, rng: np.random.Generator) -> NDArray[np.float64]:
    """Money with a heavy tail: one stay in thirty needs intensive care."""
    per_stay = np.array([each.per_stay for each in GROUPS])[group]
    per_day = np.array([each.per_day for each in GROUPS])[group]
    intensive = np.where(rng.random(len(group)) < 1 / 30, 1.5 + rng.pareto(2.0, len(group)), 1.0)
    amount = (per_stay + per_day * days) * np.exp(rng.normal(0, 0.3, len(group))) * intensive
    return np.round(np.minimum(amount, 2e6), 2).to_numpy()


def out_of_pocket(table: pd.DataFrame, rng: np.random.Generator) -> NDArray[np.float64]:
    """Nothing in six stays of ten, all of it for some who pay themselves."""
    pays = table["insurance"].map(dict(zip(INSURANCES, (0.17, 0.46, 0.65, 0.05, 0.97), strict=True)))
    share = np.minimum(np.exp(rng.normal(np.where(table["insurance"] == "self-pay", -0.4, -2.6), 1.0)), 1)
    return np.where(rng.random(len(table)) < pays, np.round(share * table["total_charge"], 2), 0.0)


def notes(table: pd.DataFrame, rng: np.random.Generator) -> list[str | None]:
    kinds = rng.integers(0, len(NOTES) + 3, len(table))
    return [
        NOTES[kind].format(first=first, name=name, department=ward) if kind < len(NOTES) else None
        for kind, first, name, ward in zip(
            kinds, table["first"], table["full_name"], table["department"], strict=True
        )
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    table = admissions(options.rows, options.seed)
    path = options.out / "admissions.parquet"
    table.to_parquet(path, index=False, compression="zstd", compression_level=19)
    print(f"{path}: {len(table):,} admissions of {table['patient_id'].nunique():,} persons")


if __name__ == "__main__":
    main()
