"""Rules that cannot be meant: about columns that are not there, or against each other. Said before any work."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from privacy import ConfigError, Schema
from tabsynth.rules.equal import Equal
from tabsynth.rules.order import Order
from tabsynth.rules.ranges import Range
from tabsynth.rules.rule import Rule

_Step = tuple[str, str, bool]
"""Left is at most right; whether it must be less."""


def require_sound(rules: Sequence[Rule], schema: Schema) -> None:
    """ConfigError for the first rule that does not fit the schema, or does not fit the others."""
    for number, rule in enumerate(rules, start=1):
        try:
            rule.require(schema)
        except ConfigError as error:
            where = f"{place_of(number, rule)}{f', {error.where}' if error.where else ''}"
            raise ConfigError(error.what, where=where, todo=error.todo) from None
        if any(rule == earlier for earlier in rules[: number - 1]):
            raise ConfigError("stands there twice", where=place_of(number, rule), todo="leave one")
    steps = _steps(rules)
    _require_no_circle(steps)
    _require_room(rules, steps, schema)


def place_of(number: int, rule: Rule) -> str:
    """What messages call a rule; number: from 1."""
    return f"rule {number}, {rule.text()}"


def _steps(rules: Sequence[Rule]) -> list[_Step]:
    steps: list[_Step] = []
    for rule in rules:
        if isinstance(rule, Order):
            steps += [(*pair, rule.strict) for pair in zip(rule.columns, rule.columns[1:], strict=False)]
        if isinstance(rule, Equal):
            first, second = rule.columns
            steps += [(first, second, False), (second, first, False)]
    return steps


def _require_no_circle(steps: Sequence[_Step]) -> None:
    """No column may have to be less than itself."""
    for left, right, strict in steps:
        if strict and left in _above(right, steps):
            raise ConfigError(
                f'the column "{left}" would have to be less than itself, by way of "{right}"',
                where="rules",
                todo="leave out one of the rules of order between them",
            )


def _above(column: str, steps: Sequence[_Step]) -> set[str]:
    """The column, and all that are at least as large by some chain of steps."""
    found, new = {column}, {column}
    while new:
        new = {right for left, right, _ in steps if left in new} - found
        found |= new
    return found


def _require_room(rules: Sequence[Rule], steps: Sequence[_Step], schema: Schema) -> None:
    """Every column must have a value left, once the ranges of those below and above it are heeded."""
    low, high = _declared_limits(rules, schema)
    for _ in schema.names:
        for left, right, _strict in steps:
            low[right] = max(low[right], low[left])
            high[left] = min(high[left], high[right])
    empty = [name for name in low if low[name] > high[name]]
    empty += [left for left, right, strict in steps if strict and low[left] >= high[right]]
    if empty:
        raise ConfigError(
            f'no value of the column "{empty[0]}" can meet all rules about it and the bounds in the schema',
            where="rules",
            todo="correct its ranges, or the rules of order",
        )


def _declared_limits(rules: Sequence[Rule], schema: Schema) -> tuple[dict[str, float], dict[str, float]]:
    """The least and the greatest value that each column may have by its own ranges; infinite where none is."""
    low = {column.name: -np.inf if column.minimum is None else column.minimum for column in schema}
    high = {column.name: np.inf if column.maximum is None else column.maximum for column in schema}
    for rule in rules:
        if isinstance(rule, Range):
            low[rule.column] = max(low[rule.column], rule.limits[0])
            high[rule.column] = min(high[rule.column], rule.limits[1])
    return low, high
