"""Whether the rules are true of the real rows: a rule that is not would make the copy less like its source."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from privacy import ConfigError, Schema, counted
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
        persons = len(np.unique(units_of(frame, schema)[broken]))
        # As many rows as may be told, unless they are of so few persons that it would tell of these.
        told = counted(int(broken.sum()) if counted(persons) == f"{persons:,}" else persons)
        raise ConfigError(
            f"is false on {told} of {len(frame):,} real rows",
            where=place_of(number, rule),
            todo="correct the rule, or the rows of the source",
        )
