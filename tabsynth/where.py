"""`--where`: an SQL condition, parsed by sqlglot, rebuilt from a whitelist, and never evaluated as code.

Whatever is not on the list is refused by name.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from privacy import Column, ConfigError, Kind, Schema, Treatment
from tabsynth.condition import (
    All,
    AtLeastOne,
    Compare,
    CompareColumns,
    Condition,
    IsMissing,
    Like,
    Not,
    OneOf,
    Value,
)

if TYPE_CHECKING:
    from sqlglot import exp

LONGEST = 10_000
_NUMBERS = (Kind.NUMERIC, Kind.DATETIME)
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def parse_where(text: str, schema: Schema, place: str = "--where") -> Condition:
    """The condition that `text` states about the learnt columns of a schema.

    Allowed: AND, OR, NOT, the six comparisons, IN, BETWEEN, LIKE, IS [NOT] NULL, columns (in double quotes
    where the name is not one plain word), and texts, numbers, ISO dates, TRUE and FALSE. place: the option that
    the text came from, for messages. Raises ConfigError.
    """
    try:
        if not isinstance(text, str):
            raise _refusal("is no text", todo="state an SQL condition, such as 'age < 30'")
        return _parsed(text, schema)
    except ConfigError as error:
        where = f"{place}, {error.where}" if error.where else place
        raise ConfigError(error.what, where=where, todo=error.todo) from None


def _parsed(text: str, schema: Schema) -> Condition:
    from sqlglot import exp, parse_one, tokenize
    from sqlglot.errors import ParseError, TokenError

    if len(text) > LONGEST:
        raise _refusal(f"is longer than {LONGEST} characters")
    try:
        tokens = tokenize(text)
        if any(token.comments for token in tokens):
            raise _refusal("a comment is not supported")
        if any(token.text == ";" and token.token_type.name == "SEMICOLON" for token in tokens):
            raise _refusal("a semicolon is not supported: state one condition")
        if not tokens:
            raise _refusal("is empty", todo="state a condition, such as age < 30")
        return _Builder(schema).condition(parse_one(text, into=exp.Condition))
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        column = first.get("col")
        raise _refusal(
            f"is not valid SQL near character {column}" if column else "is not valid SQL"
        ) from None
    except TokenError:
        raise _refusal("has a quote that is not closed, or a character that is not SQL") from None
    except RecursionError:
        raise _refusal("is nested too deeply") from None


class _Builder:
    """From sqlglot's tree to ours, every name and value checked against the schema."""

    def __init__(self, schema: Schema) -> None:
        from sqlglot import exp

        self._schema = schema
        self._comparisons: dict[type[exp.Expression], str] = {
            exp.EQ: "=",
            exp.NEQ: "<>",
            exp.LT: "<",
            exp.LTE: "<=",
            exp.GT: ">",
            exp.GTE: ">=",
        }
        self._builders: dict[type[exp.Expression], Callable[[Any], Condition]] = {
            exp.Paren: lambda node: self.condition(node.this),
            exp.And: lambda node: All(self._parts(node)),
            exp.Or: lambda node: AtLeastOne(self._parts(node)),
            exp.Not: lambda node: Not(self.condition(node.this)),
            exp.In: self._one_of,
            exp.Between: self._between,
            exp.Like: self._like,
            exp.Is: self._is_missing,
            exp.Column: self._truth_of_column,
        } | dict.fromkeys(self._comparisons, self._comparison)

    def condition(self, node: exp.Expression) -> Condition:
        """The condition of a node that has a truth value."""
        build = self._builders.get(type(node))
        if build is None:
            raise _refusal(f"{_construct(node)} is not supported", todo=_advice(node))
        built = build(node)
        return Not(built) if node.args.get("negate") else built

    def _parts(self, node: exp.Connector) -> tuple[Condition, ...]:
        return tuple(self.condition(part) for part in node.flatten())

    def _comparison(self, node: exp.Binary) -> Condition:
        from sqlglot import exp

        comparison, left, right = self._comparisons[type(node)], node.left.unnest(), node.right.unnest()
        if isinstance(right, exp.Column) and not isinstance(left, exp.Column):
            left, right, comparison = right, left, _MIRRORED.get(comparison, comparison)
        column = self._column(left)
        if not isinstance(right, exp.Column):
            return Compare(column.name, comparison, _value(right, column, ordering=comparison in _MIRRORED))
        other = self._column(right)
        if _family(column) != _family(other):
            raise _refusal(f"compares columns of two types, {column.kind} and {other.kind}", column)
        return CompareColumns(column.name, comparison, other.name)

    def _one_of(self, node: exp.In) -> Condition:
        if set(_filled(node)) - {"this", "expressions", "negate"}:
            raise _refusal("IN is supported only before a list of values, not before a subquery")
        column = self._column(node.this)
        return OneOf(column.name, frozenset(_value(value, column) for value in node.expressions))

    def _between(self, node: exp.Between) -> Condition:
        if set(_filled(node)) - {"this", "low", "high", "negate"}:
            raise _refusal("this form of BETWEEN is not supported")
        column = self._column(node.this)
        value = partial(_value, column=column, ordering=True)
        return All(
            (
                Compare(column.name, ">=", value(node.args["low"])),
                Compare(column.name, "<=", value(node.args["high"])),
            )
        )

    def _like(self, node: exp.Like) -> Condition:
        column = self._column(node.this)
        pattern = node.expression
        if column.kind in _NUMBERS:
            raise _refusal(f"LIKE is for texts, and this column is {column.kind}", column)
        if not pattern.is_string:
            raise _refusal("LIKE needs a text in single quotes", column)
        return Like(column.name, pattern.this)

    def _is_missing(self, node: exp.Is) -> Condition:
        from sqlglot import exp

        if not isinstance(node.expression, exp.Null):
            raise _refusal("IS is supported only before NULL and NOT NULL")
        return IsMissing(self._column(node.this).name)

    def _truth_of_column(self, node: exp.Column) -> Condition:
        column = self._column(node)
        if column.kind is not Kind.BOOLEAN:
            raise _refusal("stands alone but is not boolean", column, todo="compare it with a value")
        return Compare(column.name, "=", "true")

    def _column(self, node: exp.Expression) -> Column:
        """The learnt column that a node names."""
        from sqlglot import exp

        node = node.unnest()
        if not isinstance(node, exp.Column) or not isinstance(node.this, exp.Identifier):
            raise _refusal(f"{_construct(node)} stands where a column is needed", todo=_advice(node))
        if set(_filled(node)) - {"this"}:
            raise _refusal("a column of a named table is not supported", todo="leave the table's name out")
        column = self._schema[self._name(node.this.this, quoted=bool(node.this.args.get("quoted")))]
        if column.released_as is not Treatment.MODEL:
            raise _refusal(
                "is not learnt, so its values mean nothing in the synthetic table",
                column,
                todo="leave it out of the condition",
            )
        return column

    def _name(self, written: str, *, quoted: bool) -> str:
        names = self._schema.names
        alike = [name for name in names if name.casefold() == written.casefold()]
        if written in names:
            return written
        if len(alike) == 1 and not quoted:
            return alike[0]
        near = alike or difflib.get_close_matches(written, names, 3, 0.5)
        advice = f"did you mean {' or '.join(near)}?" if near else f"choose from {', '.join(names)}"
        raise _refusal(f'there is no column "{written}"', todo=advice)


def _value(node: exp.Expression, column: Column, ordering: bool = False) -> Value:
    """A literal in the column's canonical type. ordering: whether it is compared by < or >."""
    from sqlglot import exp

    node = node.unnest()
    if isinstance(node, exp.Null):
        raise _refusal("nothing equals NULL", column, todo="use IS NULL or IS NOT NULL")
    if column.kind is Kind.DATETIME and isinstance(node, exp.Cast):
        node = node.this if node.this.is_string and node.to.this.name in ("DATE", "TIMESTAMP") else node
    is_number = node.is_number and not isinstance(node, exp.Cast)
    if not (isinstance(node, exp.Literal | exp.Boolean) or is_number):
        raise _refusal(f"{_construct(node)} stands where a value is needed", column, todo=_advice(node))
    if column.kind is Kind.NUMERIC:
        if not is_number:
            raise _refusal("is numeric", column, todo="compare it with a number, without quotes")
        return _finite(node, column)
    if column.kind is Kind.DATETIME:
        return _seconds(node, column)
    if isinstance(node, exp.Boolean):
        return "true" if node.this else "false"
    if is_number:
        if ordering:
            raise _refusal(
                "holds texts, which have no order among numbers",
                column,
                todo='quote the value, or give a column of numbers kind = "numeric" in the schema',
            )
        number = _finite(node, column)
        exact = node.to_py()
        if isinstance(exact, int):
            return str(exact)
        return str(int(number)) if number.is_integer() else str(number)
    text = str(node.this)
    return text.lower() if column.kind is Kind.BOOLEAN else text


def _finite(node: exp.Expression, column: Column) -> float:
    number = float(node.to_py())
    if not np.isfinite(number):
        raise _refusal("the number is too large", column)
    return number


def _seconds(node: exp.Expression, column: Column) -> float:
    """An ISO date or time as seconds since 1970-01-01 UTC."""
    try:
        moment = datetime.fromisoformat(node.this if node.is_string else "")
    except ValueError:
        raise _refusal(
            "holds dates", column, todo="write the date as '2024-01-31' in single quotes"
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _family(column: Column) -> Kind:
    """Columns of one family can be compared with each other."""
    return column.kind if column.kind in (*_NUMBERS, Kind.BOOLEAN) else Kind.CATEGORICAL


def _filled(node: exp.Expression) -> list[str]:
    """The names of a node's parts that are there."""
    return [name for name, part in node.args.items() if part]


def _construct(node: exp.Expression) -> str:
    """What a user would call a node."""
    from sqlglot import exp

    if isinstance(node, exp.Query | exp.Subquery | exp.Exists):
        return "a subquery"
    if isinstance(node, exp.Binary) and isinstance(node, exp.Add | exp.Sub | exp.Mul | exp.Div | exp.Mod):
        return "arithmetic"
    if isinstance(node, exp.Func):
        return f"the function {node.sql_name()}"
    if isinstance(node, exp.Literal | exp.Boolean):
        return "a value"
    if isinstance(node, exp.Neg):
        return "a minus sign"
    if isinstance(node, exp.EQ | exp.NEQ | exp.LT | exp.LTE | exp.GT | exp.GTE | exp.Is):
        return "a comparison"
    return f"the construct {type(node).__name__.upper()}"


def _advice(node: exp.Expression) -> str:
    from sqlglot import exp

    if isinstance(node, exp.Sub):
        return 'write a column name with a hyphen in double quotes, such as "hours-per-week"'
    return "use AND, OR, NOT, = <> < <= > >=, IN, BETWEEN, LIKE, IS NULL, columns and plain values"


def _refusal(what: str, column: Column | None = None, todo: str | None = None) -> ConfigError:
    return ConfigError(what, where=None if column is None else f"column {column.name}", todo=todo)
