"""The verbs for anybody's synthetic table: inspect it, draw its report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from privacy import ConfigError, say
from tabsynth.cli.options import JsonOption, PolicyOption, SchemaOption, SeedOption


def audit(
    train: Annotated[Path, typer.Option("--train", help="What the generator learnt.")],
    control: Annotated[
        Path, typer.Option("--control", help="A random part of the same source, never learnt.")
    ],
    synthetic: Annotated[Path, typer.Option("--synthetic", help="What would leave the building.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for audit.json and report.html.")],
    schema: SchemaOption = None,
    policy: PolicyOption = None,
    seed: SeedOption = None,
    earlier: Annotated[
        list[Path] | None,
        typer.Option("--earlier", help="Released before from the same source; audited together. Repeatable."),
    ] = None,
    attempt: Annotated[
        int | None,
        typer.Option("--attempt", min=1, help="Which audit of this source it is, if you keep count."),
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """Inspect anybody's synthetic table: pass (exit 0), fail (1) or inconclusive (3)."""
    from privacy import inspect_files

    return inspect_files(
        train,
        control,
        synthetic,
        out,
        schema=schema,
        policy=policy or "controlled",
        seed=seed,
        attempt=attempt,
        earlier=earlier or (),
        as_json=as_json,
    )


def report(
    source: Annotated[Path, typer.Argument(help="An audit.json.")],
    out: Annotated[Path, typer.Option("--out", help="The report: .html or .md.")],
) -> int:
    """Draw the report of a saved audit again, without the data."""
    from privacy import audit_files, disk_errors, load_audit, whole_file

    wanted = {".html": "report.html", ".md": "report.md"}.get(out.suffix.lower())
    if wanted is None:
        raise ConfigError("the report is written as .html or .md", where=str(out))
    content = audit_files(load_audit(source))[wanted]
    with disk_errors(out), whole_file(out) as draft:
        draft.write_bytes(content)
    say(f"wrote {out}")
    return 0
