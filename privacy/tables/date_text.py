"""Dates written as text: ISO 8601 first, then the forms in common use, one form for a whole column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime

import numpy as np
from numpy.typing import NDArray

_ISO = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d(?::?\d\d(?::?\d\d(?:[.,]\d+)?)?)?)?(?: ?Z| ?[+-]\d\d(?::?\d\d)?)?"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_DAYS = (
    "%d.%m.%Y",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%d-%b-%Y",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%d%b%Y",
    "%Y-%m",
    "%b-%Y",
    "%b %Y",
    "%B %Y",
)
_TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", ":%H:%M:%S")
_FORMS = tuple(day + clock for clock in _TIMES for day in _DAYS)

AMBIGUOUS = "day and month cannot be told apart"


def parse_dates(cells: Sequence[object]) -> tuple[NDArray[np.float64], str]:
    """(cells,) seconds since 1970-01-01 UTC, NaN for None and for what is no date; and what is in doubt.

    Texts must all be ISO 8601 or all follow one other form; when two forms fit all texts and give different
    days, every text counts as no date and the note says so. Times without a zone are taken as UTC.
    """
    texts = [cell for cell in cells if isinstance(cell, str)]
    reading, note = _read_texts(texts)
    values = [reading.get(c, np.nan) if isinstance(c, str) else _seconds(c) for c in cells]
    return np.array(values, dtype=np.float64), note


def _seconds(value: object) -> float:
    """A date or datetime object in seconds; NaN for anything else."""
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if not isinstance(value, datetime):
        return float("nan")
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return (aware - _EPOCH).total_seconds()


def _read_texts(texts: Sequence[str]) -> tuple[dict[str, float], str]:
    """Seconds of each text that is a date in the column's form, and the doubt."""
    iso = {text: _iso(text) for text in texts}
    if not np.isnan(list(iso.values())).all():
        return iso, ""
    first = [form for form in _FORMS if texts and not np.isnan(_in_form(texts[0], form))]
    readings = [reading for form in first if (reading := _all_in_form(texts, form))]
    if not readings:
        return {}, ""
    if any(reading != readings[0] for reading in readings[1:]):
        return {}, AMBIGUOUS
    return readings[0], ""


def _all_in_form(texts: Sequence[str], form: str) -> dict[str, float]:
    """Seconds of every text, or nothing when one does not follow the form."""
    reading = {}
    for text in texts:
        seconds = _in_form(text, form)
        if np.isnan(seconds):
            return {}
        reading[text] = seconds
    return reading


def _iso(text: str) -> float:
    if not _ISO.fullmatch(text):
        return float("nan")
    try:
        return _seconds(datetime.fromisoformat(text.replace(" Z", "Z").replace(" +", "+").replace(" -", "-")))
    except ValueError:
        return float("nan")


def _in_form(text: str, form: str) -> float:
    try:
        return _seconds(datetime.strptime(text, form))
    except ValueError:
        return float("nan")
