"""Altered copies of real records: each function takes train records and returns one copy of each."""

from __future__ import annotations

import string
from collections.abc import Callable

import numpy as np
import pandas as pd

from planting.split import NotInThisTable, Plant, Roles, Split

Alter = Callable[[pd.DataFrame, Split, np.random.Generator], pd.DataFrame]
"""(records without ids, split, rng) -> as many altered copies."""

DATE_FORMATS = ("%Y-%m-%d", "%b-%Y", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y", "%m/%d/%Y")
MANY_DISTINCT = 0.1
"""A string column with more distinct values than this share of its filled rows is treated as text."""


def verbatim(records: pd.DataFrame, split: Split, rng: np.random.Generator) -> pd.DataFrame:
    """The records themselves."""
    return records


def columns_swapped(count: int) -> Alter:
    """In each copy `count` random columns hold the values of random strangers, who may have equal ones."""

    def alter(records: pd.DataFrame, split: Split, rng: np.random.Generator) -> pd.DataFrame:
        chosen = rng.random(records.shape).argsort(axis=1)[:, : min(count, records.shape[1])]
        touched = np.zeros(records.shape, dtype=bool)
        np.put_along_axis(touched, chosen, True, axis=1)
        return _from_strangers(records, touched, split, rng)

    return alter


def fragments(records: pd.DataFrame, split: Split, rng: np.random.Generator) -> pd.DataFrame:
    """Half of the columns, another half in each copy; the other half each from a stranger of its own."""
    columns = records.shape[1]
    touched = rng.random(records.shape).argsort(axis=1) < columns // 2
    return _from_strangers(records, touched, split, rng)


def _from_strangers(
    records: pd.DataFrame, touched: np.ndarray, split: Split, rng: np.random.Generator
) -> pd.DataFrame:
    altered = {}
    for place, name in enumerate(records):
        donors = split.fresh[name].iloc[rng.integers(0, len(split.fresh), len(records))]
        altered[name] = donors.reset_index(drop=True).where(
            touched[:, place], records[name].reset_index(drop=True)
        )
    return _with_types(pd.DataFrame(altered), records)


def noised(scale: float) -> Alter:
    """Every number moved by a normal of `scale` standard deviations, written as the column is written."""

    def alter(records: pd.DataFrame, split: Split, rng: np.random.Generator) -> pd.DataFrame:
        def moved(values: pd.Series, whole: pd.Series) -> pd.Series:
            return values + rng.normal(0, scale * whole.std(), len(values))

        return _numbers_altered(records, split, moved, decimals_kept=True)

    return alter


def rounded(records: pd.DataFrame, split: Split, rng: np.random.Generator) -> pd.DataFrame:
    """Every number to two significant digits."""

    def to_two_digits(values: pd.Series, whole: pd.Series) -> pd.Series:
        size = np.power(10.0, np.floor(np.log10(values.abs().where(values != 0, 1.0))) - 1)
        return (values / size).round() * size

    return _numbers_altered(records, split, to_two_digits, decimals_kept=True)


def other_units(records: pd.DataFrame, split: Split, rng: np.random.Generator) -> pd.DataFrame:
    """Every number times 1.8 plus 32, as from Celsius to Fahrenheit."""
    return _numbers_altered(records, split, lambda values, whole: values * 1.8 + 32, decimals_kept=False)


def mirrored(records: pd.DataFrame, split: Split, rng: np.random.Generator) -> pd.DataFrame:
    """Every number mirrored in the range of its column."""
    return _numbers_altered(
        records, split, lambda values, whole: whole.min() + whole.max() - values, decimals_kept=True
    )


def _numbers_altered(
    records: pd.DataFrame,
    split: Split,
    change: Callable[[pd.Series, pd.Series], pd.Series],
    *,
    decimals_kept: bool,
) -> pd.DataFrame:
    if not split.roles.numeric:
        raise NotInThisTable("no numbers")
    altered = records.copy()
    for name in split.roles.numeric:
        whole = split.train[name].astype(float)
        values = change(records[name].astype(float), whole)
        altered[name] = values.round(_decimals(whole)) if decimals_kept else values
    return _with_types(altered, records) if decimals_kept else altered


def _decimals(values: pd.Series) -> int:
    """Decimal places in which nearly all values are written, at most 6."""
    filled = values.dropna()
    exact = (
        np.mean(np.isclose(filled, filled.round(places), rtol=0, atol=1e-9)) > 0.99 for places in range(6)
    )
    return next((places for places, enough in enumerate(exact) if enough), 6)


def _with_types(altered: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    return altered.astype(records.dtypes.to_dict())


def text_like(rows: pd.DataFrame, roles: Roles) -> list[str]:
    """Text columns, and columns of strings with many distinct values."""

    def many(name: str) -> bool:
        filled = rows[name].dropna()
        return pd.api.types.is_string_dtype(filled) and filled.nunique() > MANY_DISTINCT * max(len(filled), 1)

    return [*roles.text, *(name for name in roles.categorical if many(name))]


def text_changed(records: pd.DataFrame, split: Split, rng: np.random.Generator) -> pd.DataFrame:
    """In every text one run of one to three characters replaced by random letters; all else as it is."""
    names = text_like(split.train, split.roles)
    if not names:
        raise NotInThisTable("no text")

    def changed(text: str) -> str:
        run = min(int(rng.integers(1, 4)), len(text))
        start = int(rng.integers(0, len(text) - run + 1))
        others = [letter for letter in string.ascii_lowercase if letter not in text[start : start + run]]
        letters = "".join(rng.choice(others, run))
        return text[:start] + letters + text[start + run :]

    return records.assign(**{name: records[name].map(changed, na_action="ignore") for name in names})


def dates_shifted(records: pd.DataFrame, split: Split, rng: np.random.Generator) -> pd.DataFrame:
    """Every date moved by one constant number of days, between 30 and 400, and written as before."""
    if not split.roles.datetime:
        raise NotInThisTable("no dates")
    days = pd.Timedelta(days=int(rng.integers(30, 401)))

    def shifted(values: pd.Series) -> pd.Series:
        if pd.api.types.is_datetime64_any_dtype(values):
            return (values + days).astype(values.dtype)
        form = _date_format(values)
        moved = pd.to_datetime(values, format=form) + days
        return moved.dt.strftime(form).where(values.notna(), None)

    return records.assign(**{name: shifted(records[name]) for name in split.roles.datetime})


def _date_format(values: pd.Series) -> str:
    for form in DATE_FORMATS:
        if pd.to_datetime(values, format=form, errors="coerce").notna().sum() == values.notna().sum():
            return form
    raise NotInThisTable("dates in a format not known here")


def among_fresh(split: Split, copies: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """`copies` in the place of as many fresh rows, all shuffled."""
    kept = split.released(split.fresh).iloc[rng.permutation(len(split.fresh))[len(copies) :]]
    mixed = pd.concat([kept, copies], ignore_index=True)
    return mixed.iloc[rng.permutation(len(mixed))].reset_index(drop=True)


def copied(alter: Alter) -> Plant:
    """A share `dose` of the release is altered copies of as many train records; 1 is a copy of the whole."""
    return copied_from(lambda split, rng: np.arange(len(split.train)), alter)


def copied_from(victims: Callable[[Split, np.random.Generator], np.ndarray], alter: Alter) -> Plant:
    """The same, of records among `victims`, positions in train; each once where there are enough of them."""

    def plant(split: Split, dose: float, rng: np.random.Generator) -> pd.DataFrame:
        pool = rng.permutation(victims(split, rng))
        records = split.train.iloc[np.resize(pool, round(dose * len(split.train)))]
        return among_fresh(split, alter(split.released(records), split, rng), rng)

    return plant
