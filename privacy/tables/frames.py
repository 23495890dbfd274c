"""Foreign tables as plain frames: any data frame or Arrow table, with names that are text and values we know."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api.types import is_extension_array_dtype, is_object_dtype

from privacy.errors import SourceError

_NULLABLE = {
    pa.int8(): pd.Int8Dtype(),
    pa.int16(): pd.Int16Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.uint8(): pd.UInt8Dtype(),
    pa.uint16(): pd.UInt16Dtype(),
    pa.uint32(): pd.UInt32Dtype(),
    pa.uint64(): pd.UInt64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
}
_SCALARS = (
    str,
    bool,
    int,
    float,
    Decimal,
    date,
    time,
    UUID,
    np.bool_,
    np.integer,
    np.floating,
    np.datetime64,
)


def as_frame(table: Any) -> pd.DataFrame:
    """A DataFrame, Arrow table or anything with `__arrow_c_stream__`, as a frame with plain columns.

    Names become text, the index a fresh one (named index levels become columns), categories and Arrow-backed
    values what they stand for. Raises SourceError for names that are empty or collide, and for nested, binary
    or otherwise foreign values.
    """
    frame = table if isinstance(table, pd.DataFrame) else _from_arrow(table)
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    names = _names(frame)
    twice = repeated(names)
    if twice:
        raise SourceError("two columns have this name", where=f"column {twice[0]}", todo="rename one")
    columns = {name: _plain(frame.iloc[:, j], name) for j, name in enumerate(names)}
    return pd.DataFrame(columns, index=pd.RangeIndex(len(frame)), copy=False)


def _from_arrow(table: Any) -> pd.DataFrame:
    if not isinstance(table, pa.Table) and not hasattr(table, "__arrow_c_stream__"):
        raise SourceError(
            f"a {type(table).__name__} is not a table", todo="give a data frame, an Arrow table or a file"
        )
    arrow = table if isinstance(table, pa.Table) else pa.table(table)
    frame: pd.DataFrame = arrow.to_pandas(types_mapper=_NULLABLE.get)
    return frame


def _names(frame: pd.DataFrame) -> list[str]:
    if frame.columns.nlevels > 1:
        raise SourceError("column names stand on several levels", todo="join them into one name each")
    names = []
    for number, name in enumerate(frame.columns, 1):
        text = "" if pd.isna(name) else str(name)
        if not text.strip():
            raise SourceError(f"column {number} has no name", todo="name every column")
        names.append(text)
    return names


def repeated(names: Iterable[str]) -> list[str]:
    """The names that stand more than once, in order."""
    index = pd.Index(list(names), dtype=object)
    return list(dict.fromkeys(index[index.duplicated()]))


def _plain(series: pd.Series[Any], name: str) -> pd.Series[Any]:
    """One column with a fresh index and a dtype `privacy.tables.cells` knows."""
    dtype = series.dtype
    if isinstance(dtype, pd.ArrowDtype):
        series = pa.chunked_array([pa.array(series)]).to_pandas(types_mapper=_NULLABLE.get)
    elif isinstance(dtype, pd.CategoricalDtype):
        values = pd.array(dtype.categories.to_numpy()).take(series.cat.codes.to_numpy(), allow_fill=True)
        series = pd.Series(values)
    if isinstance(series.dtype, pd.StringDtype):
        series = series.astype(object)
    if is_object_dtype(series.dtype):
        _refuse_foreign(series, name)
    elif not (isinstance(series.dtype, pd.DatetimeTZDtype) or series.dtype.kind in "biufM"):
        raise _foreign(name)
    elif is_extension_array_dtype(series.dtype) and series.dtype.kind in "biuf" and not series.isna().any():
        series = pd.Series(series.to_numpy(dtype=series.dtype.type))
    return series.reset_index(drop=True)


def _refuse_foreign(series: pd.Series[Any], name: str) -> None:
    cells = series[series.notna()]
    types = set(map(type, cells))
    if not all(issubclass(kind, _SCALARS) for kind in types):
        raise _foreign(name)
    try:
        pa.array(cells[[isinstance(cell, str) for cell in cells]], pa.string())
    except UnicodeEncodeError:
        raise SourceError(
            "holds text that is not Unicode", where=f"column {name}", todo="repair it"
        ) from None


def _foreign(name: str) -> SourceError:
    return SourceError(
        "holds values that are neither text, numbers, truth values nor dates",
        where=f"column {name}",
        todo="spread nested values over columns of their own, or leave the column out",
    )
