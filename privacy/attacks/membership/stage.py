"""Who plays which part: the targets, half of them members, and what the attacker holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from privacy.errors import EvidenceError
from privacy.evidence import Evidence
from privacy.ruler import Coordinates

MOST_TARGETS = 4_000
"""People a side."""

MOST_REFERENCE = 25_000
MOST_SYNTHETIC = 50_000

FEWEST_TARGETS = 10
"""People a side; with fewer no threshold can be chosen on one half and tried on the other."""

_REFERENCE_SHARE = 1 / 3


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """One row each of equally many people of train and of control, and the attacker's two tables.

    targets: the members' rows, then as many rows of others. rows: (targets,) their places in the pool, which
    is train stacked on control. synthetic, reference: what the attacker holds. left_out: synthetic rows that
    were not looked at.
    """

    targets: Coordinates
    rows: NDArray[np.int64]
    synthetic: Coordinates
    reference: Coordinates
    left_out: int = 0

    @property
    def is_member(self) -> NDArray[np.bool_]:
        """(targets,) which targets are train's."""
        return np.arange(len(self.rows)) < len(self.rows) // 2

    @classmethod
    def of(cls, evidence: Evidence, rng: np.random.Generator) -> Stage:
        """Roles dealt so that, were the synthetic table independent of train, members and others could be swapped.

        One random row of every unit of the pool stands for it, whichever side it is on. The reference is the
        rest of control, at least a third of its units, without any row of a target's unit: where equal rows
        make a unit, a target of either side has no twin there.
        """
        standing = _one_row_a_unit(evidence.units, rng)
        in_train = standing < len(evidence.train)
        train, control = standing[in_train], standing[~in_train]
        spared = len(control) - int(np.ceil(len(control) * _REFERENCE_SHARE))
        count = min(MOST_TARGETS, len(train), spared)
        if count < FEWEST_TARGETS:
            raise EvidenceError(
                f"{len(train):,} different people or rows of train and {len(control):,} of control are too few"
                " to aim at some of control and keep the others as the attacker's reference",
                todo=f"give {FEWEST_TARGETS} of train and {2 * FEWEST_TARGETS} of control at least",
            )
        rows = np.concatenate([train[:count], control[:count]])
        aimed_at = np.isin(evidence.units[len(evidence.train) :], evidence.units[rows])
        reference = rng.permutation(np.flatnonzero(~aimed_at))[:MOST_REFERENCE]
        synthetic = rng.permutation(len(evidence.synthetic))[:MOST_SYNTHETIC]
        return cls(
            targets=evidence.train_at.followed_by(evidence.control_at).take(rows),
            rows=rows,
            synthetic=evidence.synthetic_at.take(synthetic),
            reference=evidence.control_at.take(reference),
            left_out=len(evidence.synthetic) - len(synthetic),
        )


def _one_row_a_unit(units: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """A random row of every unit, units in random order."""
    order = rng.permutation(len(units))
    _, first = np.unique(units[order], return_index=True)
    chosen: NDArray[np.int64] = rng.permutation(order[first])
    return chosen
