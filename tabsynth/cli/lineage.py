"""The verbs for where tables came from: keys to sign with, and the tree of a table's ancestors."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from privacy import ConfigError, give, say
from tabsynth.cli.options import JsonOption


def keygen(
    out: Annotated[
        Path, typer.Option("--out", help="The private key; the public one is written to OUT.pub.")
    ],
    expires: Annotated[
        str | None, typer.Option("--expires", help="Last day of the key, YYYY-MM-DD; without, it has none.")
    ] = None,
) -> int:
    """Make a pair of keys: one to sign releases with, one to give to those who verify them."""
    from tabsynth.lineage.signing import make_keys

    key = make_keys(out, _day(expires))
    say(f"wrote {out}: it signs in your name, keep it secret and offline")
    say(f"wrote {out}.pub: hand it to recipients by another way than the bundles; key id {key.id}")
    return 0


def lineage(
    table: Annotated[Path, typer.Argument(help="A table, a bundle's folder, or a model file.")],
    as_json: JsonOption = False,
) -> int:
    """Draw where a table came from, through any number of models and blends."""
    from tabsynth.lineage.reading import lineage_at
    from tabsynth.lineage.tree import lines

    found = lineage_at(table)
    if found.root.kind == "real":
        say("nothing marks a row of it as synthetic; a table whose marks were taken off looks the same")
    if as_json:
        give(found.model_dump(mode="json"))
        return 0
    for line in lines(found):
        sys.stdout.write(line + "\n")
    return 0


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise ConfigError("is no date", where="--expires", todo="write YYYY-MM-DD") from None
