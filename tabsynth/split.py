"""Who is learnt from, who tunes, and who is held back: a keyed draw by person.

A person's side depends on the key and on that person alone, never on the order or the number of rows. So a
table that grows keeps everybody on the side where they were, and without the key nobody can tell from a
person's identifier which side that was. Of equal rows without an owner this holds while they stay few, or many.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy import ConfigError, EvidenceError, Schema, SchemaError, Treatment, counted, one_spelling, persons

_SIDES = ("train", "development", "control")
_LEAST_KEY_BYTES = 16

_MOST_WITH_EQUALS = 0.05
"""Share of rows without an owner that equal another. Up to here equal rows are taken for one person's; beyond, as
in a table of a few coarse columns, for people who look alike."""

_COMMITMENT = b"tabsynth split commitment\0"


class Sealed:
    """A table that is read only on purpose, by `open`; it cannot be printed, copied or pickled."""

    __slots__ = ("_frame",)

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    def open(self) -> pd.DataFrame:
        """The table."""
        return self._frame

    def __repr__(self) -> str:
        return "Sealed()"

    def __reduce__(self) -> str:
        raise TypeError("a sealed table is neither copied nor pickled")


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """The three sides, rows in their old order under a fresh index.

    shares: the share of the persons that fell to each side; near, not equal, to what was asked.
    commitment: 64 hexadecimal digits that bind the key's owner to this assignment and reveal nobody.
    """

    train: pd.DataFrame = field(repr=False)
    development: pd.DataFrame = field(repr=False)
    control: Sealed
    shares: dict[str, float]
    commitment: str


def split(
    frame: pd.DataFrame,
    schema: Schema,
    *,
    key: bytes,
    train: float = 0.6,
    development: float = 0.2,
    control: float = 0.2,
) -> Split:
    """Every person of `frame` wholly on one side, by HMAC-SHA256 (RFC 2104) of who they are under `key`.

    A person is an entity of the schema. Where it names none, a person is all rows equal in every learnt column, so
    that no record has its twin on the other side; but if more than one row in twenty equals another, each row is.
    The shares are of persons and add up to 1; `development` may be 0.

    Raises ConfigError for wrong shares or a key under 16 bytes, SchemaError for missing entity values,
    EvidenceError when a side stays without a person.
    """
    asked = dict(zip(_SIDES, (train, development, control), strict=True))
    _check_shares(asked)
    if len(key) < _LEAST_KEY_BYTES:
        raise ConfigError(f"the split key is shorter than {_LEAST_KEY_BYTES} bytes")
    unit_of_row, names = pd.factorize(_unit_names(frame, schema))
    tokens = [hmac.digest(key, name, "sha256") for name in names]
    side_of_unit = _sides(tokens, asked)
    counts = np.bincount(side_of_unit, minlength=len(_SIDES))
    _check_counts(counts, asked)
    parts = [frame[side_of_unit[unit_of_row] == side].reset_index(drop=True) for side in range(len(_SIDES))]
    return Split(
        train=parts[0],
        development=parts[1],
        control=Sealed(parts[2]),
        shares={name: float(count / len(tokens)) for name, count in zip(_SIDES, counts, strict=True)},
        commitment=_commitment(tokens, side_of_unit, key),
    )


def units_of(frame: pd.DataFrame, schema: Schema) -> NDArray[np.int64]:
    """(rows,) whose row it is, numbered from 0 by first appearance; persons as `split` counts them."""
    return np.asarray(pd.factorize(_unit_names(frame, schema))[0], dtype=np.int64)


def _check_shares(asked: dict[str, float]) -> None:
    if not all(math.isfinite(share) and share >= 0 for share in asked.values()):
        raise ConfigError("a share of the split is negative or not a number")
    if asked["train"] == 0 or asked["control"] == 0:
        raise ConfigError("train and control need a share above 0")
    if abs(sum(asked.values()) - 1) > 1e-9:
        raise ConfigError("the shares of train, development and control do not add up to 1")


def _check_counts(counts: NDArray[np.int64], asked: dict[str, float]) -> None:
    for count, (side, share) in zip(counts, asked.items(), strict=True):
        if share > 0 and count == 0:
            raise EvidenceError(
                f"too few persons to split, {counted(int(counts.sum()))}: none fell to {side}",
                todo="bring more persons",
            )


def _sides(tokens: list[bytes], asked: dict[str, float]) -> NDArray[np.int64]:
    """(units,) index into `_SIDES`: the first 8 bytes of a token are its place in [0, 1)."""
    first = np.array([int.from_bytes(token[:8], "big") for token in tokens], dtype=np.uint64)
    bounds = np.cumsum([asked["train"], asked["development"]])
    return np.searchsorted(bounds, first / 2.0**64, side="right")


def _commitment(tokens: list[bytes], side_of_unit: NDArray[np.int64], key: bytes) -> str:
    """HMAC-SHA256 over every unit's token and side, sorted: the same in whatever order the rows came."""
    assignment = sorted(token + bytes([side]) for token, side in zip(tokens, side_of_unit, strict=True))
    return hmac.new(key, _COMMITMENT + b"".join(assignment), hashlib.sha256).hexdigest()


def _unit_names(frame: pd.DataFrame, schema: Schema) -> NDArray[np.object_]:
    """(rows,) bytes, equal on all rows of a unit."""
    if schema.entity is not None:
        return _entity_names(_column(frame, schema.entity), schema.entity)
    learnt = [column.name for column in schema.released_as(Treatment.MODEL)]
    if not learnt:
        raise SchemaError(
            "no column tells one record from another", todo="name an entity column, or one to learn"
        )
    content = np.concatenate([_content(_column(frame, name)) for name in learnt], axis=1)
    blob, width = content.tobytes(), content.shape[1]
    return _told_apart(_objects(blob[at : at + width] for at in range(0, len(blob), width)))


def _told_apart(names: NDArray[np.object_]) -> NDArray[np.object_]:
    """The names, those of equal rows numbered where many rows have equals. The first of them keeps its name, and
    which of the others gets which number is all the same."""
    kind = pd.Series(pd.factorize(names)[0])
    if kind.duplicated(keep=False).mean() <= _MOST_WITH_EQUALS:
        return names
    place = kind.groupby(kind).cumcount().to_numpy()
    for row in np.flatnonzero(place):
        names[row] += int(place[row]).to_bytes(8, "big")
    return names


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    if list(frame.columns).count(name) != 1:
        raise SchemaError("the table does not have this column exactly once", where=f"column {name}")
    return frame[name]


def _entity_names(series: pd.Series, name: str) -> NDArray[np.object_]:
    # Not pd.factorize: it takes strings that differ only behind a NUL character for the same.
    texts = list(persons(series))
    missing = texts.count(None)
    if missing:
        # To guess that each is a person of its own could put one person on both sides.
        raise SchemaError(
            f"{missing} rows do not say whose they are",
            where=f"column {name}",
            todo="fill in the entity value, leave those rows out, or choose another entity column",
        )
    return _objects(_utf8(text) for text in texts)


def _content(series: pd.Series) -> NDArray[np.uint8]:
    """(rows, 8) bytes, equal where the values are; missing equals missing."""
    if isinstance(series.dtype, pd.DatetimeTZDtype) or series.dtype.kind == "M":
        return _as_bytes(pd.DatetimeIndex(series).as_unit("us").asi8)
    if pd.api.types.is_numeric_dtype(series.dtype):
        numbers = series.to_numpy(dtype=np.float64, na_value=np.nan)
        # One bit pattern for every zero and one for every NaN.
        return _as_bytes(np.where(np.isnan(numbers), np.nan, numbers + 0.0))
    codes, values = pd.factorize(series)
    digests = [hashlib.blake2b(_utf8(one_spelling(value)), digest_size=8).digest() for value in values]
    missing = bytes(8)
    return np.frombuffer(b"".join([*digests, missing]), dtype=np.uint8).reshape(-1, 8)[codes]


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _as_bytes(numbers: NDArray[np.float64] | NDArray[np.int64]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(numbers).view(np.uint8).reshape(-1, 8)


def _objects(items: Iterable[bytes]) -> NDArray[np.object_]:
    """(n,) object array; numpy by itself would choose a fixed width and drop final zero bytes."""
    listed = list(items)
    array = np.empty(len(listed), dtype=object)
    array[:] = listed
    return array
