"""The parts of a blend: tables that say what they are, each held to what it was named."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from privacy import REAL, BundleError, ConfigError, Marks, RowMark, SourceError, lifted, read_arrow
from tabsynth.lineage.ancestry import UNKNOWN, Lineage
from tabsynth.lineage.reading import bundle_lineage, read_traced
from tabsynth.lineage.signing import PublicKey

Read = TypeVar("Read")


class Kind(StrEnum):
    """What a part is named. foreign: synthetic rows of another tool, which say nothing of themselves."""

    REAL = "real"
    RELEASE = "release"
    SYNTHETIC = "synthetic"
    BLEND = "blend"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Rows to take from. words: of each, where it came from. share: of the blend; None leaves it to the anchor."""

    table: pa.Table
    words: pa.DictionaryArray
    lineage: Lineage
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A part as somebody wrote it down."""

    kind: Kind
    place: Path
    share: float | None


def written_part(text: str, where: str) -> Written:
    """`real=train.parquet:30%`, the share maybe left out. ConfigError says what is wrong with it."""
    named, equals, rest = text.partition("=")
    kind = next((kind for kind in Kind if kind == named.strip()), None)
    if kind is None or not equals:
        known = ", ".join(Kind)
        raise ConfigError(
            f"does not begin with one of {known}", where=where, todo='write it as "real=train.parquet:30%"'
        )
    place, colon, written = rest.rpartition(":")
    if not colon or os.path.exists(rest):
        return Written(kind, Path(rest), None)
    return Written(kind, Path(place), share_of(written, where))


def share_of(text: str, where: str) -> float:
    """The share that "30%" or "0.3" states; ConfigError unless it is above 0 and at most 1."""
    digits = text.strip().removesuffix("%")
    try:
        share = float(digits) / (100 if text.strip().endswith("%") else 1)
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise ConfigError(
            "its share is no number above 0, up to 1 or 100%", where=where, todo="state it as 30% or 0.3"
        )
    return share


def read_part(written: Written, keys: Sequence[PublicKey] = ()) -> Part:
    """The part in a file or bundle. keys: one of them must have signed each part that says it is synthetic.

    SourceError or BundleError where the table is not what it is named, is damaged, or not signed.
    """
    kind, place = written.kind, written.place
    if kind is Kind.RELEASE:
        lineage = _trusted(lambda key: bundle_lineage(place, key), keys)
        table, marks = lifted(read_arrow(place / "data.parquet"))
        return Part(table, _words(table, marks, lineage, place), lineage, written.share)
    if kind in (Kind.REAL, Kind.FOREIGN):
        return _unmarked(written)
    table, marks, lineage = _trusted(lambda key: read_traced(place, key), keys)
    if lineage.label == "real":
        raise BundleError(
            "does not say where it came from",
            where=str(place),
            todo=f"bring the statement beside it, or name it {Kind.FOREIGN}= if another tool made it",
        )
    if kind is Kind.SYNTHETIC and lineage.label != "synthetic":
        raise SourceError("holds real rows", where=str(place), todo=f"name it {Kind.BLEND}=")
    return Part(table, _words(table, marks, lineage, place), lineage, written.share)


def _unmarked(written: Written) -> Part:
    """A table without marks, taken at its word."""
    table, marks, lineage = read_traced(written.place)
    if lineage.label != "real":
        raise SourceError(
            f"is named {written.kind} and says itself that it is {lineage.label}",
            where=str(written.place),
            todo=f"name it {Kind.SYNTHETIC}= or {Kind.BLEND}=",
        )
    if written.kind is Kind.FOREIGN:
        lineage = lineage.about(kind="synthetic", generation=1, generator=UNKNOWN)
    return Part(table, _words(table, marks, lineage, written.place), lineage, written.share)


def _words(table: pa.Table, marks: Marks, lineage: Lineage, place: Path) -> pa.DictionaryArray:
    """Of each row, where it came from: as it says itself, or as all rows of the table do."""
    if marks.rows is not None:
        return _normal(marks.rows)
    if lineage.root.kind == "blend":
        raise BundleError(
            "its rows do not say where each of them came from",
            where=str(place),
            todo="bring the blend as it was made",
        )
    return pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), table.num_rows), [lineage.mark])


def _normal(rows: pa.ChunkedArray) -> pa.DictionaryArray:
    """Every word that is no mark of ours, or missing, as REAL: nothing counts as synthetic by mistake."""
    encoded = pc.fill_null(rows, REAL).combine_chunks().dictionary_encode()
    words = [word if RowMark.read(word) else REAL for word in encoded.dictionary.to_pylist()]
    known = sorted(set(words))
    numbers = pa.array([known.index(word) for word in words], pa.int32())
    return pa.DictionaryArray.from_arrays(numbers.take(encoded.indices), known)


def _trusted(read: Callable[[PublicKey | None], Read], keys: Sequence[PublicKey]) -> Read:
    """What is read under the first key that it bears the signature of; the last one's refusal otherwise."""
    for key in keys[:-1]:
        try:
            return read(key)
        except BundleError:
            continue
    return read(keys[-1] if keys else None)
