"""Linkability: two files hold different columns of the same people; does the synthetic table join them?

The linkage attack of Giomi et al. (PoPETs 2023(2), section 4.2), on the audit's own ruler: both halves of a
person are looked up in the synthetic table, and linked when a nearest synthetic record is the same. Once more
with errors in both files: a linkage by noisy data is a linkage too (EDPB Guidelines 02/2026, paragraph 64).
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import hypergeom

from privacy.attacks import ThreatModel
from privacy.attacks.columns import two_parts
from privacy.attacks.noisy_files import OFF_BY, WRONG, with_errors
from privacy.attacks.targets import draw_targets
from privacy.attacks.trials import Trials, compared
from privacy.evidence import Evidence
from privacy.neighbors import Distance, k_nearest
from privacy.result import Finding
from privacy.ruler import Coordinates
from privacy.schema import Schema
from privacy.stats import Count
from privacy.wording import percent

NEIGHBOURS = (1, 10)
RANDOM_SPLITS = 2

NOISE = (
    f"Both files have errors: {percent(WRONG)} of the values are another person's,"
    f" and numbers are off by {percent(OFF_BY)} of the ranks"
)

Split = tuple[tuple[str, ...], tuple[str, ...]]
"""The columns of one file, and of the other."""

Links = NDArray[np.int64]
"""(targets,) the number of nearest neighbours at which a target's halves meet; beyond the last: never."""


class Linkability:
    """One fixed split of the columns, the same with errors, then random halves; 1 and 10 nearest records.

    targets: train people asked, and control people beside them.
    """

    name: ClassVar[str] = "linkability"
    threat: ClassVar[ThreatModel] = ThreatModel(
        holds="the synthetic table and two files with different columns of the same people",
        guesses="which two records of those files belong to one person",
    )

    def __init__(self, level: float = 0.95, targets: int = 2_000) -> None:
        self.level = level
        self._targets = targets

    def requires(self, schema: Schema) -> str | None:
        return None if len(schema.compared) > 1 else "linking needs at least two columns"

    def run(self, evidence: Evidence, rng: np.random.Generator) -> list[Finding]:
        rows = draw_targets(evidence, self._targets, rng)
        exact = evidence.train_at.take(rows[0]), evidence.control_at.take(rows[1])
        noisy = self._noisy(evidence, rows, rng)
        title, left, right = two_parts(evidence.schema)
        fixed = [(left, right)]
        tried = [_Linkage(title, exact, fixed), _Linkage("noisy auxiliary", noisy, fixed, NOISE)]
        names = [column.name for column in evidence.schema.compared]
        if len(names) > 3:
            halves = [_halves(names, rng) for _ in range(RANDOM_SPLITS)]
            tried.append(_Linkage("random halves", exact, halves))
        findings: list[Finding] = []
        for linkage in tried:
            # The same of equally near records for both sides, else all people of a common kind are linked on one.
            seed = int(rng.integers(2**63))
            train, control = (
                _meetings(evidence, table, linkage.splits, np.random.default_rng(seed))
                for table in linkage.targets
            )
            findings.extend(
                self._finding(linkage, k, train, control, len(evidence.synthetic)) for k in NEIGHBOURS
            )
        return findings

    def _noisy(
        self, evidence: Evidence, rows: tuple[Links, Links], rng: np.random.Generator
    ) -> tuple[Coordinates, Coordinates]:
        """The targets as files with errors know them: of train, and of control."""
        pool = pd.concat([evidence.train, evidence.control], ignore_index=True)
        scales = dict(zip(evidence.ruler.ranked, evidence.ruler.scales, strict=True))
        train, control = (
            evidence.ruler.measure(with_errors(table.iloc[some], pool, scales, rng))
            for table, some in zip((evidence.train, evidence.control), rows, strict=True)
        )
        return train, control

    def _finding(
        self, linkage: _Linkage, neighbours: int, train: Links, control: Links, synthetic: int
    ) -> Finding:
        meeting = "have the same nearest synthetic record"
        if neighbours > 1:
            meeting = f"share one of their {neighbours} nearest synthetic records"
        return compared(
            Trials(
                name=f"{linkage.name}, {neighbours} nearest",
                success=f"are linked, since both halves {meeting}",
                asked=self._targets,
                train=Count(int((train <= neighbours).sum()), len(train)),
                control=Count(int((control <= neighbours).sum()), len(control)),
                baseline=_by_chance(synthetic, neighbours),
                note=linkage.note,
            ),
            self,
        )


class _Linkage(NamedTuple):
    """What the two files know of the targets, train and control, and how the columns are dealt to them."""

    name: str
    targets: tuple[Coordinates, Coordinates]
    splits: list[Split]
    note: str = ""


def _halves(names: list[str], rng: np.random.Generator) -> Split:
    order = [names[i] for i in rng.permutation(len(names))]
    return tuple(order[::2]), tuple(order[1::2])


def _meetings(
    evidence: Evidence,
    targets: Coordinates,
    splits: list[Split],
    rng: np.random.Generator,
) -> Links:
    """Every target tried once, the targets dealt to the splits in turn, so that trials stay independent."""
    meet = np.empty(len(targets), dtype=np.int64)
    for turn, (left, right) in enumerate(splits):
        share = np.arange(turn, len(targets), len(splits))
        if share.size:
            some = targets.take(share)
            meet[share] = _first_meeting(
                _neighbours(evidence, some, left, rng), _neighbours(evidence, some, right, rng)
            )
    return meet


def _neighbours(
    evidence: Evidence, targets: Coordinates, names: tuple[str, ...], rng: np.random.Generator
) -> Links:
    """(targets, k) nearest synthetic records by these columns alone."""
    queries = evidence.ruler.only(targets, names)
    pool = evidence.ruler.only(evidence.synthetic_at, names)
    return k_nearest(queries, pool, Distance.plain(pool), max(NEIGHBOURS), rng=rng)[0]


def _first_meeting(left: Links, right: Links) -> Links:
    """(targets,) the smallest k at which the first k of both sides share a record."""
    never = max(NEIGHBOURS) + 1
    ranks = np.arange(1, left.shape[1] + 1)
    later = np.maximum(ranks[:, None], ranks[None, :])
    same = left[:, :, None] == right[:, None, :]
    first: Links = np.where(same, later, never).min(axis=(1, 2))
    return first


def _by_chance(synthetic: int, neighbours: int) -> float:
    """Chance that two random sets of `neighbours` synthetic records overlap."""
    drawn = min(neighbours, synthetic)
    return float(hypergeom.sf(0, synthetic, drawn, drawn))
