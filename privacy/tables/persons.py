"""Who is who: one spelling of a person, wherever people are counted or kept apart."""

from __future__ import annotations

import unicodedata
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy.tables.cells import text_of


def one_spelling(value: object) -> str:
    """A value's text, the same whether a file gave 12, 12.0 or " 12", é in one character or in two (NFC)."""
    return unicodedata.normalize("NFC", text_of(value)).strip()


def persons(series: pd.Series[Any]) -> NDArray[np.object_]:
    """(rows,) object: the one spelling of each value, None where it is missing or blank."""
    names = np.empty(len(series), dtype=object)
    names[:] = [
        None if gone else one_spelling(value) or None
        for value, gone in zip(series, series.isna(), strict=True)
    ]
    return names
