"""Whether the rules are true of the real rows: a rule that is not would make the copy less like its source."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from privacy import SMALL_CELL, ConfigError, Schema, counted
from tabsynth.rules.rule import Rule
from tabsynth.rules.sound import place_of
from tabsynth.split import units_of


def require_true(rules: Sequence[Rule], frame: pd.DataFrame, schema: Schema) -> None:
    """ConfigError for the first rule that real rows break, with how many; small counts are not told.

    frame: canonical, in the schema's columns.
    """
    frame = frame.reset_index(drop=True)
    for number, rule in enumerate(rules, start=1):
        broken = ~rule.valid(frame, schema)
        if not broken.any():
            continue
        rows = int(broken.sum())
        persons = rows if schema.entity is None else len(np.unique(units_of(frame, schema)[broken]))
        # Many rows of few persons would tell of these.
        told = counted(rows if persons >= SMALL_CELL else persons)
        raise ConfigError(
            f"is false on {told} of {len(frame):,} real rows",
            where=place_of(number, rule),
            todo="correct the rule, or the rows of the source",
        )
