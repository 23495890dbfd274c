"""The verb that mixes tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from privacy import give, say
from tabsynth.cli.options import JsonOption, SeedOption, SignOption


def blend(
    part: Annotated[
        list[str],
        typer.Option(
            "--part",
            help='"real=train.parquet:30%". Or release=BUNDLE, synthetic=, blend=, foreign=. Repeatable.',
        ),
    ],
    rows: Annotated[int, typer.Option("--rows", min=1, max=100_000_000)],
    out: Annotated[Path, typer.Option("--out", help="The table: .parquet, .csv or .arrow.")],
    stratify: Annotated[
        str | None, typer.Option("--stratify", help="A column whose levels each part keeps in its shares.")
    ] = None,
    stratum: Annotated[
        list[str] | None,
        typer.Option("--stratum", help='A level and its share in every part: "50%: female". Repeatable.'),
    ] = None,
    anchor: Annotated[
        str, typer.Option("--anchor", help="Least share of real rows, and that of a real part without one.")
    ] = "30%",
    public_key: Annotated[
        list[Path] | None,
        typer.Option("--public-key", help="Every synthetic part must be signed by one of these. Repeatable."),
    ] = None,
    sign: SignOption = None,
    seed: SeedOption = None,
    as_json: JsonOption = False,
) -> int:
    """Mix real, synthetic and released rows at stated shares; every row keeps where it came from.

    With real rows in it the table is labelled mixed: regulated, to train on, and never to be released as it is.
    """
    import numpy as np

    from privacy import Screen
    from tabsynth.blend import blend as mixed, read_part, written_part
    from tabsynth.blend.writing import anchor_of, strata_of, write_blend
    from tabsynth.lineage.sidecar import require_new_table
    from tabsynth.lineage.signing import load_public_key, load_signer
    from tabsynth.source import require_writable

    require_writable(out)
    require_new_table(out)
    strata = strata_of(stratify, stratum or ())
    least = anchor_of(anchor)
    written = [written_part(text, f"--part {number}") for number, text in enumerate(part, start=1)]
    keys = [load_public_key(path) for path in public_key or ()]
    signer = load_signer(sign) if sign else None
    parts = [read_part(one, keys) for one in written]
    with Screen() as screen:
        done = mixed(parts, rows, np.random.default_rng(seed), strata, least, screen)
    write_blend(done, out, signer)
    for warning in done.warnings:
        say(f"warning: {warning}")
    label = done.lineage.label
    what = "with real rows among them: keep it with the source" if label != "synthetic" else "all synthetic"
    say(f"wrote {rows:,} rows to {out}, {what}; where they came from stands in {out.name}.origin.json")
    if as_json:
        give({"rows": rows, "label": label, "counts": done.counts, "warnings": done.warnings})
    return 0
