"""How fast a stage goes and how long it still takes."""

from __future__ import annotations

from collections import deque

RECENT = 30
"""Steps whose speed counts: long stages slow down and speed up with the machine."""


class Pace:
    """The time left of one stage, from the moments at which its steps were done.

    A first jump of more than a step is work that an earlier run has done: it took no time and gives no speed.
    """

    def __init__(self) -> None:
        self._steps: deque[tuple[float, int]] = deque(maxlen=RECENT)
        self._total: int | None = None

    def note(self, moment: float, done: int, total: int | None) -> None:
        """At `moment`, in seconds, `done` steps of `total` were done."""
        self._total = total
        jumped = len(self._steps) == 1 and done > self._steps[0][1] + 1
        begins_again = bool(self._steps) and done < self._steps[-1][1]
        if jumped or begins_again:
            self._steps.clear()
        if not self._steps or done > self._steps[-1][1]:
            self._steps.append((moment, done))

    def left(self, moment: float) -> float | None:
        """Seconds left at `moment`; None as long as it cannot be told."""
        if self._total is None or len(self._steps) < 2:
            return None
        (began, first), (last, done) = self._steps[0], self._steps[-1]
        whole = (last - began) / (done - first) * (self._total - done)
        return max(whole - (moment - last), 0.0)


def in_words(seconds: float) -> str:
    """A time to wait, as roughly as it is known: "40 s", "12 min", "3.5 h"."""
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
