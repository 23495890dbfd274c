"""What a command line says of a blend, read; and the blend written, with the statement beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from privacy import ConfigError
from tabsynth.blend.mixing import Blended
from tabsynth.blend.parts import share_of
from tabsynth.blend.strata import Strata
from tabsynth.lineage.sidecar import write_sidecar
from tabsynth.lineage.signing import Signer
from tabsynth.source import write_arrow


def write_blend(blended: Blended, out: Path, signer: Signer | None = None) -> None:
    """Write the table, then the statement. A crash between the two leaves a table that no statement fits."""
    write_arrow(blended.table, out, blended.lineage)
    write_sidecar(out, blended.lineage, signer)


def strata_of(column: str | None, levels: Sequence[str]) -> Strata | None:
    """`--stratify sex --stratum "50%: female" --stratum "50%: male"`."""
    if column is None:
        if levels:
            raise ConfigError("of which column?", where="--stratum", todo="name it with --stratify")
        return None
    shares: dict[str, float] = {}
    for number, text in enumerate(levels, start=1):
        written, colon, level = text.partition(":")
        if not colon or level.strip() in shares:
            raise ConfigError(
                "names no level, or one twice", where=f"--stratum {number}", todo='write "50%: female"'
            )
        shares[level.strip()] = share_of(written, f"--stratum {number}")
    return Strata(column, shares)


def anchor_of(text: str) -> float:
    """The least share of real rows; 0 for none."""
    return 0.0 if text.strip() in ("0", "0%") else share_of(text, "--anchor")
