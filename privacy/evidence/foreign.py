"""Values that stand nowhere on the ruler, or all elsewhere on it: other units, other spelling, mirrored numbers.

A copy of train in grams instead of kilograms, in capitals, or with every number taken from the largest is near to
nobody, and the planted leaks, which keep train's own spelling, would still be seen. So where a column is foreign,
nothing can be bounded.
"""

from __future__ import annotations

import math

import pandas as pd

from privacy.errors import one_line
from privacy.evidence import Evidence
from privacy.result import Skipped
from privacy.stats import Count, conditional_test
from privacy.wording import percent

NAME = "comparable values"

TOLERATED = 0.005
"""Share of rows beyond what control shows against train: the smallest share of copies a built-in policy limits."""

SURELY = 1e-4
"""p-value of a foreign share, and of the sampling error that a distance has to exceed; both for each column."""

FAR = 0.25
"""Kolmogorov-Smirnov distance. Mirrored numbers of six real tables: median .9, and one column of .3 or more in
each. Fresh rows, independent columns and copulas: .15 at most."""

_FEWEST = 11
"""Different numbers in a column that has a distribution to be compared; the ruler draws the line there too."""


def foreign_values(evidence: Evidence) -> list[Skipped]:
    """A gating reason for every column whose synthetic values can not be compared with train's and control's."""
    pool = pd.concat([evidence.train, evidence.control], ignore_index=True)
    reasons = []
    for name in pool.columns:
        train, control, synthetic = (
            frame[name] for frame in (evidence.train, evidence.control, evidence.synthetic)
        )
        what = _unknown(train, control, synthetic, pool[name]) or _far(train, control, synthetic, pool[name])
        if what:
            reason = (
                f"column {one_line(str(name))}: {what}, so a copy in other units or spelling would not be seen;"
                " write the three tables alike and audit again"
            )
            reasons.append(Skipped(name=NAME, reason=reason, gating=True))
    return reasons


def _unknown(train: pd.Series, control: pd.Series, synthetic: pd.Series, pool: pd.Series) -> str:
    """What to say where the synthetic rows have surely more foreign values than control has against train."""
    usual, found = _foreign(control, train), _foreign(synthetic, pool)
    if found.rate - usual.rate <= TOLERATED:
        return ""
    exposure = found.trials / usual.trials
    if conditional_test(int(found.successes), int(usual.successes), exposure) >= SURELY:
        return ""
    return f"{percent(found.rate)} of the synthetic rows hold a value outside train and control"


def _foreign(values: pd.Series, known: pd.Series) -> Count:
    """Rows whose value lies outside the known range, or is none of the known labels.

    Of all rows, also those with a gap: it is rows that could hide behind foreign values. The commonest unknown
    label does not count: one word for all rare levels tells nobody apart.
    """
    known, present = known.dropna(), values.dropna()
    if present.empty or known.empty:
        return Count(0, len(values))
    if present.dtype.kind == "f":
        outside = (present < known.min()) | (present > known.max())
        return Count(int(outside.sum()), len(values))
    unknown = present[~present.isin(set(known))].value_counts()
    return Count(int(unknown.iloc[1:].sum()), len(values))


def _far(train: pd.Series, control: pd.Series, synthetic: pd.Series, pool: pd.Series) -> str:
    """What to say where the synthetic numbers are surely distributed otherwise than the pool's.

    Beyond the distance of train and control, and beyond the sampling error at `SURELY` (Smirnov 1948).
    """
    if pool.dtype.kind != "f" or pool.nunique() < _FEWEST or synthetic.notna().sum() < 2:
        return ""
    sizes = pool.notna().sum(), synthetic.notna().sum()
    error = math.sqrt(-math.log(SURELY / 2) / 2 * sum(1 / size for size in sizes))
    distance = _distance(synthetic, pool)
    if distance - max(_distance(train, control), error) <= FAR:
        return ""
    return f"the synthetic numbers are distributed otherwise (Kolmogorov-Smirnov distance {distance:.2f})"


def _distance(one: pd.Series, other: pd.Series) -> float:
    """Two-sample Kolmogorov-Smirnov distance of the numbers that are there; 0 where a side has none."""
    from scipy import stats

    one, other = one.dropna(), other.dropna()
    return float(stats.ks_2samp(one, other, method="asymp").statistic) if len(one) and len(other) else 0.0
