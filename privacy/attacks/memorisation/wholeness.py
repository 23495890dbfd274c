"""Are the people who stand in the synthetic table met whole, where chance would meet them in part?

Rows that come near to a person by chance mostly differ in some columns: the fewer may differ, the fewer such rows
there are, and the ratio from one column to the next only shrinks towards none (as of any log-concave count). How
fast it falls is read where control's people are met; people met whole, with nobody met in all but one or two
columns beside them, are more than that. A table without memory may still have such people, equally of train and
control, where something besides chance makes whole rows: so this alone calls nothing a leak.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, binom

from privacy.attacks.memorisation.pointed import MOST_CHANGED, Pointed, Resemblance
from privacy.ruler import Coordinates

MOST_ASKED = 8_000
FEWEST_MET = 100
"""People of control, at the level where the fall is read: fewer tell little."""

_CONFIDENCE = 0.975

Places = NDArray[np.int64]


def chance_of_whole(
    resemblance: Resemblance,
    pointed: Pointed,
    rows: Coordinates,
    people: Places,
    train: int,
    alone: float,
    rng: np.random.Generator,
) -> float:
    """p-value of so many people met whole, among those met in all columns but `MOST_CHANGED` or more. All of them
    have nobody within a distance of `alone`. rows: synthetic. people: (pool,) whose row each is, the first `train`
    rows train's. 1 where control's people tell nothing."""
    lonely = pointed.alone >= alone
    whose, changed = people[pointed.target[lonely]], pointed.changed[lonely]
    met = [np.unique(whose[changed <= most]).size for most in (0, MOST_CHANGED)]
    control = train + np.unique(people[train:], return_index=True)[1]
    if not met[0] or len(control) < FEWEST_MET:
        return 1.0
    asked = control[np.sort(rng.permutation(len(control))[:MOST_ASKED])]
    found, far = resemblance.changed_of(asked, rows)
    return float(binom.sf(met[0] - 1, met[1], share_of_whole(found[far >= alone])))


def share_of_whole(changed: Places) -> float:
    """At most this share of those met by chance in all columns but `MOST_CHANGED` is met whole.

    changed: columns in which the nearest row differs from each of some people nobody remembers. Read at the lowest
    level that `FEWEST_MET` of them reach, and among those met so nearly themselves, if there are any.
    """
    if len(changed) < FEWEST_MET:
        return 1.0
    level = max(int(np.sort(changed)[FEWEST_MET - 1]) - MOST_CHANGED, 0)
    return max(
        _share_up_to(changed, level), _share_up_to(changed, 0) if changed.min() <= MOST_CHANGED else 0.0
    )


def _share_up_to(changed: Places, level: int) -> float:
    """Of those within `MOST_CHANGED` columns more, the share within `level`; upper end of the Clopper-Pearson
    interval."""
    within, beyond = (int((changed <= most).sum()) for most in (level, level + MOST_CHANGED))
    return 1.0 if within == beyond else float(beta.ppf(_CONFIDENCE, within + 1, beyond - within))
