"""What several verbs of the command line share: the table, the source key, columns of text."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from privacy import say

_WIDEST = 400


def columns(rows: Sequence[Sequence[str]]) -> None:
    """Rows of text to stdout, one below the other; the first is the headings."""
    from privacy import one_line

    last = len(rows[0]) - 1
    widths = [min(max(len(one_line(row[at])) for row in rows), 40) for at in range(last)]
    for row in rows:
        cells = [one_line(cell, 40).ljust(width) for cell, width in zip(row, widths, strict=False)]
        sys.stdout.write("  ".join([*cells, one_line(row[last], _WIDEST)]) + "\n")


def read_source(source: Path, schema: Path | None) -> tuple[Any, Any]:
    """The frame and its schema; a guessed schema is said aloud."""
    from privacy import guess_schema, load_schema, read_table

    frame = read_table(source)
    if schema is not None:
        return frame, load_schema(schema)
    say("no --schema: kinds and roles are guessed; see `tabsynth describe`")
    return frame, guess_schema(frame)[0]


def source_key(path: Path | None) -> bytes:
    """The source key; where a new one was made is said aloud."""
    from tabsynth.keys import default_key_path, load_key

    place = default_key_path()
    made = path is None and not place.exists()
    secret = load_key(path)
    if made:
        say(f"made a source key: {place}; it decides who is held back as control: keep it with the source")
    return secret
