"""Columns that rules compute, each after those that it is computed from."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from privacy import ConfigError, Kind, Schema
from tabsynth.rules.rule import Rule


def derived_columns(rules: Sequence[Rule]) -> frozenset[str]:
    """The columns that some rule computes."""
    return frozenset(rule.derives for rule in rules if rule.derives is not None)


def in_order(rules: Sequence[Rule]) -> list[Rule]:
    """The rules that derive a column, each after those that derive what it needs.

    ConfigError when two derive the same column, or each needs what the other derives.
    """
    waiting = {rule.derives: rule for rule in rules if rule.derives is not None}
    twice = [column for column in waiting if sum(rule.derives == column for rule in rules) > 1]
    if twice:
        raise ConfigError(
            f'two rules compute the column "{twice[0]}"', where="rules", todo="leave one of them"
        )
    ordered: list[Rule] = []
    while waiting:
        ready = [
            column
            for column, rule in waiting.items()
            if not any(n in waiting for n in rule.named if n != column)
        ]
        if not ready:
            names = " and ".join(f'"{column}"' for column in waiting)
            raise ConfigError(
                f"the columns {names} are computed from each other",
                where="rules",
                todo="leave one rule out, or state fixed_combinations in its place",
            )
        ordered += [waiting.pop(column) for column in ready]
    return ordered


def with_derived(frame: pd.DataFrame, ordered: Sequence[Rule], schema: Schema) -> pd.DataFrame:
    """A canonical frame with the derived columns computed, to as many decimals as they have."""
    if not ordered:
        return frame
    computed = frame.copy(deep=False)
    for rule in ordered:
        if rule.derives is None:
            continue
        column, values = schema[rule.derives], pd.Series(rule.derived(computed), computed.index)
        if column.kind is Kind.NUMERIC and column.decimals is not None:
            values = values.astype("float64").round(column.decimals)
        computed[rule.derives] = values
    return computed
