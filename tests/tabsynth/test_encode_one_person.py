"""One person's value must not decide how a column is coded, nor be read off it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from privacy import canonical, guess_schema
from tabsynth.encode import Encoder
from tabsynth.encode.persons import Persons
from tabsynth.encode.rounding import NUMBER_GRIDS, find_grid

ROWS = 3000
LEAST = 10


def coded(values: NDArray[Any] | pd.Series[Any], units: NDArray[Any] | None = None) -> dict[str, Any]:
    """All that a model file says of a column."""
    rows = pd.DataFrame({"amount": values})
    schema = guess_schema(rows)[0]
    frame = canonical(rows, schema, table="source")
    units = np.arange(len(frame)) if units is None else units
    found: dict[str, Any] = Encoder.fit(frame, schema, units, least=LEAST).to_json()
    return found


def incomes(rows: int = ROWS) -> NDArray[np.float64]:
    return np.random.default_rng(0).lognormal(10, 1, rows)


@pytest.mark.parametrize("place", ["highest", "lowest", "both"])
def test_the_most_extreme_number_changes_nothing(place: str) -> None:
    """Its unit was once a billionth of highest less lowest, and all knots are multiples of it."""
    files = []
    for far in (48234567.890123, 5.1e7, 1e12, 3e40):
        values = incomes()
        if place != "lowest":
            values[values.argmax()] = far
        if place != "highest":
            values[values.argmin()] = -far
        files.append(coded(values))
    assert all(file == files[0] for file in files)


def test_a_person_of_many_rows_is_one_person() -> None:
    units = np.concatenate([np.arange(ROWS), np.zeros(50, np.int64)])
    files = [coded(np.concatenate([incomes(), np.full(50, far)]), units) for far in (4.8e7, 1e12)]
    assert files[0] == files[1]


@pytest.mark.parametrize("far", [1e9, 1e20, 1e300])
def test_one_number_far_out_leaves_all_others_as_they_are(far: float) -> None:
    values = np.random.default_rng(1).random(5000)
    values[0] = far
    frame = pd.DataFrame({"amount": values})
    encoder = Encoder.fit(frame, guess_schema(frame)[0], np.arange(5000))
    back = encoder.decode(encoder.encode(frame), np.random.default_rng(0))["amount"]
    assert np.abs(back - values)[1:].max() < 0.01
    assert back.max() < 1.1


def test_one_number_between_whole_ones_makes_no_fractions() -> None:
    values = np.random.default_rng(2).integers(18, 90, 500).astype(float)
    whole = coded(values)
    values[3] = 45.5
    assert coded(values)["columns"][0]["scale"]["grid"] == whole["columns"][0]["scale"]["grid"] == 1


@pytest.mark.parametrize(("off", "grid"), [(LEAST - 1, 1.0), (LEAST, 0.5)])
def test_a_grid_is_lost_to_as_many_persons_as_may_decide(off: int, grid: float) -> None:
    values = np.arange(500.0)
    values[:off] += 0.5
    assert find_grid(values, Persons.of(np.arange(500)), LEAST, NUMBER_GRIDS) == grid


def test_one_time_among_dates_is_no_clock() -> None:
    days = pd.Series(pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(500) % 300, unit="D"))
    alone = coded(days)
    days[7] += pd.Timedelta("03:14:15")
    assert coded(days)["axes"] == alone["axes"] == ["amount"]


def test_one_rare_word_is_not_reported() -> None:
    words = np.random.default_rng(3).choice(np.array(["a", "b"], object), 500)
    usual = coded(words)["report"]
    words[7] = "Oudenaarde"
    assert coded(words)["report"] == usual


def test_one_number_too_large_to_be_exact_is_not_reported() -> None:
    values = np.random.default_rng(4).poisson(2, 5000).astype(float)
    usual = coded(values)["report"]
    values[3] = 2.0**53 + 2
    assert coded(values)["report"] == usual
