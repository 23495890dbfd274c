"""The verbs for a source table: what it is, and its division by person."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from privacy import give, say
from tabsynth.cli.options import JsonOption, KeyOption, SchemaOption, Source
from tabsynth.cli.parts import columns, read_source, read_warning, source_key


def describe(
    source: Source,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the schema: .toml, or .json for SDV.")
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """Guess the kind and the privacy role of every column, with reasons; print no value of the table."""
    from privacy import disk_errors, save_schema, to_sdv, whole_file
    from tabsynth.describe import HEADINGS, describe as guess, lines

    schema, guesses = guess(read_warning(source)[0])
    if out is not None and out.suffix.lower() == ".json":
        with disk_errors(out), whole_file(out) as draft:
            draft.write_text(json.dumps(to_sdv(schema), indent=1), encoding="utf-8")
    elif out is not None:
        save_schema(schema, out, guesses)
    if out is not None:
        say(f"wrote {out}: read it, correct it, then use it with --schema")
    if as_json:
        give(schema.model_dump(mode="json", exclude_none=True))
        return 0
    columns([HEADINGS, *lines(guesses)])
    return 0


def split(
    source: Source,
    out: Annotated[Path, typer.Option("--out", help="New folder for train, development and control.")],
    schema: SchemaOption = None,
    key: KeyOption = None,
) -> int:
    """Divide a table by person, for those who use another generator: train, development and control."""
    from privacy import MARK, canonical, whole_folder
    from tabsynth.source import released_frame, require_unmarked, write_table
    from tabsynth.split import split as divide

    table = read_source(source, schema)
    names = list(table.schema.names)
    require_unmarked(names)
    frame = canonical(table.frame, table.schema, table="source")
    if table.marks.rows is not None:
        frame[MARK] = table.marks.rows.to_pandas()
    sides = divide(frame, table.schema, key=source_key(key))
    with whole_folder(out) as draft:
        parts = {"train": sides.train, "development": sides.development, "control": sides.control.open()}
        for name, part in parts.items():
            rows = released_frame(part[names], table.schema)
            marked = rows.assign(**{MARK: part[MARK]}) if MARK in part else rows
            write_table(marked, draft / f"{name}.parquet", table.lineage)
    say(f"wrote {out}: train and development for the generator, control for the audit alone")
    return 0
