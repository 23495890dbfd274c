"""What a table says of its own rows: which are synthetic, of which generation, and whether real ones are there.

Two marks, since either may get lost: key-value metadata of a Parquet or Arrow file, and a column `_origin` with a
word on every row, which outlives other formats, joins, filters and concatenation. Rows beside marked ones that
bear no mark, or another, count as real. A column of that name without a single word of ours is the user's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote, unquote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

MARK = "_origin"
"""The column that says of every row where it came from."""

REAL = "real"
"""What stands there for a row that was taken from people."""

LABEL_KEY, GENERATION_KEY, LINEAGE_KEY = (
    b"tabsynth.synthetic",
    b"tabsynth.generation",
    b"tabsynth.lineage",
)
LABELS = {"synthetic": "true", "mixed": "mixed"}
"""What LABEL_KEY says of a table; nothing of a real one."""

_SYNTHETIC = re.compile(r"synthetic/([0-9]{1,6})/([^/\s]+)/([0-9a-f]{16}|-)")

Label = Literal["real", "synthetic", "mixed"]


@dataclass(frozen=True, slots=True, order=True)
class RowMark:
    """A synthetic row: its generation, from 1, the generator's name, and the release it left in, if it did."""

    generation: int
    generator: str
    release_id: str = ""

    def __str__(self) -> str:
        return f"synthetic/{self.generation}/{quote(self.generator, safe='')}/{self.release_id or '-'}"

    @classmethod
    def read(cls, word: str | None) -> RowMark | None:
        """The mark that a word is; None for every other word."""
        found = _SYNTHETIC.fullmatch(word or "")
        if not found:
            return None
        generation, generator, release_id = found.groups()
        return cls(int(generation), unquote(generator), release_id.strip("-"))


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """What a table says of itself.

    counts: rows by mark, None for those without one, where the table has the column. rows: that column as words.
    lineage: the JSON text in the file's metadata, not yet believed. generation: the highest of any row; 0: real.
    """

    label: Label = "real"
    generation: int = 0
    counts: Mapping[RowMark | None, int] = field(default_factory=dict)
    rows: pa.ChunkedArray | None = None
    lineage: str | None = None

    @property
    def real_rows(self) -> int | None:
        """Rows not marked as synthetic beside marked ones; None where there is no column to count by."""
        return self.counts.get(None, 0) if self.counts else None

    def which_are_real(self) -> NDArray[np.bool_] | None:
        """(rows,) whether each counts as real; None where there is no column to tell by."""
        if self.rows is None:
            return None
        encoded = self.rows.combine_chunks().dictionary_encode(null_encoding="encode")
        real = np.array(
            [RowMark.read(word) is None for word in encoded.dictionary.to_pylist()], dtype=np.bool_
        )
        told: NDArray[np.bool_] = real[encoded.indices.to_numpy(zero_copy_only=False)]
        return told


def lifted(table: pa.Table) -> tuple[pa.Table, Marks]:
    """The table without its marks, and the marks; a column of that name that is the user's own stays."""
    told = table.schema.metadata or {}
    rows = _words(table) if table.column_names.count(MARK) == 1 else None
    counts = _counted(rows) if rows is not None else {}
    ours = LABEL_KEY in told or any(mark is not None for mark in counts)
    if not ours:
        return table, Marks()
    if rows is not None:
        table = table.drop_columns([MARK])
    kept = {key: value for key, value in told.items() if not key.startswith(b"tabsynth.")}
    said = told.get(LABEL_KEY, b"").decode(errors="replace")
    generations = [mark.generation for mark in counts if mark] + [_number(told.get(GENERATION_KEY, b"0"))]
    return table.replace_schema_metadata(kept or None), Marks(
        label=_label(said, counts),
        generation=max(generations),
        counts=counts,
        rows=rows,
        lineage=told[LINEAGE_KEY].decode(errors="replace") if LINEAGE_KEY in told else None,
    )


def _words(table: pa.Table) -> pa.ChunkedArray | None:
    column = table[MARK]
    if pa.types.is_dictionary(column.type):
        column = pc.cast(column, column.type.value_type)
    texts = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    return pc.cast(column, pa.string()) if texts else None


def _counted(rows: pa.ChunkedArray) -> dict[RowMark | None, int]:
    counts: dict[RowMark | None, int] = {}
    for pair in pc.value_counts(rows):
        mark = RowMark.read(pair["values"].as_py())
        counts[mark] = counts.get(mark, 0) + pair["counts"].as_py()
    return counts


def _label(said: str, counts: Mapping[RowMark | None, int]) -> Label:
    """Whoever says real and whoever says synthetic are both believed."""
    synthetic = said in LABELS.values() or any(mark is not None for mark in counts)
    real = said == LABELS["mixed"] or None in counts or (not counts and said not in LABELS.values())
    return "mixed" if synthetic and real else "synthetic" if synthetic else "real"


def _number(text: bytes) -> int:
    return int(text) if text.isdigit() and len(text) < 7 else 0
