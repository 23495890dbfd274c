"""What rules have to know of train, as the synthetic table will show it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from privacy import Kind, Schema
from tabsynth.encode import Encoder
from tabsynth.encode.persons import Persons
from tabsynth.rules.ranges import Range
from tabsynth.rules.rule import Rule


def learnt_rules(
    rules: Sequence[Rule], train: pd.DataFrame, schema: Schema, encoder: Encoder, persons: Persons, least: int
) -> tuple[Rule, ...]:
    """The rules with what they learn of `train`, and the declared bounds of columns that they compute.

    Levels that few persons carry stand pooled, under the name that the encoder gives the pool; numbers have as
    many decimals as are released.
    """
    pooled = encoder.decode(encoder.encode(train), np.random.default_rng(0))
    texts = [name for name in encoder.columns if schema[name].kind in (Kind.CATEGORICAL, Kind.BOOLEAN)]
    rounded = {
        column.name: train[column.name].round(column.decimals)
        for column in schema
        if column.name in encoder.columns and column.kind is Kind.NUMERIC and column.decimals is not None
    }
    seen = train.assign(**rounded, **{name: pooled[name] for name in texts})
    learnt = tuple(rule.learnt(seen, persons, least) for rule in rules)
    return (*learnt, *_bounds(rules, schema))


def _bounds(rules: Sequence[Rule], schema: Schema) -> list[Range]:
    """A range for every computed column with declared bounds, which the encoder cannot keep it to."""
    found = []
    for rule in rules:
        column = None if rule.derives is None else schema[rule.derives]
        if (
            column is not None
            and column.kind is Kind.NUMERIC
            and (column.minimum, column.maximum) != (None, None)
        ):
            found.append(Range(column=column.name, minimum=column.minimum, maximum=column.maximum))
    return found
