"""When to give up: rows that are asked for, but hardly ever come."""

from __future__ import annotations

from collections import deque

_MOST_TRIES, _TRIES_A_ROW = 2**20, 10_000
_MOST_LOOKS, _LOOKS_A_ROW = 2**17, 1000
_FEWEST_JUDGED, _JUDGED_A_ROW = 2**14, 100


class Patience:
    """What was done for the rows so far.

    It ends when fewer than one in 1000 of over 131,072 rows looked at was one that is asked for, or fewer than one
    in 10,000 of over 1,048,576 tries, most of which end before there is a row to look at; or when of the last
    16,384 rows or more that came to the rules fewer than one in 100 met them. The last asks for more, since a rule
    is not meant to pick out rare rows, and looks at what came last, since values that must be unique run out.
    """

    def __init__(self) -> None:
        self.found = self.looked = self.tried = 0
        self._judged: deque[tuple[int, int]] = deque()

    def note(self, found: int, judged: int, looked: int, tried: int) -> None:
        """One more block. found: of `judged` rows that came to the rules, of `looked` rows, of `tried` tries."""
        self.found, self.looked, self.tried = self.found + found, self.looked + looked, self.tried + tried
        self._judged.append((found, judged))
        while sum(rows for _, rows in self._judged) - self._judged[0][1] >= _FEWEST_JUDGED:
            self._judged.popleft()

    def anew(self) -> Patience:
        """As at the start, with the rows found so far."""
        fresh = Patience()
        fresh.found = self.found
        return fresh

    @property
    def is_over(self) -> bool:
        """Whether it will not come out in reasonable time."""
        in_vain = self.looked > _MOST_LOOKS and self.found * _LOOKS_A_ROW < self.looked
        return (
            in_vain
            or (self.tried > _MOST_TRIES and self.found * _TRIES_A_ROW < self.tried)
            or self.is_cut_off
        )

    @property
    def is_cut_off(self) -> bool:
        """Whether it is the rules that let hardly any row through."""
        found, judged = (
            (sum(counts) for counts in zip(*self._judged, strict=True)) if self._judged else (0, 0)
        )
        return judged >= _FEWEST_JUDGED and found * _JUDGED_A_ROW < judged
