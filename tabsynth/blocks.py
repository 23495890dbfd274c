"""How many rows are drawn together."""

from __future__ import annotations

_FIRST_ROWS, _DOUBLINGS = 4096, 4


def block_rows(number: int) -> int:
    """Rows of block `number`: few in the first ones and more in later ones, up to 65,536.

    So a short table costs little more than its rows, at most half as much again beyond the first block, and of a
    long one many rows are drawn together, which is quicker.
    """
    return _FIRST_ROWS << min(max(number // 2 - 1, 0), _DOUBLINGS)
