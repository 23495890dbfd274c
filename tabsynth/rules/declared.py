"""Rules as their owner writes them: TOML tables, or objects in Python."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, get_args

import tomlkit
from pydantic import Field, TypeAdapter, ValidationError
from tomlkit.items import AoT

from privacy import ConfigError, first_fault
from tabsynth.rules.combinations import FixedCombinations
from tabsynth.rules.dependency import Dependency
from tabsynth.rules.equal import Equal
from tabsynth.rules.function import Function
from tabsynth.rules.missing import Missing
from tabsynth.rules.order import Order
from tabsynth.rules.pattern import Pattern
from tabsynth.rules.ranges import Range
from tabsynth.rules.rule import Rule
from tabsynth.rules.sums import Sum
from tabsynth.rules.unique import Unique

AnyRule = Annotated[
    Range | Order | Equal | Sum | FixedCombinations | Dependency | Missing | Unique | Pattern | Function,
    Field(discriminator="rule"),
]
Rules = tuple[AnyRule, ...]

_RULE: TypeAdapter[AnyRule] = TypeAdapter(AnyRule)
_RULES: TypeAdapter[Rules] = TypeAdapter(Rules)
_TABLE = "rules"
_HEAD = (
    "What a valid record is: one [[rules]] each. A gap breaks no rule. By `rule`, the other keys:",
    "range: column, minimum, maximum. Inclusive; numbers or dates.",
    "order: columns, from the least or earliest on; strict = true when no two may be equal.",
    "equal: columns, two; the second is computed.",
    "sum: parts, total, tolerance; the total is computed.",
    "dependency: given, gives. Rows equal in `given` are equal in `gives`, which is computed.",
    "fixed_combinations: columns; allowed, lists of values, or left out for those that enough persons carry.",
    "missing: column; when, an SQL condition, or by, a column that decides it; exactly = false for one way only.",
    "unique: columns. No two rows are equal in all of them.",
    "pattern: column, pattern. A regular expression (RE2) that the whole text matches.",
)


def load_rules(path: Path | str) -> list[dict[str, Any]]:
    """The tables of a file of rules. ConfigError when it cannot be read or holds anything else."""
    path = Path(path)
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", where=str(path)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):
        raise ConfigError("is not valid TOML", where=str(path)) from None
    tables = data.pop(_TABLE, None)
    if data or not isinstance(tables, list):
        raise ConfigError(
            "holds no list of rules alone", where=str(path), todo="write one [[rules]] table each"
        )
    return tables


def checked_rules(rules: Any) -> Rules:
    """The rules of a file, of tables or of rules made in Python; ConfigError names the one that is wrong."""
    tables = load_rules(rules) if isinstance(rules, str | Path) else rules
    if not isinstance(tables, list | tuple):
        raise ConfigError("are no list", where=_TABLE, todo="write one [[rules]] table each, or name a file")
    for table in tables:
        if isinstance(table, dict) and table.get("rule") == "function":
            raise ConfigError(
                "a function is a rule in Python only", where=_TABLE, todo="leave it out of the file"
            )
        if isinstance(table, dict) and "seen" in table:
            raise ConfigError('"seen" is learnt, not declared', where=_TABLE, todo="leave it out")
    return tuple(_checked(table, f"rule {number}") for number, table in enumerate(tables, start=1))


def _checked(table: Any, where: str) -> AnyRule:
    kinds = [rule.model_fields["rule"].default for rule in get_args(get_args(AnyRule)[0])]
    if isinstance(table, dict) and table.get("rule") not in kinds:
        raise ConfigError(f"says not which rule it is: rule = one of {', '.join(kinds)}", where=where)
    try:
        return _RULE.validate_python(table)
    except ValidationError as error:
        place, reason = first_fault(error)
        raise ConfigError(reason, where=f"{where}, {place.replace('.', ', ')}".rstrip(", ")) from None


def rules_from_json(data: Any) -> Rules:
    """The rules of a model file; ValueError when they are none."""
    return _RULES.validate_python(tuple(data))


def rules_to_json(rules: Sequence[Rule]) -> list[dict[str, Any]]:
    """The rules with what they learnt, for the model file. ConfigError for one that is a function."""
    for rule in rules:
        if isinstance(rule, Function):
            raise ConfigError(
                "is a function, which no model file can hold",
                where=f"rule {rule.name}",
                todo="sample without saving, or state it as another rule",
            )
    return [rule.model_dump(mode="json", exclude_none=True) for rule in rules]


def rules_text(rules: Sequence[tuple[Rule, str]]) -> str:
    """A file of rules, a comment before each."""
    document = tomlkit.document()
    for line in _HEAD:
        document.add(tomlkit.comment(line))
    document.add(tomlkit.nl())
    tables = AoT([])
    for rule, comment in rules:
        table = tomlkit.table()
        table.add(tomlkit.comment(comment))
        fields = rule.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
        for key, value in {"rule": rule.model_dump()["rule"], **fields}.items():
            table.add(key, value)
        tables.append(table)
    document.add(_TABLE, tables)
    return tomlkit.dumps(document)
