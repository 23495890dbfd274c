"""A table and all tables it came from, as a graph in which every table is named by the hash of what is said of it.

So an ancestor of two parents is told once, however many blends there were, and nothing can be changed about an
ancestor without changing the names of all that came of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import pandas as pd
import pyarrow as pa
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)

from privacy import (
    GENERATION_KEY,
    LABEL_KEY,
    LABELS,
    LINEAGE_KEY,
    MARK,
    BundleError,
    Label,
    Marks,
    RowMark,
    lifted,
)

_ID_DIGITS = 32
_DIGEST = r"^([0-9a-f]{64})?$"
UNKNOWN = "unknown"
"""The generator of rows that say they are synthetic and not of whom."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Parent(_Record):
    """A table that another was learnt or taken from. rows: how many of its rows went in, where it is known."""

    table: str
    rows: Annotated[int, Field(ge=0)] | None = None


class Ancestor(_Record):
    """What is known of one table.

    real: taken from people; generation 0. synthetic: drawn by a generator that learnt its parent; one generation
    further. blend: rows of its parents; as far as the furthest. sha256: of its file. commitment: in its place
    for a real table whose hash is nobody's business, an HMAC under the source key. diversity: of a release, the
    share of its own source's that its audit measured, see `privacy.followed`.
    """

    kind: Literal["real", "synthetic", "blend"]
    generation: Annotated[int, Field(ge=0)]
    rows: Annotated[int, Field(ge=0)] | None = None
    generator: str = ""
    release_id: Annotated[str, Field(pattern=r"^([0-9a-f]{16})?$")] = ""
    sha256: Annotated[str, Field(pattern=_DIGEST)] = ""
    commitment: Annotated[str, Field(pattern=_DIGEST)] = ""
    parents: tuple[Parent, ...] = ()
    diversity: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict)

    @model_serializer(mode="wrap")
    def _told(self, written: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without an empty diversity: tables keep the names they had before it was told of any."""
        told: dict[str, Any] = written(self)
        return {key: value for key, value in told.items() if value or key != "diversity"}

    @property
    def id(self) -> str:
        """The name of this table among ancestors: SHA-256 of the canonical JSON of the rest."""
        told = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:_ID_DIGITS]


class Lineage(_Record):
    """One table and its ancestors. of: the table's id; tables: all of them by id."""

    of: str
    tables: dict[str, Ancestor]

    @model_validator(mode="after")
    def _whole(self) -> Lineage:
        names = {parent.table for table in self.tables.values() for parent in table.parents}
        if not names | {self.of} <= self.tables.keys():
            raise ValueError("an ancestor is missing")
        if any(table.id != name for name, table in self.tables.items()):
            raise ValueError("an ancestor was altered")
        return self

    @classmethod
    def made(cls, table: Ancestor, parents: Sequence[tuple[Lineage, int | None]] = ()) -> Lineage:
        """The lineage of a table that came of `parents`, each with the rows it gave."""
        named = tuple(Parent(table=lineage.of, rows=rows) for lineage, rows in parents)
        whole = table.model_copy(update={"parents": named})
        known = {name: ancestor for lineage, _ in parents for name, ancestor in lineage.tables.items()}
        return cls(of=whole.id, tables=known | {whole.id: whole})

    @property
    def root(self) -> Ancestor:
        """The table itself."""
        return self.tables[self.of]

    @property
    def label(self) -> Label:
        """Whose rows are in the table."""
        kinds = {table.kind for table in self._rows_of(self.of)}
        return "mixed" if len(kinds) > 1 else "real" if kinds == {"real"} else "synthetic"

    def _rows_of(self, name: str) -> list[Ancestor]:
        """The tables whose rows stand in this one: itself, or, through any number of blends, what was mixed."""
        found, waiting, seen = [], [name], set()
        while waiting:
            at = waiting.pop()
            if at in seen:
                continue
            seen.add(at)
            table = self.tables[at]
            if table.kind != "blend":
                found.append(table)
            waiting += [parent.table for parent in table.parents if table.kind == "blend"]
        return found

    @property
    def releases(self) -> tuple[str, ...]:
        """The ids of the releases whose rows stand in this table."""
        return tuple(sorted({table.release_id for table in self._rows_of(self.of)} - {""}))

    def about(self, **changes: object) -> Lineage:
        """The same with more, or something else, said of the table itself."""
        table = self.root.model_copy(update=changes)
        others = {name: ancestor for name, ancestor in self.tables.items() if name != self.of}
        return Lineage(of=table.id, tables=others | {table.id: table})

    def discreet(self) -> Lineage:
        """The same without the hashes of real tables, for a lineage that leaves the building."""
        tables: dict[str, Ancestor] = {}
        new_names: dict[str, str] = {}
        waiting = [self.of]
        while waiting:
            table = self.tables[waiting[-1]]
            missing = [parent.table for parent in table.parents if parent.table not in new_names]
            if missing:
                waiting += missing
                continue
            parents = tuple(p.model_copy(update={"table": new_names[p.table]}) for p in table.parents)
            sha256 = "" if table.kind == "real" else table.sha256
            told = table.model_copy(update={"parents": parents, "sha256": sha256})
            new_names[waiting.pop()] = told.id
            tables[told.id] = told
        return Lineage(of=new_names[self.of], tables=tables)

    @property
    def mark(self) -> str:
        """The word for each row of a table that is no blend."""
        table = self.root
        if table.kind == "real":
            return table.kind
        return str(RowMark(table.generation, table.generator or UNKNOWN, table.release_id))

    def metadata(self) -> dict[bytes, bytes]:
        """What a Parquet or Arrow file of this table says of it; nothing for one of real rows alone."""
        if self.label == "real":
            return {}
        table = self.root
        told = {
            LABEL_KEY: LABELS[self.label],
            GENERATION_KEY: str(table.generation),
            b"tabsynth.generator": table.generator,
            b"tabsynth.release_id": table.release_id,
            LINEAGE_KEY: self.model_dump_json(),
        }
        return {key: text.encode() for key, text in told.items() if text}


def real(rows: int | None = None, sha256: str = "", commitment: str = "") -> Lineage:
    """The lineage of people's own rows."""
    return Lineage.made(Ancestor(kind="real", generation=0, rows=rows, sha256=sha256, commitment=commitment))


def lineage_of(marks: Marks, rows: int, where: str) -> Lineage:
    """What a table's marks say of where it came from; a table without any is real.

    The tale in the metadata is taken where it tells no less than the label and the marks of the rows; else these
    are believed. BundleError when the tale is damaged.
    """
    if marks.label == "real":
        return real(rows)
    if marks.lineage is not None:
        try:
            told = Lineage.model_validate_json(marks.lineage)
        except ValidationError:
            raise BundleError(
                "what the file tells of its origin is damaged or was altered",
                where=where,
                todo="fetch the file again from whoever made it",
            ) from None
        if told.label == marks.label and told.root.generation >= marks.generation:
            return told.about(rows=rows)
    return _by_marks(marks, rows)


def _by_marks(marks: Marks, rows: int) -> Lineage:
    counts = dict(marks.counts) or {RowMark(max(marks.generation, 1), UNKNOWN): rows}
    if marks.label == "mixed" and None not in counts:
        counts[None] = 0
    parts: list[tuple[Lineage, int | None]] = []
    for mark, count in counts.items():
        if mark is None:
            parts.append((real(), count or None))
            continue
        table = Ancestor(
            kind="synthetic",
            generation=mark.generation,
            generator=mark.generator,
            release_id=mark.release_id,
        )
        parts.append((Lineage.made(table), count))
    if len(parts) == 1:
        return parts[0][0].about(rows=rows)
    return Lineage.made(Ancestor(kind="blend", generation=marks.generation, rows=rows), parts)


def unmarked(table: Any) -> tuple[Any, Lineage | None]:
    """A data frame or Arrow table without its marks, and its lineage; None where all rows are real."""
    if not isinstance(table, pd.DataFrame) and hasattr(table, "__arrow_c_stream__"):
        plain, marks = lifted(pa.table(table))
        return plain, None if marks.label == "real" else lineage_of(marks, len(plain), "the table")
    if not isinstance(table, pd.DataFrame) or MARK not in table.columns:
        return table, None
    marks = lifted(pa.table({MARK: pa.array(table[MARK], from_pandas=True)}))[1]
    if marks.label == "real":
        return table, None
    return table.drop(columns=MARK), lineage_of(marks, len(table), "the table")
