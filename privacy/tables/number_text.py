"""Numbers written as text: what counts as one, and what they are.

Strict on purpose: a postal code with a leading zero, a phone number with a plus and an identifier of thirty
digits are text, because as numbers they would lose what makes them themselves.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

MISSING_WORDS = ("", "NA", "NaN", "nan", "null", "NULL", "None", "N/A", "n/a")
EXACT_LIMIT = 2**53
"""Whole numbers beyond this one lose digits as float64."""

_WHOLE = r"^ *-?[0-9]+ *$"
_NUMBER = r"^ *-?(?:[0-9]+|(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-][0-9]+) *$"
_INFINITE = r"^ *-?(?:[iI]nf|[iI]nfinity) *$"
_LEADING_ZERO = r"^ *-?0[0-9]"


def _matches(text: Any, pattern: str) -> NDArray[np.bool_]:
    found = pc.fill_null(pc.match_substring_regex(text, pattern), False)
    result: NDArray[np.bool_] = np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)
    return result


def _is_missing(text: Any) -> NDArray[np.bool_]:
    trimmed = pc.utf8_trim(text, " ")
    words = pc.is_in(trimmed, value_set=pa.array(MISSING_WORDS, trimmed.type))
    result: NDArray[np.bool_] = np.asarray(
        pc.or_(text.is_null(), words).to_numpy(zero_copy_only=False), dtype=bool
    )
    return result


def parse_numbers(text: Any) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Values of an Arrow string array, and where a cell is neither missing nor a number.

    Returns (rows,) float64 with NaN for missing and for the cells marked in the (rows,) mask. Leading zeros
    and infinities are read; numbers whose digits float64 cannot hold are marked.
    """
    good = _matches(text, _NUMBER) | _matches(text, _INFINITE)
    cells = pc.utf8_trim(pc.if_else(pa.array(good), text, pa.scalar(None, text.type)), " ")
    numbers = pc.cast(cells, pa.float64()).to_numpy(zero_copy_only=False).astype(np.float64)
    lost = _loses_digits(numbers, text)
    return np.where(lost, np.nan, numbers), lost | (~good & ~_is_missing(text))


def _loses_digits(numbers: NDArray[np.float64], text: Any) -> NDArray[np.bool_]:
    """Where a number written out in digits is too large for float64; an exponent says it was a float anyway."""
    large = np.isfinite(numbers) & (np.abs(numbers) >= EXACT_LIMIT)
    return large & _matches(text, r"^[^eE]*$") if large.any() else large


def as_number_column(text: Any) -> Any:
    """An Arrow string array as int64 or float64 if every cell is missing or a plain number, else None.

    None also when no cell is a number, one has a leading zero, or digits would be lost.
    """
    for part in (text.slice(0, 100), text):
        missing, numbers = _is_missing(part), _matches(part, _NUMBER)
        if not (missing | numbers | _matches(part, _INFINITE)).all() or _matches(part, _LEADING_ZERO).any():
            return None
    if not numbers.any():
        return None
    cells = pc.utf8_trim(pc.if_else(pa.array(missing), pa.scalar(None, text.type), text), " ")
    if (missing | _matches(text, _WHOLE)).all():
        try:
            return pc.cast(cells, pa.int64())
        except pa.ArrowInvalid:
            return None
    values = pc.cast(cells, pa.float64())
    return None if _loses_digits(values.to_numpy(zero_copy_only=False), text).any() else values
