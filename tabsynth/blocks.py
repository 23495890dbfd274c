"""How many rows are drawn together."""

from __future__ import annotations

FEWEST, _MOST, _CELLS = 2**12, 2**16, 2**20


def most_rows(columns: int) -> int:
    """Rows of a whole block: about a million cells, so that a wide table's progress is told as often."""
    return min(max(_CELLS // max(columns, 1), FEWEST), _MOST)


def block_sizes(rows: int, most: int) -> list[int]:
    """As few blocks as do, nearly equal; for no rows a block of one, since no rows have columns too."""
    blocks = max(-(-rows // most), 1)
    return [max((rows + number) // blocks, 1) for number in range(blocks)]
