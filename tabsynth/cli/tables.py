"""The verbs for a source table: what it is, and its division by person."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from privacy import ConfigError, give, say
from tabsynth.cli.options import ConfigOption, JsonOption, KeyOption, SchemaOption, Source
from tabsynth.cli.parts import columns, read_source, read_warning, source_key


def describe(
    source: Source,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the schema: .toml, or .json for SDV.")
    ] = None,
    gap: Annotated[
        bool,
        typer.Option(
            "--gap", help="Say instead what of the need in --config, or of the levels, can be learnt."
        ),
    ] = False,
    schema: SchemaOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> int:
    """Guess the kind and the privacy role of every column, with reasons; print no value of the table."""
    from privacy import disk_errors, require_new_file, save_schema, to_sdv, whole_file
    from tabsynth.describe import HEADINGS, describe as guess, lines

    if gap:
        return _describe_gap(source, schema, config, as_json)
    if schema is not None or config is not None:
        raise ConfigError(
            "describe guesses the schema itself", where="--schema, --config", todo="or add --gap"
        )
    if out is not None:
        require_new_file(out)
    guessed, guesses = guess(read_warning(source)[0])
    if out is not None and out.suffix.lower() == ".json":
        with disk_errors(out), whole_file(out) as draft:
            draft.write_text(json.dumps(to_sdv(guessed), indent=1), encoding="utf-8")
    elif out is not None:
        save_schema(guessed, out, guesses)
    if out is not None:
        say(f"wrote {out}: read it, correct it, then use it with --schema")
    if as_json:
        give(guessed.model_dump(mode="json", exclude_none=True))
        return 0
    columns([HEADINGS, *lines(guesses)])
    return 0


def _describe_gap(source: Path, schema: Path | None, config: Path | None, as_json: bool) -> int:
    from privacy import canonical, known_policy
    from tabsynth.config import load_config
    from tabsynth.factory import require_possible
    from tabsynth.need import GAP_HEADINGS, THIN_HEADINGS, standings, thin_levels

    run = load_config(config)
    known_policy(run.policy)
    table = read_source(source, schema)
    declared = table.schema
    people = canonical(table.frame, declared, table="source")
    rows = run.need.rows(run.rows) or len(people)
    require_possible(people, declared, run, rows)
    asked = standings(people, declared, run.need, rows, run.least, run.split.train)
    stand = [each.line() for each in asked]
    thin = [each.line() for each in thin_levels(people, declared, run.least)]
    tables = {"segments": (GAP_HEADINGS, stand), "thin levels": (THIN_HEADINGS, thin)}
    if as_json:
        give(
            {
                name: [dict(zip(headings, line, strict=True)) for line in found]
                for name, (headings, found) in tables.items()
            }
        )
        return 0
    for headings, found in tables.values():
        if found:
            columns([headings, *found])
    if not thin:
        say("no level of any column is thin")
    return 0


def split(
    source: Source,
    out: Annotated[Path, typer.Option("--out", help="New folder for train, development and control.")],
    schema: SchemaOption = None,
    key: KeyOption = None,
) -> int:
    """Divide a table by person, for those who use another generator: train, development and control."""
    from privacy import MARK, canonical, require_new, whole_folder
    from tabsynth.source import released_frame, require_unmarked, write_table
    from tabsynth.split import split as divide

    require_new(out)
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


def rules(
    source: Source,
    schema: SchemaOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the rules that hold on all rows: .toml.")
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """Suggest rules that the table follows, with the rows that speak for each; print no value of the table."""
    from privacy import Screen, canonical, disk_errors, require_new_file, whole_file
    from tabsynth.rules.declared import rules_text
    from tabsynth.rules.suggest import HEADINGS, lines, suggestions

    if out is not None:
        require_new_file(out)
    table = read_source(source, schema)
    with Screen() as screen:
        found = suggestions(canonical(table.frame, table.schema, table="source"), table.schema, screen)
    sure = [each for each in found if not each.broken]
    if out is not None:
        with disk_errors(out), whole_file(out) as draft:
            draft.write_text(rules_text([(each.rule, each.told) for each in sure]), encoding="utf-8")
        say(f"wrote {out}, {len(sure)} rules: read it, delete what is not meant, then use it with --rules")
    if as_json:
        give({"suggestions": [each.facts() for each in found]})
        return 0
    columns([HEADINGS, *lines(found)])
    return 0
