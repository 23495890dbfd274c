"""The plainest leak of all: the synthetic table holds train, every row of it."""

from __future__ import annotations

import numpy as np

from privacy.evidence import Evidence
from privacy.result import GATE, Estimate, Finding, Status
from privacy.stats import Count, conditional_test, proportion, two_exact
from privacy.wording import percent

LEAK_BELOW = 1e-3


def containment(evidence: Evidence) -> Finding:
    """Whether every row of train stands in the synthetic table, and rows of control do not.

    In a table of few kinds of rows a larger synthetic table holds all of them by chance. So the p-value is that of
    the kinds that one side alone has and that are missing: none of them train's, by the toss of the split.
    """
    tables = (evidence.train_at, evidence.control_at, evidence.synthetic_at)
    stacked = np.vstack([np.hstack([table.ranks, table.codes]) for table in tables])
    _, row = np.unique(stacked, axis=0, return_inverse=True)
    ends = np.cumsum([len(table) for table in tables])
    train, control, synthetic = (
        np.bincount(part, minlength=int(row.max()) + 1) for part in np.split(row.ravel(), ends[:-1])
    )
    ours, theirs = (
        Count(int(np.minimum(side, synthetic).sum()), int(side.sum())) for side in (train, control)
    )
    missing = int(((control > synthetic) & (train == 0)).sum())
    exposure = int((control > 0).sum()) / int((train > 0).sum())
    p_value = conditional_test(missing, 0, exposure) if ours.successes == ours.trials else 1.0
    found = "every row" if ours.successes == ours.trials else f"{percent(ours.rate)} of the rows"
    return Finding(
        attack=GATE,
        name="identical table",
        threat="compares the synthetic table with train row by row",
        sentence=f"The synthetic table holds {found} of train, and {percent(theirs.rate)} of those of control.",
        value=proportion(ours),
        control=proportion(theirs),
        excess=Estimate(value=ours.rate - theirs.rate, interval=two_exact(ours, theirs)),
        trials_asked=len(evidence.train),
        trials_made=len(evidence.train),
        p_value=p_value,
        gating=True,
        status=Status.LEAK if p_value < LEAK_BELOW else None,
    )
