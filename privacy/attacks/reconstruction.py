"""Linear reconstruction: can everybody's binary secret be solved for, from counts in the synthetic table?

Annamalai, Gadotti & Rocher (USENIX Security 2024, arXiv:2301.10053): a count of people with some known values
and the secret is a linear equation in their secret bits. Many equations that hold more exactly for train than for
other people give the bits away, those of ordinary people too. Here the answers are scaled to the number of people
that the query covers, which the attacker knows, and the equations are solved by bounded least squares.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

from privacy.attacks import ThreatModel
from privacy.attacks.cells import Cells, Codes
from privacy.attacks.columns import known_beside, secrets, sensitive
from privacy.attacks.secret import Secret
from privacy.attacks.targets import draw_targets
from privacy.attacks.trials import Trials, compared
from privacy.errors import one_line
from privacy.evidence import Evidence
from privacy.result import Finding
from privacy.schema import Schema
from privacy.stats import Count, proportion, two_exact

COLUMN_SETS = 40
"""Random sets of known columns; every combination of values in a set is one query."""

MOST_COLUMNS = 4
PULL = 1.0
"""Weight of the share of ones in every bit, beside its queries: it settles bits that no query reaches."""

STEPS = 60
SURE = 0.1
"""A solution this close to 0 or 1 is a bit that the attacker is sure of."""

Bits = NDArray[np.bool_]
Values = NDArray[np.float64]


class Reconstruction:
    """One secret: the equations of train people and, apart, of as many control people, from the same table.

    targets: train people whose bits are solved for, and control people beside them.
    """

    name: ClassVar[str] = "reconstruction"
    threat: ClassVar[ThreatModel] = ThreatModel(
        holds="the synthetic table and the quasi-identifiers of many people (all other columns if none declared)",
        guesses="a secret with two values, of all of them at once",
    )

    def __init__(self, level: float = 0.95, targets: int = 10_000) -> None:
        self.level = level
        self._targets = targets

    def requires(self, schema: Schema) -> str | None:
        return None if len(schema.compared) > 1 else "reconstruction needs a known column and a secret"

    def run(self, evidence: Evidence, rng: np.random.Generator) -> list[Finding]:
        secret = Binary.chosen(evidence, rng)
        rows = draw_targets(evidence, self._targets, rng)
        rows = rows[0][~np.isnan(secret.train[rows[0]])], rows[1][~np.isnan(secret.control[rows[1]])]
        usable = np.flatnonzero(~np.isnan(secret.synthetic))
        truth = secret.train[rows[0]] == 1, secret.control[rows[1]] == 1
        ones = secret.synthetic[usable] == 1

        known = known_beside(evidence.schema, secret.name)
        cells = Cells.of(evidence, known)
        cells = Cells(cells.train[:, rows[0]], cells.control[:, rows[1]], cells.synthetic[:, usable])
        systems = equations(cells, ones, column_sets(len(known), rng))
        share = float(ones.mean()) if ones.size else 0.5
        solved = solution(systems[0], share), solution(systems[1], share)
        return [self._finding(secret, known, truth, solved, (len(systems[0].answers), share))]

    def _finding(
        self,
        secret: Binary,
        known: tuple[str, ...],
        truth: tuple[Bits, Bits],
        solved: tuple[Values, Values],
        asked: tuple[int, float],
    ) -> Finding:
        queries, share = asked
        label = one_line(secret.name, 40)
        right = [(bits >= 0.5) == true for bits, true in zip(solved, truth, strict=True)]
        sure = [np.abs(bits - 0.5) >= 0.5 - SURE for bits in solved]
        majority = truth[0] == (share >= 0.5)
        trials = Trials(
            name=f"{label} by linear reconstruction",
            success=f"have {label}{secret.split} solved rightly",
            asked=self._targets,
            train=_count(right[0]),
            control=_count(right[1]),
            baseline=_count(majority),
            columns=(secret.name, *known),
            note=f"Counts of {queries:,} combinations of up to {MOST_COLUMNS} known values were used",
            obstacle=f"{label} is never given",
        )
        also = {
            "precision when sure": proportion(_count(right[0][sure[0]]), self.level),
            "precision when sure, control": proportion(_count(right[1][sure[1]]), self.level),
            "share sure": proportion(_count(sure[0]), self.level),
            "share sure, control": proportion(_count(sure[1]), self.level),
        }
        return compared(trials, self, two_exact).model_copy(update={"also": also})


def _count(hits: Bits) -> Count:
    return Count(int(hits.sum()), hits.size)


@dataclass(frozen=True, slots=True, eq=False)
class Binary:
    """A secret as bits. train, control, synthetic: (rows,) 0.0 or 1.0; NaN where a number is missing.

    split: what is guessed of it, in words that begin with a comma, or empty where it has two levels anyway.
    """

    name: str
    split: str
    train: Values
    control: Values
    synthetic: Values

    @classmethod
    def chosen(cls, evidence: Evidence, rng: np.random.Generator) -> Binary:
        """The first secret of two levels; else the first, cut at the pool's median or commonest level."""
        names = sensitive(evidence.schema) or list(secrets(evidence.schema, rng))
        ruler = evidence.ruler
        levels = {name: len(found) for name, found in zip(ruler.coded, ruler.levels, strict=True)}
        two = [name for name in names if levels.get(name) == 2]
        secret = Secret.of(evidence, (two or names)[0])
        tables = (secret.train, secret.control, secret.synthetic)
        if secret.ranked:
            median = float(np.median(secret.scale))
            bits = [np.where(np.isnan(values), np.nan, values > median) for values in tables]
            return cls(secret.name, ", above the median or not,", *bits)
        commonest = secret.likeliest(np.concatenate(tables[:2]))
        split = "" if two else ", the commonest level or not,"
        return cls(secret.name, split, *((values == commonest).astype(np.float64) for values in tables))


@dataclass(frozen=True, slots=True, eq=False)
class Equations:
    """members: (queries, people) sparse, 1 where the query counts the person. answers: (queries,) how many of
    these have the bit, as the synthetic table would have it. weights: (queries,) one over the answer's error."""

    members: sparse.csr_matrix
    answers: Values
    weights: Values


def column_sets(columns: int, rng: np.random.Generator) -> list[tuple[int, ...]]:
    """Random sets of 1 to 4 of the columns, COLUMN_SETS of them, equal ones once; in a fixed order."""
    sizes = rng.integers(1, min(MOST_COLUMNS, columns) + 1, COLUMN_SETS)
    drawn = (tuple(sorted(rng.choice(columns, size, replace=False).tolist())) for size in sizes)
    return sorted(set(drawn))


def equations(cells: Cells, ones: Bits, sets: Sequence[tuple[int, ...]]) -> tuple[Equations, Equations]:
    """The equations of train and of control: one for each combination of cells that people and synthetic share.

    cells: (columns, rows) each. ones: (synthetic rows,) who has the bit.
    """
    crossed = [cells.only(columns).crossed() for columns in sets]
    train, control = (
        _stacked([_queries(getattr(one, side)[0], one.synthetic[0], ones) for one in crossed])
        for side in ("train", "control")
    )
    return train, control


def _queries(people: Codes, synthetic: Codes, ones: Bits) -> Equations:
    """One query for each class of equal cells. A share out of s rows has an error of about 1 / sqrt(s)."""
    size = 1 + int(max(people.max(initial=-1), synthetic.max(initial=-1)))
    alike = np.bincount(people, minlength=size)
    found = np.bincount(synthetic, minlength=size)
    with_bit = np.bincount(synthetic[ones], minlength=size)
    used = (alike > 0) & (found > 0)
    members = sparse.csr_matrix(
        (np.ones(len(people)), (people, np.arange(len(people)))), shape=(size, len(people))
    )
    answers = with_bit[used] / found[used] * alike[used]
    return Equations(members[np.flatnonzero(used)], answers, np.sqrt(found[used]) / alike[used])


def _stacked(parts: Sequence[Equations]) -> Equations:
    return Equations(
        sparse.vstack([part.members for part in parts], format="csr"),
        np.concatenate([part.answers for part in parts]),
        np.concatenate([part.weights for part in parts]),
    )


def solution(system: Equations, share: float) -> Values:
    """(people,) the bits x in [0, 1] that minimise |W (A x - a)|^2 + PULL |x - share|^2."""
    start = np.full(system.members.shape[1], share)
    if not start.size:
        return start
    forth = sparse.diags(system.weights) @ system.members
    back, target = forth.T.tocsr(), system.weights * system.answers

    def loss(bits: Values) -> tuple[float, Values]:
        residual, pulled = forth @ bits - target, bits - share
        return (
            float(residual @ residual + PULL * pulled @ pulled) / 2,
            back @ residual + PULL * pulled,
        )

    found = optimize.minimize(
        loss,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=optimize.Bounds(0, 1),
        # One correction: the bookkeeping of more costs more than the steps they save.
        options={"maxiter": STEPS, "maxcor": 1},
    )
    return np.asarray(found.x, np.float64)
