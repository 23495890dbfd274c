"""Columns that rules compute, each after those that it is computed from."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from privacy import Kind, Schema
from tabsynth.rules.rule import Rule


def derived_columns(rules: Sequence[Rule]) -> frozenset[str]:
    """The columns that are computed."""
    return frozenset(rule.derives for rule in in_order(rules) if rule.derives is not None)


def in_order(rules: Sequence[Rule]) -> list[Rule]:
    """The rules by which columns are computed, each after those that compute what it needs.

    A column is computed by the first rule that can, and never from itself by a detour; all others that could
    compute it cut the rows that break them.
    """
    needs: dict[str, Rule] = {}
    for rule in rules:
        column = rule.derives
        if column is None or column in needs or column in _behind(_sources(rule), needs):
            continue
        needs[column] = rule
    ordered: list[Rule] = []
    while needs:
        ready = [
            column for column, rule in needs.items() if not any(name in needs for name in _sources(rule))
        ]
        ordered += [needs.pop(column) for column in ready]
    return ordered


def _sources(rule: Rule) -> set[str]:
    return {name for name in rule.named if name != rule.derives}


def _behind(columns: set[str], needs: dict[str, Rule]) -> set[str]:
    """The columns, and all that they are computed from."""
    found, new = set(columns), set(columns)
    while new:
        new = {name for column in new if column in needs for name in _sources(needs[column])} - found
        found |= new
    return found


def computed_by(rules: Sequence[Rule], frame: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """A canonical frame with the columns computed that these rules, learnt, derive from others."""
    return with_derived(frame, in_order(rules), schema)


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
