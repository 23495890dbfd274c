"""All releases of one source together: what several tables that passed say about a person when laid side by side.

A leak may be dealt out so thinly over releases that each of them passes (arXiv:2301.10053 rebuilds records from
such unions). So the gate and the gating attacks are asked again about the rows of all releases at once, under
the same limits: tolerances hold for everything that was shared, not for each table anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from privacy.attacks import attack_names
from privacy.errors import EvidenceError, UserError
from privacy.evidence import Evidence, gather
from privacy.examination import Clock, Seen, run_gating
from privacy.policy import Policy
from privacy.result import Finding, Skipped
from privacy.schema import Schema


@dataclass(frozen=True, slots=True, eq=False)
class Union:
    """Tables of one source that were released, and the new one last, beside the people of train and control.

    train, control: frames as the audit of the new table has them. The people of train were train's in every
    release, those of control in none; what was released about people who are in neither is not seen.
    """

    train: pd.DataFrame
    control: pd.DataFrame
    releases: tuple[pd.DataFrame, ...]
    schema: Schema

    def __str__(self) -> str:
        return f"union of {len(self.releases)} releases"

    def examine(self, rules: Policy, alpha: float, rng: np.random.Generator, clock: Clock) -> Seen:
        """What the gate, at this alpha, and the gating attacks find; their sentences speak of all releases.

        Tables that cannot be laid together are a Skipped that the verdict rests on.
        """
        evidence_rng, gate_rng, *attack_rngs = rng.spawn(2 + len(attack_names()))
        with clock.stage(str(self)):
            try:
                evidence = self._evidence(evidence_rng)
            except UserError as error:
                return Seen(skipped=[Skipped(name=str(self), reason=str(error), gating=True)])
            seen = run_gating(evidence, rules, alpha, gate_rng, attack_rngs, clock.on_event)
        return Seen(
            findings=[self._retold(finding) for finding in seen.findings],
            checks=[check.model_copy(update={"name": f"{self}: {check.name}"}) for check in seen.checks],
            skipped=[skip.model_copy(update={"name": f"{self}: {skip.name}"}) for skip in seen.skipped],
        )

    def told(self, judged: Sequence[Finding]) -> list[Finding]:
        """The judged findings that say something of a leak, named as findings about all releases.

        Only after judgement: the policy finds its limits by the names of findings and planted leaks.
        """
        return [self._renamed(finding) for finding in judged if finding.gating or finding.status is not None]

    def _renamed(self, finding: Finding) -> Finding:
        leaks = tuple(leak.model_copy(update={"leak": f"{leak.leak}, {self}"}) for leak in finding.detectable)
        return finding.model_copy(update={"name": f"{self}: {finding.name}", "detectable": leaks})

    def _evidence(self, rng: np.random.Generator) -> Evidence:
        """The trio with the rows of all releases as synthetic, on the columns that each of them has."""
        shared = [name for name in self.releases[-1] if all(name in table for table in self.releases)]
        rows = pd.concat([table[shared] for table in self.releases], ignore_index=True)
        unreleased = {column.name for column in self.schema if column not in self.schema.compared}
        kept = tuple(column for column in self.schema if column.name in unreleased.union(shared))
        if not shared:
            raise EvidenceError("the releases have no column in common")
        schema = self.schema.model_copy(update={"columns": kept})
        ours, theirs = (
            table[[name for name in schema.names if name in table]] for table in (self.train, self.control)
        )
        return gather(ours, theirs, rows, schema, rng)

    def _retold(self, finding: Finding) -> Finding:
        sentence = f"All {len(self.releases)} releases of this source together: {finding.sentence}"
        return finding.model_copy(update={"sentence": sentence})
