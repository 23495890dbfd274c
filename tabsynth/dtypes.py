"""The types of a data frame's columns, given back to synthetic ones.

Kept as words such as `int8` or `datetime64[ns, Europe/Berlin]`, and only such as name no value of the source: not
what the categories of a column were, nor what fills a sparse one. These columns come back as what they stand for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import pandas_dtype

_ZONE = r"UTC([+-][0-9]{2}:[0-9]{2})?|(?!dateutil)[A-Za-z]\w*([/+-]\w+)*"
"""Of the machine's own list: of other words pandas would open the file that they name."""

_KEPT = re.compile(
    r"u?int(8|16|32|64)|U?Int(8|16|32|64)|float(32|64)|Float(32|64)|bool|boolean|object|string"
    rf"|datetime64\[(s|ms|us|ns)(, ({_ZONE}))?\]",
    re.ASCII,
)

_UNFIT = (ValueError, TypeError, OverflowError, LookupError)
"""Values that a type does not hold; a time zone that this machine does not know."""


def dtypes_of(table: Any) -> dict[str, str]:
    """The words of a data frame's columns, as far as they are kept; none of a table that is no data frame."""
    if not isinstance(table, pd.DataFrame):
        return {}
    words = {str(name): str(dtype) for name, dtype in zip(table.columns, table.dtypes, strict=True)}
    return {name: word for name, word in words.items() if _KEPT.fullmatch(word)}


def sound_dtypes(told: Any) -> dict[str, str]:
    """The words of a file; ValueError where it holds anything else."""
    if not isinstance(told, dict) or not all(
        isinstance(word, str) and _KEPT.fullmatch(word) for word in told.values()
    ):
        raise ValueError("the types of the columns are damaged")
    return told


def in_types(released: pd.DataFrame, dtypes: Mapping[str, str]) -> pd.DataFrame:
    """A frame in the types of `released_frame`, each column in its own type where that holds all its values.

    Whole numbers with gaps stay pandas' `Int64`, say, where the source had none and its type knows none. Only
    texts become objects.
    """
    columns = {
        name: _typed(released[name], dtypes[name]) if name in dtypes else released[name]
        for name in map(str, released.columns)
    }
    return pd.DataFrame(columns, index=released.index, copy=False)


def _typed(series: pd.Series[Any], word: str) -> pd.Series[Any]:
    if word == "object":
        return _objects(series) if series.dtype == "string" else series
    try:
        with np.errstate(over="ignore"):
            typed, back = _cast(series, word)
        # Conversions wrap round and cut off without a word.
        return typed if _is_alike(series, back.astype(series.dtype), typed) else series
    except _UNFIT:
        return series


def _objects(series: pd.Series[Any]) -> pd.Series[Any]:
    return pd.Series(series.array.to_numpy(object, na_value=None), index=series.index, dtype=object)


def _is_alike(series: pd.Series[Any], back: pd.Series[Any], typed: pd.Series[Any]) -> bool:
    if typed.dtype.kind != "f":
        return back.equals(series)
    exact, told = (each.to_numpy(np.float64, na_value=np.nan) for each in (series, back))
    return bool(np.allclose(exact, told, rtol=float(np.finfo(np.float32).eps), atol=0, equal_nan=True))


def _cast(series: pd.Series[Any], word: str) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """The column in the type of the word, and what it then says to those who ask for the released type."""
    dtype = pandas_dtype(word)
    if not isinstance(dtype, pd.DatetimeTZDtype):
        typed = series.astype(dtype)
        return typed, typed
    if series.dtype.kind != "M":
        return series, series
    zoned = series.dt.tz_localize("UTC").astype(dtype)
    return zoned, zoned.dt.tz_convert("UTC").dt.tz_localize(None)
