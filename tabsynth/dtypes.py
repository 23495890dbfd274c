"""The types of a data frame's columns, given back to synthetic ones.

Kept as words such as `int8` or `datetime64[ns, Europe/Berlin]`, and only such as name no value of the source: not
what the categories of a column were, nor what fills a sparse one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd
from pandas.api.types import pandas_dtype

from privacy import Column, Schema

_CATEGORY = "category"
_KEPT = re.compile(
    r"(u?int|float|U?Int|Float)(8|16|32|64)|bool|boolean|object|string|str|category"
    r"|datetime64\[(s|ms|us|ns)(, [A-Za-z0-9_+\-/:]+)?\]"
)
_UNFIT = (ValueError, TypeError, OverflowError, LookupError)
"""Values that a type does not hold; a word or a time zone that this machine does not know."""


def dtypes_of(table: Any) -> dict[str, str]:
    """The words of a data frame's columns, as far as they are known; none of a table that is no data frame."""
    if not isinstance(table, pd.DataFrame):
        return {}
    words = {str(name): str(dtype) for name, dtype in zip(table.columns, table.dtypes, strict=True)}
    return {name: word for name, word in words.items() if _KEPT.fullmatch(word)}


def in_types(released: pd.DataFrame, dtypes: Mapping[str, str], schema: Schema) -> pd.DataFrame:
    """A frame in the types of `released_frame`, each column in its own type where that holds all its values.

    Whole numbers with gaps stay pandas' `Int64`, say, where the source had none and its type knows none.
    """
    columns = {
        name: _typed(released[name], dtypes[name], schema[name]) if name in dtypes else released[name]
        for name in map(str, released.columns)
    }
    return pd.DataFrame(columns, index=released.index, copy=False)


def _typed(series: pd.Series[Any], word: str, column: Column) -> pd.Series[Any]:
    try:
        typed, back = _cast(series, word, column)
        # Conversions wrap round and cut off without a word.
        is_whole = typed.dtype.kind == "f" or back.astype(series.dtype).equals(series)
    except _UNFIT:
        return series
    return typed if is_whole else series


def _cast(series: pd.Series[Any], word: str, column: Column) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """The column in the type of the word, and what it then says to those who ask for the released type."""
    typed: pd.Series[Any] = series
    if word == _CATEGORY:
        known = sorted(series.dropna().unique()) if column.levels is None else [*column.levels]
        typed = series.astype(pd.CategoricalDtype(known))
    elif word == "object":
        typed = series.astype(object).where(series.notna(), None) if series.dtype == "string" else series
    elif isinstance(dtype := pandas_dtype(word), pd.DatetimeTZDtype):
        typed = series.dt.tz_localize("UTC").astype(dtype)
        return typed, typed.dt.tz_convert("UTC").dt.tz_localize(None)
    else:
        typed = series.astype(dtype)
    return typed, typed
