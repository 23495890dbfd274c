"""How numbers are written in sentences, the same in every room, and the smallest count that is written."""

from __future__ import annotations

SMALL_CELL = 11
"""Smaller counts of people are not shown or drawn: CMS cell size suppression policy."""


def percent(share: float) -> str:
    """A share in per cent, three digits."""
    return f"{100 * share:.3g} %"


def counted(count: int) -> str:
    """A count of people, or of their rows; a small one is not told."""
    return f"{count:,}" if count >= SMALL_CELL else f"fewer than {SMALL_CELL}"
