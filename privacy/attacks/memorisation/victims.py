"""Victims: people unlike anybody else whose record stands in the synthetic table, nearly or wholly.

A copy of a record that nobody resembles is hardly met by chance, so a handful is already evidence, where a test
on shares of the whole table needs some dozens.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import stats as distributions
from scipy.signal import fftconvolve

from privacy.attacks.beyond_chance import OPEN_BELOW, OPEN_WITHOUT_CONTROL, beyond_chance
from privacy.attacks.memorisation.pointed import MOST_CHANGED, Resemblance
from privacy.attacks.memorisation.search import Search
from privacy.attacks.memorisation.wholeness import chance_of_whole
from privacy.evidence import Evidence
from privacy.result import Estimate, Finding, Status
from privacy.stats import Count, proportion

NAME = "victims"

KINDS = ("no column changed", "at most one column changed", "at most two columns changed")

_WHOLE = {
    "reason": "They are met whole, where rows that chance brings near a person mostly differ in some column; so"
    " many of train's are hardly chance.",
    "resolve": "Look where these records come from; give more control rows.",
}


def victims(search: Search, evidence: Evidence, rng: np.random.Generator) -> Finding:
    """How many people of train are victims, against control; which records are rare, no label decides.

    The p-value is exact: given the victims on both sides, each is train's by the toss of the split.
    """
    if len(evidence.train.columns) < 2:
        return search.not_tried(NAME, "in a table of one column nobody is rare")
    resemblance = Resemblance(evidence, rng)
    gaps = resemblance.usual_gaps(len(evidence.synthetic))
    pointed = resemblance.of_rows(evidence.synthetic_at)
    records = pointed.beyond(gaps)
    everybody = np.ones(len(search.people), dtype=bool)
    flags = [np.isin(np.arange(len(everybody)), found) for found in records]
    finding = search.finding(
        NAME,
        "are unlike anybody else's and stand in the synthetic table with at most two columns changed",
        (everybody, flags[-1], None),
        note="One such person is enough to be harmed, whatever the share",
    )
    sides = [search.counts(everybody, found) for found in flags]
    levels = [(int(train.successes), int(control.successes)) for train, control in sides]
    p_value = nested_test(levels, sides[0][0].trials / (sides[0][0].trials + sides[0][1].trials))
    open_below = OPEN_WITHOUT_CONTROL if levels[0][1] == 0 else OPEN_BELOW
    finding = finding.model_copy(update={"also": _by_kind(sides)})
    finding = beyond_chance(finding, p_value, open_below=open_below)
    if finding.status is not None:
        return finding
    alone, train = float(gaps.max()) + MOST_CHANGED, len(evidence.train)
    whole = chance_of_whole(resemblance, pointed, evidence.synthetic_at, search.people, train, alone, rng)
    if combined(p_value, whole) >= open_below:
        return finding
    return finding.model_copy(update={"gating": True, "status": Status.UNRESOLVED, **_WHOLE})


def combined(one: float, other: float) -> float:
    """One p-value of two that are independent (Fisher, Statistical Methods for Research Workers, 1932, 21.1)."""
    product = one * other
    return product * (1 - math.log(product)) if product > 0 else 0.0


def _by_kind(sides: list[tuple[Count, Count]]) -> dict[str, Estimate]:
    return {
        f"{kind}, {side}": proportion(count)
        for kind, counts in zip(KINDS, sides, strict=True)
        for side, count in zip(("train", "control"), counts, strict=True)
    }


def nested_test(levels: Sequence[tuple[int, int]], share: float) -> float:
    """Exact p-value of the smallest of several one-sided tests on nested counts.

    levels: (train, control) counts, each among those of the next. share: chance that a victim is train's under
    no leak. What one level adds to the last is binomial and independent of it, so the chance that every test
    stays above the smallest p-value seen is a chain of convolutions, cut off at each level's critical count.
    """
    totals = [train + control for train, control in levels]
    tails = [distributions.binom.sf(np.arange(total + 2) - 1, total, share) for total in totals]
    smallest = min(float(tail[train]) for tail, (train, _) in zip(tails, levels, strict=True))
    quiet = np.ones(1)
    for total, before, tail in zip(totals, [0, *totals], tails, strict=False):
        added = distributions.binom.pmf(np.arange(total - before + 1), total - before, share)
        critical = int(np.searchsorted(-tail, -smallest * (1 + 1e-9), side="left"))
        quiet = fftconvolve(quiet, added)[:critical]
    return min(1.0, max(smallest, 1 - float(quiet.sum())))
