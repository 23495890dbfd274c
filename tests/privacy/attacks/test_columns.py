"""Fixed rules for what the attacker knows and wants."""

from __future__ import annotations

import numpy as np

from privacy.attacks.columns import known_beside, secrets, sensitive, two_parts
from privacy.schema import Column, Kind, Role, Schema


def _schema(**roles: Role) -> Schema:
    return Schema(columns=tuple(Column(name=n, kind=Kind.CATEGORICAL, role=r) for n, r in roles.items()))


KEY, SECRET, OTHER = Role.QUASI_IDENTIFIER, Role.SENSITIVE, Role.OTHER


def test_declared_roles_decide() -> None:
    schema = _schema(age=KEY, job=OTHER, area=KEY, illness=SECRET)
    assert two_parts(schema) == ("quasi-identifiers against the rest", ("age", "area"), ("job", "illness"))
    assert secrets(schema, np.random.default_rng(0)) == ("illness",)
    assert known_beside(schema, "illness") == ("age", "area")


def test_without_roles_columns_alternate_and_five_are_secrets() -> None:
    schema = _schema(**{f"c{i}": OTHER for i in range(8)})
    assert two_parts(schema)[1:] == (("c0", "c2", "c4", "c6"), ("c1", "c3", "c5", "c7"))
    chosen = secrets(schema, np.random.default_rng(0))
    assert len(chosen) == 5 and list(chosen) == sorted(chosen)
    assert known_beside(schema, "c3") == tuple(f"c{i}" for i in range(8) if i != 3)


def test_only_quasi_identifiers_still_gives_two_parts_and_a_secret() -> None:
    schema = _schema(a=KEY, b=KEY)
    assert two_parts(schema) == ("alternate columns", ("a",), ("b",))
    assert secrets(schema, np.random.default_rng(0)) == ("a", "b")
    assert known_beside(schema, "a") == ("b",)


def test_of_many_sensitive_columns_five_are_drawn() -> None:
    schema = _schema(age=KEY, **{f"s{i}": SECRET for i in range(9)})
    drawn = [secrets(schema, np.random.default_rng(seed)) for seed in range(20)]
    assert {len(names) for names in drawn} == {5}
    assert set().union(*drawn) == set(sensitive(schema)) == {f"s{i}" for i in range(9)}
