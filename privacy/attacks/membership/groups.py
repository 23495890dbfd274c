"""Parts of the population in which an average over everybody would hide a leak."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from privacy.attacks.membership.stage import Stage
from privacy.evidence import Evidence
from privacy.neighbors import Distance, two_nearest
from privacy.schema import Kind, Role, Schema

ISOLATED = 0.05
FEWEST_PEOPLE = 200
"""A side."""

MOST_GROUPS = 12
_FEW_LEVELS = range(2, 11)
_MOST_STRANGERS = 25_000


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """The targets of one level, named by its column and its place among the column's levels, largest first."""

    column: str
    rank: int
    chosen: NDArray[np.bool_]


def most_isolated(evidence: Evidence, stage: Stage, rng: np.random.Generator) -> NDArray[np.bool_]:
    """(targets,) the 5 % farthest from the nearest record of anybody else, train or control.

    Labels play no part (after Meeus et al., Achilles' Heels, ESORICS 2023, arXiv:2306.10308). In a large pool,
    "anybody else" is a random part of it.
    """
    pool = evidence.train_at.followed_by(evidence.control_at)
    strangers = rng.permutation(len(pool))[:_MOST_STRANGERS]
    seen = pool.take(strangers)
    found = two_nearest(
        stage.targets,
        seen,
        Distance.plain(seen),
        evidence.units[strangers],
        own=evidence.units[stage.rows],
        rng=rng,
    )
    count = int(np.ceil(ISOLATED * len(stage.rows)))
    order = np.lexsort((rng.random(len(found.first)), -found.first))
    return np.isin(np.arange(len(order)), order[:count])


def subgroups(evidence: Evidence, stage: Stage) -> list[Group]:
    """Levels with 200 targets or more on either side: the twelve smallest, where an average hides most.

    Of the coded columns declared quasi-identifiers or sensitive categories; of those with 2 to 10 levels
    where none is declared.
    """
    found: list[tuple[int, Group]] = []
    for column in _telling_columns(evidence):
        codes = stage.targets.codes[:, evidence.ruler.coded.index(column)]
        for rank, chosen in enumerate(_levels(codes, _pool_codes(evidence, column)), start=1):
            fewest = min(int((chosen & side).sum()) for side in (stage.is_member, ~stage.is_member))
            if fewest >= FEWEST_PEOPLE:
                found.append((fewest, Group(column, rank, chosen)))
    found.sort(key=lambda each: each[0])
    return [group for _, group in found[:MOST_GROUPS]]


def _telling_columns(evidence: Evidence) -> list[str]:
    declared = [name for name in evidence.ruler.coded if _is_declared(evidence.schema, name)]
    if declared:
        return declared
    return [
        name
        for name, levels in zip(evidence.ruler.coded, evidence.ruler.levels, strict=True)
        if len(levels) in _FEW_LEVELS
    ]


def _is_declared(schema: Schema, name: str) -> bool:
    column = schema[name]
    personal = column.role in (Role.QUASI_IDENTIFIER, Role.SENSITIVE)
    return personal and column.kind in (Kind.CATEGORICAL, Kind.BOOLEAN)


def _pool_codes(evidence: Evidence, column: str) -> NDArray[np.int32]:
    place = evidence.ruler.coded.index(column)
    return np.concatenate([at.codes[:, place] for at in (evidence.train_at, evidence.control_at)])


def _levels(targets: NDArray[np.int32], pool: NDArray[np.int32]) -> Iterator[NDArray[np.bool_]]:
    """(targets,) flags of each level, the pool's most frequent level first."""
    codes, counts = np.unique(pool, return_counts=True)
    for place in np.argsort(-counts, kind="stable"):
        yield targets == codes[place]
