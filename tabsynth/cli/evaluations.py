"""The verb for the use of a synthetic table: what are models worth that learnt from it?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tabsynth.cli.options import JsonOption, SchemaOption, SeedOption


def evaluate(
    real: Annotated[Path, typer.Option("--real", help="What the generator learnt.")],
    synthetic: Annotated[Path, typer.Option("--synthetic", help="What it made of them.")],
    control: Annotated[
        Path,
        typer.Option(
            "--control", help="Real rows of the same source that nobody learnt: models are tested here."
        ),
    ],
    target: Annotated[str, typer.Option("--target", help="The column to predict; with --time, its event.")],
    out: Annotated[
        Path, typer.Option("--out", help="Folder for evaluation.json, evaluation.html and evaluation.md.")
    ],
    schema: SchemaOption = None,
    time: Annotated[
        str | None, typer.Option("--time", help="For survival: the time of the event, or of the last look.")
    ] = None,
    groups: Annotated[
        list[str] | None,
        typer.Option("--groups", help="A column whose parts of control are scored apart. Repeatable."),
    ] = None,
    leave_out: Annotated[
        list[str] | None,
        typer.Option(
            "--leave-out", help="A column that no model may see, known only afterwards. Repeatable."
        ),
    ] = None,
    smallest: Annotated[
        float,
        typer.Option("--smallest", help="The smallest difference of the main score that is of interest."),
    ] = 0.01,
    seed: SeedOption = None,
    as_json: JsonOption = False,
) -> int:
    """Train on real, synthetic and blends, test on real control: do the synthetic rows help, harm, or neither?"""
    from privacy import evaluate_files

    return evaluate_files(
        real,
        synthetic,
        control,
        out,
        target=target,
        schema=schema,
        time=time,
        groups=groups or (),
        left_out=leave_out or (),
        smallest=smallest,
        seed=seed,
        as_json=as_json,
    )
