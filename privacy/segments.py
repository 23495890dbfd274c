"""Some of the people by themselves: a leak that hurts one group alone is diluted among everybody.

The gate and the gating attacks are asked again, of the group's rows in each of the three tables. A leak there
fails the release like any other. That a small group is too few to see a small leak is told, but does not decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy.attacks import attack_names
from privacy.errors import ConfigError, UserError, one_line
from privacy.evidence import gather
from privacy.examination import Clock, Seen, run_gating
from privacy.policy import Policy
from privacy.result import Finding, Skipped
from privacy.schema import Schema

Mask = NDArray[np.bool_]

_FEWEST_ROWS = 60
_NONE = 1e-9
"""Shares that sum to 1 but for rounding leave nothing to the rest."""


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """name: as the audit calls it. train, control, synthetic: (rows of that table,) which belong to it. share: of
    the synthetic table that was asked for, None where its rows come as often as they are."""

    name: str
    train: Mask
    control: Mask
    synthetic: Mask
    share: float | None = None

    def __post_init__(self) -> None:
        if ":" in self.name:
            raise ConfigError(
                "the name of a segment has no colon", where=f"segment {one_line(self.name, 40)}"
            )

    def __str__(self) -> str:
        return f"segment {one_line(self.name, 40)}"

    def examine(
        self,
        tables: Sequence[pd.DataFrame],
        schema: Schema,
        rules: Policy,
        alpha: float,
        rng: np.random.Generator,
        clock: Clock,
    ) -> Seen:
        """What the gate, at this alpha, and the gating attacks find.

        tables: train, control and synthetic, whole.
        """
        evidence_rng, gate_rng, *attack_rngs = rng.spawn(2 + len(attack_names()))
        masks = (self.train, self.control, self.synthetic)
        with clock.stage(str(self)):
            train, control, synthetic = (
                table[mask].reset_index(drop=True) for table, mask in zip(tables, masks, strict=True)
            )
            if train.empty or control.empty or synthetic.empty:
                return Seen(skipped=[Skipped(name=str(self), reason="one of the tables has no row of it")])
            try:
                evidence = gather(train, control, synthetic, schema, evidence_rng)
            except UserError as error:
                return Seen(skipped=[Skipped(name=str(self), reason=str(error))])
            seen = run_gating(evidence, rules, alpha, gate_rng, attack_rngs, clock.on_event)
        return Seen(
            findings=[self._retold(finding) for finding in seen.findings],
            checks=seen.checks,
            skipped=[Skipped(name=f"{self}: {skip.name}", reason=skip.reason) for skip in seen.skipped],
        )

    def told(self, judged: Sequence[Finding]) -> list[Finding]:
        """The judged findings that say something of a leak, named as findings about this segment.

        Only after judgement: the policy finds its limits by the names of findings and planted leaks.
        """
        return [self._renamed(finding) for finding in judged if finding.status is not None]

    def _retold(self, finding: Finding) -> Finding:
        return finding.model_copy(update={"sentence": f"In {self} alone: {finding.sentence}"})

    def _renamed(self, finding: Finding) -> Finding:
        # The policy limits shares of train; that a group alone is too small to see one of them is no shortfall.
        leaks = tuple(
            leak.model_copy(update={"leak": f"{leak.leak}, {self}", "tolerance": None})
            for leak in finding.detectable
        )
        return finding.model_copy(update={"name": f"{self}: {finding.name}", "detectable": leaks})


def in_stated_shares(
    segments: Sequence[Segment], train: pd.DataFrame, control: pd.DataFrame, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """As many rows of train and of control as there are in the shares that the synthetic table was asked for.

    A table of half smokers is not unlike people because people smoke less; so fidelity compares it with these.
    Tables of which too few rows would be left stay as they are.
    """
    stated = [segment for segment in segments if segment.share is not None]
    shares = [segment.share or 0.0 for segment in stated]
    sides = ((train, [each.train for each in stated]), (control, [each.control for each in stated]))
    rows = [_rows_in_shares(masks, shares, len(table), rng) for table, masks in sides]
    if not stated or min(map(len, rows)) < _FEWEST_ROWS:
        return train, control
    ours, theirs = (
        table.iloc[kept].reset_index(drop=True) for (table, _), kept in zip(sides, rows, strict=True)
    )
    return ours, theirs


def _rows_in_shares(
    masks: Sequence[Mask], shares: Sequence[float], rows: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """The most rows, in random order, of which each mask, and what none holds, has its share."""
    nobody = np.zeros(rows, bool)
    groups = [*masks, ~np.logical_or.reduce([nobody, *masks])]
    wanted = [*shares, max(1 - sum(shares), 0.0)]
    most = min(
        (int(group.sum()) / share for group, share in zip(groups, wanted, strict=True) if share > _NONE),
        default=0,
    )
    taken = [
        rng.permutation(np.flatnonzero(group))[: int(share * most)]
        for group, share in zip(groups, wanted, strict=True)
    ]
    return rng.permutation(np.concatenate(taken))
