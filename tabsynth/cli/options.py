"""Options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SchemaOption = Annotated[
    Path | None, typer.Option("--schema", help="Schema TOML, or SDV metadata JSON. Guessed when left out.")
]
SeedOption = Annotated[
    int | None, typer.Option("--seed", min=0, help="Same input, options, seed, threads: same bytes.")
]
PolicyOption = Annotated[
    str | None, typer.Option("--policy", help="internal, controlled, public, or a TOML file.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write the answer as JSON to stdout.")]
GeneratorOption = Annotated[
    str | None, typer.Option("--generator", help="auto, tree, copula, ctgan, autoregressive, …")
]
BudgetOption = Annotated[
    float | None,
    typer.Option("--budget", min=1, help="Seconds that --generator auto may spend on its choice."),
]
DeviceOption = Annotated[str | None, typer.Option("--device", help="auto, cpu or cuda.")]
CandidatesOption = Annotated[
    int | None,
    typer.Option(
        "--candidates",
        min=1,
        help="Drawn for each row; kept are those whose margins are nearest to people never learnt. Try 5.",
    ),
]
TargetsOption = Annotated[
    str | None,
    typer.Option(
        "--targets",
        help="Whose margins choose among candidates: development; noised, train's too under noise; or train.",
    ),
]
RulesOption = Annotated[
    Path | None,
    typer.Option("--rules", help="What a valid record is: TOML, as tabsynth rules --out writes it."),
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="TOML with any of the options, and more.")
]
KeyOption = Annotated[
    Path | None,
    typer.Option("--key", help="Source key file (64 hex digits). Made on first use when left out."),
]
LedgerOption = Annotated[
    Path | None,
    typer.Option(
        "--ledger", help="Folder that counts attempts and keeps releases. Beside the key when left out."
    ),
]
SignOption = Annotated[
    Path | None,
    typer.Option("--sign", help="Private key file that signs, see keygen. Unsigned when left out."),
]
PublicKeyOption = Annotated[
    Path | None,
    typer.Option("--public-key", help="The maker's KEY.pub, from elsewhere than the bundle: refuse others."),
]
Source = Annotated[Path, typer.Argument(help="The table: .csv, .parquet or .arrow.")]
