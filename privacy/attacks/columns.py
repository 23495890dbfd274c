"""What the attacker knows and wants, by fixed rules, so that no analyst's choice of columns decides a result."""

from __future__ import annotations

import numpy as np

from privacy.schema import Role, Schema

MOST_SECRETS = 5


def two_parts(schema: Schema) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """A name for the split, and two disjoint sets of the compared columns.

    Quasi-identifiers against the rest, since they are what other files hold; every other column where the
    schema declares none, or nothing else.
    """
    names = [column.name for column in schema.compared]
    keys = [column.name for column in schema.compared if column.role is Role.QUASI_IDENTIFIER]
    rest = [name for name in names if name not in keys]
    if keys and rest:
        return "quasi-identifiers against the rest", tuple(keys), tuple(rest)
    return "alternate columns", tuple(names[::2]), tuple(names[1::2])


def secrets(schema: Schema, rng: np.random.Generator) -> tuple[str, ...]:
    """The sensitive columns; where none is declared the others, quasi-identifiers last. Five at random of more."""
    names = sensitive(schema)
    names = names or [column.name for column in schema.compared if column.role is not Role.QUASI_IDENTIFIER]
    names = names or [column.name for column in schema.compared]
    if len(names) > MOST_SECRETS:
        names = [names[i] for i in sorted(rng.choice(len(names), MOST_SECRETS, replace=False))]
    return tuple(names)


def sensitive(schema: Schema) -> list[str]:
    """The columns declared sensitive."""
    return [column.name for column in schema.compared if column.role is Role.SENSITIVE]


def known_beside(schema: Schema, secret: str) -> tuple[str, ...]:
    """What is known of a person whose secret is guessed: the quasi-identifiers, or all other columns."""
    others = [column for column in schema.compared if column.name != secret]
    keys = [column.name for column in others if column.role is Role.QUASI_IDENTIFIER]
    return tuple(keys or [column.name for column in others])
