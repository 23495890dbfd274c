"""Which CSV this is: what separates the cells, and whether numbers are written with a decimal comma.

Offices where 1.5 is written 1,5 export semicolons between the cells; both are read from the file itself.
"""

from __future__ import annotations

import re
from typing import Any

import pyarrow.compute as pc

from privacy.tables.number_text import as_number_column

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
"""Separator -> its name in messages; the first one that the header line holds is the file's."""

_QUOTED_CELL = re.compile(r'(^|[,;\t\r\n])"[^"]*(?:""[^"]*)*"')


def separator_of(beginning: str) -> str | None:
    """The separator in the header line of a file that begins so; a comma where the header is a single name.

    Marks inside quoted names do not count. None where only a mark that we do not read is there.
    """
    unquoted = _QUOTED_CELL.sub(r"\1x", beginning.lstrip("\r\n"))
    header = re.split(r"[\r\n]", unquoted, maxsplit=1)[0]
    found = next((mark for mark in SEPARATORS if mark in header), None)
    return found or (None if "|" in header else ",")


def as_numbers(text: Any, separator: str) -> Any:
    """An Arrow string array as int64 or float64 where it holds plain numbers, else None.

    Numbers have a point, or, where commas do not separate the cells, a decimal comma in the whole column. A
    column with points and commas stays text: either could be the mark between thousands.
    """
    numbers = as_number_column(text)
    if numbers is not None or separator == "," or not _holds(text, ",") or _holds(text, "."):
        return numbers
    return as_number_column(pc.replace_substring(text, ",", "."))


def _holds(text: Any, mark: str) -> bool:
    return bool(pc.any(pc.match_substring(text, mark)).as_py())
