"""Dates as codes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tabsynth.encode.dates import DAY, Dates
from tabsynth.encode.numbers import NumberRules
from tabsynth.encode.persons import Persons

RULES = NumberRules(bins=64, least=10)
RNG = np.random.default_rng(0)


def seconds(text: str) -> float:
    return pd.Timestamp(text, tz="UTC").timestamp()


def fitted(values: np.ndarray, rules: NumberRules = RULES) -> Dates:
    return Dates.fit(values, Persons.of(np.arange(len(values))), rules)[0]


def there_and_back(coder: Dates, values: np.ndarray) -> np.ndarray:
    codes, residuals = coder.encode(values)
    return coder.decode(codes, residuals, RNG)


def admissions(rows: int, seed: int = 4) -> np.ndarray:
    """Moments on the full minute over four years, most of them between 8 and 18 o'clock."""
    rng = np.random.default_rng(seed)
    days = rng.integers(18_000, 19_460, rows) * DAY
    return days + np.clip(rng.normal(13, 3, rows), 0, 23.9).round(1) * 3600 // 60 * 60


def test_days_stay_days():
    values = np.random.default_rng(1).integers(18_000, 19_000, 5000) * DAY
    coder = fitted(values)
    assert len(coder.axes) == 1
    drawn = coder.decode(*uniform_rows(coder, 2000), RNG)
    assert (drawn % DAY == 0).all()
    lost = np.abs(there_and_back(coder, values) - values)
    assert lost.max() <= 7 * DAY and (lost == 0).mean() > 0.99


def test_edges_are_in_seconds_and_hold_the_dates():
    values = np.random.default_rng(1).integers(18_000, 19_000, 5000) * DAY
    codes, _ = (coder := fitted(values)).encode(values)
    axis = coder.axes[0]
    low, high = axis.edges[codes[:, 0] - axis.plain], axis.edges[codes[:, 0] - axis.plain + 1]
    inner = (values > np.sort(values)[100]) & (values < np.sort(values)[-100])
    assert ((low <= values) & (values < high))[inner].all()


def test_moments_take_a_day_and_a_clock():
    values = admissions(8000)
    coder = fitted(values)
    assert len(coder.axes) == 2
    assert coder.axes[0].plain == 0
    assert (coder.axes[0].edges % DAY == 0).all()
    back = there_and_back(coder, values)
    assert (back % 60 == 0).all()
    assert np.median(np.abs(back - values)) == 0
    assert np.abs(back % DAY - values % DAY).mean() < 60


def test_the_hours_of_the_day_survive_uniform_draws():
    values = admissions(8000)
    coder = fitted(values)
    codes, _ = coder.encode(values)
    drawn = coder.decode(codes, RNG.random(codes.shape, np.float32), RNG)
    hours, wanted = (np.bincount((t % DAY // 3600).astype(int), minlength=24) for t in (drawn, values))
    assert np.abs(hours - wanted).sum() / len(values) < 0.02


def test_gaps_are_kept_and_decided_by_the_day():
    values = admissions(3000)
    values[:300] = np.nan
    coder = fitted(values)
    codes, residuals = coder.encode(values)
    assert np.isnan(coder.decode(codes, residuals, RNG)).tolist() == np.isnan(values).tolist()
    torn = codes.copy()
    torn[:300, 1] = 5
    torn[300:, 1] = 0
    decoded = coder.decode(torn, residuals, RNG)
    assert np.isnan(decoded).tolist() == np.isnan(values).tolist()
    assert (decoded[300:] // DAY == coder.decode(codes, residuals, RNG)[300:] // DAY).all()


def test_a_default_date_is_a_code_of_its_own():
    values = np.random.default_rng(2).integers(18_000, 19_000, 4000) * DAY
    values[:400] = seconds("1900-01-01")
    coder = fitted(values)
    assert coder.plain_values(0) == [seconds("1900-01-01")]
    assert (there_and_back(coder, values)[:400] == seconds("1900-01-01")).all()


def test_declared_bounds_clip():
    values = np.random.default_rng(2).integers(18_000, 19_000, 4000) * DAY
    low, high = 18_100 * DAY, 18_900 * DAY
    coder = fitted(values, NumberRules(bins=64, least=10, minimum=low, maximum=high))
    back = there_and_back(coder, np.array([0.0, 20_000 * DAY, 18_500 * DAY]))
    assert low <= back.min() and back.max() <= high


@pytest.mark.parametrize("rows", [0, 2, 19])
def test_too_few_dates_are_withheld(rows):
    values = np.arange(rows) * 100 * DAY
    coder = fitted(values)
    assert np.isnan(there_and_back(coder, values)).all()
    assert coder.plain_values(0) == [None]


def uniform_rows(coder: Dates, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Codes and residuals drawn without any regard to the data."""
    codes = np.column_stack([RNG.integers(0, axis.size, rows) for axis in coder.axes])
    return codes, RNG.random(codes.shape, np.float32)
