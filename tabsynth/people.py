"""Whom an audit asks about: of a source that holds synthetic rows beside real ones, the real ones alone.

Rows of earlier releases are nobody's secret, and would be found again among these; counted with the people they
would make every leak look smaller than it is.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy import MARK, Schema, SourceError
from tabsynth.config import RunConfig
from tabsynth.lineage.ancestry import Lineage
from tabsynth.split import Sealed, Split, split


def people_of(
    table: pd.DataFrame,
    sides: Split,
    schema: Schema,
    key: bytes,
    config: RunConfig,
    lineage: Lineage | None,
    real_rows: NDArray[np.bool_] | None,
) -> Split:
    """The sides of the source as the audit sees them.

    table: the source, canonical; sides: all of it. lineage: of the source where not all its rows are real.
    real_rows: (rows,) which are. SourceError when the source holds both and does not say which.
    """
    if lineage is None or lineage.label == "synthetic":
        return sides
    if real_rows is None:
        raise SourceError(
            "holds real and synthetic rows, and these do not say which they are",
            where="the source table",
            todo="bring the blend as it was made, with its column _origin",
        )
    marked = table.assign(**{MARK: real_rows})
    parts = split(marked, schema, key=key, **config.split.model_dump())
    return replace(
        sides,
        train=_real(parts.train),
        development=_real(parts.development),
        control=Sealed(_real(parts.control.open())),
    )


def _real(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame[MARK]].drop(columns=MARK).reset_index(drop=True)
