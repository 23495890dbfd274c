"""What a column's values look like, in facts that name no value: form, repetition, precision, patterns."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_object_dtype

from privacy.tables.cells import to_numbers, to_seconds, to_texts
from privacy.tables.number_text import as_number_column, parse_numbers
from privacy.wording import SMALL_CELL

_PATTERNS = {
    "e-mail addresses": r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
    "universally unique ids": r"^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}$",
    "bank account numbers": r"^[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?$",
    "official numbers": r"^[0-9]{3}-[0-9]{2}-[0-9]{4}$",
    "network addresses": r"^[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}$",
    "telephone numbers": r"^(?:\+|00|\()[0-9][0-9 ()/.-]{6,18}[0-9]$|^[0-9]{3}[-. ][0-9]{3}[-. ][0-9]{4}$",
    "long digit strings": r"^[0-9]{9,}$",
}
_IN_THOUSANDS = r"^-?[0-9]{1,3}(?:,[0-9]{3})*(?:\.[0-9]+)?$"
_MAX_DECIMALS = 6


class Form(StrEnum):
    """What the values can be read as, all of them."""

    EMPTY = "empty"
    TRUTH = "truth"
    NUMBER = "number"
    DATE = "date"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Content:
    """Facts on one column.

    rows, filled, distinct: counts of cells, of cells that are not missing, and of different values.
    whole, decimals: for numbers: all whole; decimal places (0 to 6), None when more are needed.
    counter: whole numbers, one a row, dense or rising like a row number.
    digits: the number of digits all values share, 0 when they differ.
    pattern: what nine of ten texts look like, "" for nothing known.
    words, length: mean words and characters of the different texts; numeric_share: share that are numbers.
    doubt: why texts that look like dates or numbers are not read as such, and what to do; "" when nothing does.
    """

    form: Form
    rows: int
    filled: int
    distinct: int
    whole: bool = False
    decimals: int | None = None
    counter: bool = False
    digits: int = 0
    pattern: str = ""
    words: float = 0.0
    length: float = 0.0
    numeric_share: float = 0.0
    yes_or_no: bool = False
    doubt: str = ""

    @property
    def unique_share(self) -> float:
        """Different values to filled cells."""
        return self.distinct / self.filled if self.filled else 0.0


def content_of(series: pd.Series[Any]) -> Content:
    """The facts on a column as `privacy.tables.frames.as_frame` gives it."""
    texts = None
    if is_object_dtype(series.dtype):
        types = set(map(type, series[series.notna()]))
        if types <= {str}:
            texts = pa.array(to_texts(series), pa.string())
            numbers = as_number_column(texts)
            if numbers is not None:
                return _of_numbers(numbers.to_numpy(zero_copy_only=False).astype(np.float64))
        elif types <= {bool, np.bool_}:
            series = series.astype("boolean")
    rows, filled = len(series), int(series.notna().sum()) if texts is None else len(texts) - texts.null_count
    if not filled:
        return Content(Form.EMPTY, rows, 0, 0)
    if is_bool_dtype(series.dtype):
        return Content(Form.TRUTH, rows, filled, int(series.nunique()))
    if is_datetime64_any_dtype(series.dtype):
        return Content(Form.DATE, rows, filled, int(series.nunique()))
    numeric = to_numbers(series) if texts is None else None
    if numeric is not None and not numeric.bad:
        return _of_numbers(numeric.cells)
    return _of_texts(series if texts is None else pd.Series(texts.to_numpy(zero_copy_only=False)))


def _of_numbers(values: NDArray[np.float64]) -> Content:
    rows = len(values)
    numbers = values[np.isfinite(values)]
    if not len(numbers):
        return Content(Form.EMPTY, rows, 0, 0)
    different = np.sort(pd.unique(numbers))
    whole = bool((different == np.round(different)).all())
    unique = len(different) == rows
    with np.errstate(over="ignore"):
        span = different[-1] - different[0] + 1
        rising = bool((np.diff(numbers) > 0).all())
    counter = whole and unique and ((rows >= 20 and span == rows) or (rows >= 50 and rising))
    sizes = {len(str(int(abs(value)))) for value in different[[0, -1]]} if whole else set()
    return Content(
        Form.NUMBER,
        rows,
        len(numbers),
        len(different),
        whole=whole,
        decimals=_decimals(numbers),
        counter=counter,
        digits=sizes.pop() if len(sizes) == 1 else 0,
        numeric_share=1.0,
    )


def _decimals(values: NDArray[np.float64]) -> int | None:
    """Fewest decimal places, up to 6, that keep the values: all but a few, for those would be told."""
    different, counts = np.unique(values, return_counts=True)
    noise = 1e-13 * min(1.0, float(np.median(np.abs(values))) or 1.0)
    few = min(SMALL_CELL - 1, len(values) // 10)
    for places in range(_MAX_DECIMALS + 1):
        with np.errstate(over="ignore", invalid="ignore"):
            kept = np.isclose(different, np.round(different, places), rtol=1e-13, atol=noise)
        if counts[~kept].sum() <= few:
            return places
    return None


def _of_texts(series: pd.Series[Any]) -> Content:
    cells = to_texts(series)
    known = pd.notna(cells)
    filled = int(known.sum())
    different = pd.unique(cells[known])
    lower = {text.lower() for text in different[:20]}
    if lower <= {"true", "false"}:
        return Content(Form.TRUTH, len(cells), filled, len(different))
    dates = to_seconds(series.drop_duplicates().head(200))
    if not dates.bad:
        dates = to_seconds(series)
    if not dates.bad:
        return Content(Form.DATE, len(cells), filled, len(different))
    texts = pa.array(different, pa.string())
    numbers, wrong = parse_numbers(texts)
    return Content(
        Form.TEXT,
        len(cells),
        filled,
        len(different),
        pattern=_pattern_of(texts),
        words=float(pc.mean(pc.count_substring_regex(texts, r"\S+")).as_py()),
        length=float(pc.mean(pc.utf8_length(texts)).as_py()),
        numeric_share=float(1 - wrong.mean()) if np.isfinite(numbers).any() else 0.0,
        yes_or_no=lower <= {"yes", "no", "y", "n", "none", "0", "1"},
        doubt=_doubt(dates.note, texts),
    )


def _doubt(about_dates: str, texts: Any) -> str:
    if about_dates:
        return f"reads as dates, but {about_dates}: write them as YYYY-MM-DD"
    if (
        pc.any(pc.match_substring(texts, ",")).as_py()
        and pc.all(pc.match_substring_regex(texts, _IN_THOUSANDS)).as_py()
    ):
        return "numbers with thousands separators: write them without, to have them learnt as numbers"
    return ""


def _pattern_of(texts: Any) -> str:
    for words, pattern in _PATTERNS.items():
        if pc.mean(pc.match_substring_regex(texts, pattern)).as_py() >= 0.9:
            return words
    return ""
