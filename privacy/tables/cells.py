"""The values of one column in canonical form: numbers, seconds, texts or truth values.

A column arrives as any dtype `as_frame` lets through. What cannot be converted is counted, never shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pandas.api.types import (
    is_bool_dtype,
    is_datetime64_any_dtype,
    is_float_dtype,
    is_integer_dtype,
    is_object_dtype,
)

from privacy.tables.date_text import parse_dates
from privacy.tables.number_text import EXACT_LIMIT, parse_numbers

_TRUE = {"true", "t", "yes", "y", "1"}
_FALSE = {"false", "f", "no", "n", "0"}


@dataclass(frozen=True, slots=True, eq=False)
class Converted:
    """cells: (rows,), missing where a value was missing or could not be converted; bad: how many could not.

    note: what else is wrong with the column as a whole, in words; "" when nothing is.
    """

    cells: NDArray[Any]
    bad: int
    note: str = ""


def to_numbers(series: pd.Series[Any]) -> Converted:
    """float64 with NaN for missing. Whole numbers that float64 cannot hold exactly count as bad."""
    dtype = series.dtype
    if is_bool_dtype(dtype) or is_integer_dtype(dtype):
        filled: Any = series.dropna()
        values = series.to_numpy(dtype=np.float64, na_value=np.nan)
        lost = 0 if is_bool_dtype(dtype) else int(((filled > EXACT_LIMIT) | (filled < -EXACT_LIMIT)).sum())
        return Converted(values, lost, "digits would be lost" if lost else "")
    if is_float_dtype(dtype):
        return Converted(_float64(series), 0)
    if is_datetime64_any_dtype(dtype):
        return Converted(np.full(len(series), np.nan), int(series.notna().sum()))
    return _numbers_of_objects(series)


def _float64(series: pd.Series[Any]) -> NDArray[np.float64]:
    """Floats in double precision. Narrow floats pass through their shortest decimal text, so that 0.1 in a
    float32 file equals 0.1 in a CSV file."""
    if series.dtype.name.lower() == "float64":
        return series.to_numpy(dtype=np.float64, na_value=np.nan) + 0.0
    codes, uniques = pd.factorize(series)
    wide = np.array([float(str(value)) for value in np.asarray(uniques)], dtype=np.float64)
    return np.append(wide, np.nan)[codes] + 0.0


def _numbers_of_objects(series: pd.Series[Any]) -> Converted:
    cells = series.to_numpy(dtype=object)
    missing = series.isna().to_numpy(dtype=bool)
    is_text = np.fromiter((isinstance(cell, str) for cell in cells), dtype=bool, count=len(cells))
    values = np.full(len(cells), np.nan)
    bad = lost = 0
    if is_text.any():
        values[is_text], wrong = parse_numbers(pa.array([str(c) for c in cells[is_text]], pa.string()))
        bad = int(wrong.sum())
    for row in np.flatnonzero(~is_text & ~missing):
        cell = cells[row]
        if not isinstance(cell, int | float | Decimal | np.number | np.bool_):
            bad += 1
        elif isinstance(cell, int | np.integer) and abs(int(cell)) > EXACT_LIMIT:
            lost += 1
        else:
            values[row] = float(str(cell) if isinstance(cell, np.floating) else cell)
    return Converted(values + 0.0, bad + lost, "digits would be lost" if lost else "")


def to_seconds(series: pd.Series[Any]) -> Converted:
    """float64 seconds since 1970-01-01 UTC, NaN for missing; times without a zone are taken as UTC."""
    if is_datetime64_any_dtype(series.dtype):
        if isinstance(series.dtype, pd.DatetimeTZDtype):
            series = series.dt.tz_convert("UTC").dt.tz_localize(None)
        seconds = (series.to_numpy() - np.datetime64(0, "s")) / np.timedelta64(1, "s")
        return Converted(seconds.astype(np.float64), 0)
    if is_integer_dtype(series.dtype) and series.dropna().between(1000_01_01, 9999_12_31).all():
        series = pd.Series(to_texts(series), dtype=object)
    codes, uniques = pd.factorize(series.to_numpy(dtype=object))
    parsed, note = parse_dates([None if cell == "" else cell for cell in uniques])
    seconds = np.append(parsed, np.nan)[codes]
    given = np.append(np.array([cell != "" for cell in uniques], dtype=bool), False)[codes]
    return Converted(seconds, int((given & np.isnan(seconds)).sum()), note)


def to_texts(series: pd.Series[Any]) -> NDArray[np.object_]:
    """(rows,) object of str, None for missing. 1, 1.0 and "1" are the same text; nothing is stripped."""
    dtype = series.dtype
    if not (is_object_dtype(dtype) or isinstance(dtype, pd.StringDtype)):
        codes, uniques = pd.factorize(series)
        table = np.array([*map(text_of, np.asarray(uniques)), None], dtype=object)
        result: NDArray[np.object_] = table[codes]
        return result
    cells = series.to_numpy(dtype=object)
    missing = series.isna().to_numpy(dtype=bool)
    texts: NDArray[np.object_] = np.array(cells, dtype=object)
    if not set(map(type, cells[~missing])) <= {str}:
        texts[~missing] = [text_of(cell) for cell in cells[~missing]]
    texts[missing] = None
    texts[texts == ""] = None
    return texts


def text_of(value: object) -> str:
    """One value as its canonical text."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating):
        number = float(value)
        return str(int(number)) if abs(number) <= EXACT_LIMIT and number.is_integer() else str(value)
    if isinstance(value, Decimal):
        whole = value.is_finite() and value == value.to_integral_value()
        return f"{value:.0f}" if whole else f"{value.normalize():f}"
    if isinstance(value, datetime):
        moment = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        return moment.date().isoformat() if moment.time() == time() else moment.isoformat(" ")
    if isinstance(value, np.datetime64):
        return text_of(pd.Timestamp(value))
    return str(value)


def to_truth(series: pd.Series[Any]) -> Converted:
    """(rows,) object of "true", "false" or None, read from the usual words in any case, and from 0 and 1."""
    texts = to_texts(series)
    codes, uniques = pd.factorize(texts)
    words = [str(word).strip().lower() for word in uniques]
    read = ["true" if word in _TRUE else "false" if word in _FALSE else None for word in words]
    values = np.array([*read, None], dtype=object)[codes]
    return Converted(values, int(((codes >= 0) & (values == None)).sum()))  # noqa: E711
