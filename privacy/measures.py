"""Which measures an audit makes, by the keys under which policies and needs ask for them: "group/name".

The rooms that make them are not asked, for a key must be known before there is a table; a test holds this list
and what they make together.
"""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

_MADE = {
    "shapes": ("column distance, mean", "column distance, worst"),
    "missing values": ("missing rate, mean difference",),
    "pairs": ("two-way tables, mean", "two-way tables, worst pair", "rank correlation, mean difference"),
    "k-way": ("three-way tables, mean", "three-way tables, NIST score"),
    "classifier": ("classifier two-sample test, AUC",),
    "tails": ("extreme values", "rare categories", "category coverage", "unknown categories"),
    "cross-check": ("SDMetrics column shapes", "SDMetrics column pair trends"),
    "diversity": ("entropy ratio", "joint cells reached", "beta-recall", "repeated rows"),
    "generations": ("entropy ratio", "joint cells reached"),
    "use": ("score of what was learnt",),
}

MEASURES = tuple(f"{group}/{name}" for group, names in _MADE.items() for name in names)


def nearest_measure(key: str, known: Collection[str] = MEASURES) -> str:
    """Of the known keys the one most like this one."""
    return get_close_matches(key, known, 1, 0)[0]
