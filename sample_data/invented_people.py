"""The people of the sample table, and how one of several levels is drawn for each of many rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
from code_book import (
    AREA_WEIGHTS,
    AREAS,
    ETHNICITIES,
    FIRST_NAMES,
    PERIOD,
    POVERTY,
    STREETS,
    SURNAME_ENDS,
    SURNAME_MIDDLES,
    SURNAME_STARTS,
    SURNAMES,
)
from numpy.typing import NDArray


def people(count: int, rng: np.random.Generator) -> pd.DataFrame:
    """One row a person: what does not change between stays, and when the first stay begins."""
    sex = pick(rng, ("female", "male", "not stated"), np.tile([0.535, 0.462, 0.003], (count, 1)))
    first = np.where(
        sex == "male", rng.choice(FIRST_NAMES["male"], count), rng.choice(FIRST_NAMES["female"], count)
    )
    surname = np.where(rng.random(count) < 0.15, rng.choice(SURNAMES, count), syllables(count, rng))
    area = rng.choice(len(AREAS), count, p=AREA_WEIGHTS / AREA_WEIGHTS.sum())
    age = np.where(rng.random(count) < 0.05, rng.random(count), 104 * rng.beta(1.9, 1.75, count))
    start, end = (pd.Timestamp(date) for date in PERIOD)
    minutes = int((end - start) / pd.Timedelta(minutes=1))
    admitted = start + pd.to_timedelta(rng.integers(0, minutes, count), unit="min")
    born = (admitted - pd.to_timedelta(age * 365.25 + 1, unit="D")).normalize()
    return pd.DataFrame(
        {
            "patient_id": [f"P{n:06d}" for n in rng.choice(1_000_000, count, replace=False)],
            "first": first,
            "full_name": [f"{one} {two}" for one, two in zip(first, surname, strict=True)],
            "address": addresses(area, rng),
            "birth_date": born,
            "sex": sex,
            "postcode_area": np.array(AREAS)[area],
            "poverty": POVERTY[area],
            "ethnicity": ethnicities(area, rng),
            "has_hiv": (age > 14) & (rng.random(count) < 0.008 + 0.012 * POVERTY[area]),
            "frailty": rng.beta(1.6, 3.6, count),
            "admitted_at": admitted,
            "last_group": -1,
            "last_code": "",
        }
    )


def syllables(count: int, rng: np.random.Generator) -> list[str]:
    """Surnames nobody wrote down."""
    parts = [rng.choice(part, count) for part in (SURNAME_STARTS, SURNAME_MIDDLES, SURNAME_ENDS)]
    return ["".join(name) for name in zip(*parts, strict=True)]


def addresses(area: NDArray[np.int64], rng: np.random.Generator) -> list[str]:
    streets, numbers = rng.choice(STREETS, len(area)), rng.integers(1, 200, len(area))
    houses = rng.choice(["", "", "", ', "The Elms"', ", Flat 3", ", c/o Łódź House"], len(area))
    return [
        f"{number} {street}{house}, {AREAS[at]}"
        for number, street, house, at in zip(numbers, streets, houses, area, strict=True)
    ]


def ethnicities(area: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.object_]:
    by_quarter = np.array(
        [[70, 8, 5, 6, 5, 6], [45, 30, 8, 6, 5, 6], [50, 8, 26, 6, 5, 5], [80, 4, 2, 4, 4, 6.0]]
    )
    return pick(rng, ETHNICITIES, by_quarter[area % 4])


def pick(
    rng: np.random.Generator, levels: tuple[str, ...], weights: NDArray[np.float64]
) -> NDArray[np.object_]:
    """(rows,) a level for every row of `weights` (rows, levels), which need not add up to 1."""
    return np.array(levels, dtype=object)[pick_number(rng, weights)]


def pick_number(rng: np.random.Generator, weights: NDArray[np.float64]) -> NDArray[np.int64]:
    heights = np.cumsum(weights, axis=1)
    return (rng.random((len(weights), 1)) * heights[:, -1:] >= heights).sum(axis=1)
