"""What several verbs of the command line share: the table, the source key, columns of text."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from privacy import say

_WIDEST = 400
if TYPE_CHECKING:
    import pandas as pd

    from privacy import Marks, Schema
    from tabsynth.lineage.ancestry import Lineage


def columns(rows: Sequence[Sequence[str]]) -> None:
    """Rows of text to stdout, one below the other; the first is the headings."""
    from privacy import one_line

    last = len(rows[0]) - 1
    widths = [min(max(len(one_line(row[at])) for row in rows), 40) for at in range(last)]
    for row in rows:
        cells = [one_line(cell, 40).ljust(width) for cell, width in zip(row, widths, strict=False)]
        sys.stdout.write("  ".join([*cells, one_line(row[last], _WIDEST)]) + "\n")


class SourceTable(NamedTuple):
    """A table to learn from. marks: what it says of its rows. lineage: None where all of them are real."""

    frame: pd.DataFrame
    schema: Schema
    marks: Marks
    lineage: Lineage | None


def read_source(source: Path, schema: Path | None) -> SourceTable:
    """The table and its schema; a guessed schema, and rows that are not real, are said aloud."""
    from privacy import guess_schema, load_schema

    frame, marks, lineage = read_warning(source)
    if schema is not None:
        return SourceTable(frame, load_schema(schema), marks, lineage)
    say("no --schema: kinds and roles are guessed; see `tabsynth describe`")
    return SourceTable(frame, guess_schema(frame)[0], marks, lineage)


def read_warning(source: Path) -> tuple[pd.DataFrame, Marks, Lineage | None]:
    """A table without its marks, the marks and where it came from; rows that are not real are said aloud.

    SchemaError when it is empty.
    """
    from privacy import SchemaError, read_marked
    from tabsynth.lineage.reading import traced

    frame, marks = read_marked(source)
    if frame.empty:
        raise SchemaError(
            "the table has no rows or no columns", where=str(source), todo="give a table with rows"
        )
    lineage = traced(source, marks, len(frame))
    if lineage.label == "real":
        return frame, marks, None
    whose = "is synthetic" if lineage.label == "synthetic" else "holds synthetic rows beside real ones"
    say(
        f"warning: {source.name} {whose}, of generation {lineage.root.generation}: what is learnt from it is of"
        f" generation {lineage.root.generation + 1}"
    )
    return frame, marks, lineage


def source_key(path: Path | None) -> bytes:
    """The source key; where a new one was made is said aloud."""
    from tabsynth.keys import default_key_path, load_key

    place = default_key_path()
    made = path is None and not place.exists()
    secret = load_key(path)
    if made:
        say(f"made a source key: {place}; it decides who is held back as control: keep it with the source")
    return secret
