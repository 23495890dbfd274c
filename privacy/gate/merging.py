"""Planted rows merged into the orders of exposure, compiled: thousands of times, a few microseconds each."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from privacy.compiling import compiled
from privacy.threads import in_threads

Places = NDArray[np.int64]
Values = NDArray[np.float64]


def merged_counts(
    head: Places,
    score: Values,
    tie: Places,
    target: Places,
    planted: Values,
    dealt: NDArray[np.bool_],
    labels: NDArray[np.bool_],
    chance: Values,
    depths: Places,
) -> tuple[Places, Values]:
    """Train records, and the sum of their chances to be train's, among the first k of every order.

    head: (orders, deepest) units, most exposed first. score: (orders, units). tie: (units,) decides between equal
    scores. target, planted: (orders, copies) the unit each copy points at and its score; targets without a label
    have score inf. dealt: (draws, copies) which copies each draw holds. labels: (draws, units). chance: (units,).
    depths: (depths,) ascending.

    Returns counts (draws, orders, depths) and sums of chances, same shape. A copy moves its target up the order,
    never down, and a unit counts once.
    """
    planted = np.where(planted < np.take_along_axis(score, target, axis=1), planted, np.inf)
    by_score = np.lexsort((tie[target], planted), axis=1)
    standing = np.take_along_axis(score, head, axis=1)
    counts = np.zeros((len(dealt), len(head), len(depths)), np.int64)
    chances = np.zeros(counts.shape)

    def some(draws: slice) -> None:
        _merge(
            *(head, standing, tie, target, planted, by_score, dealt[draws], labels[draws]),
            *(chance, depths, counts[draws], chances[draws]),
        )

    in_threads(some, len(dealt))
    return counts, chances


@compiled
def _merge(
    head: Any,
    standing: Any,
    tie: Any,
    target: Any,
    planted: Any,
    by_score: Any,
    dealt: Any,
    labels: Any,
    chance: Any,
    depths: Any,
    counts: Any,
    chances: Any,
) -> None:
    copies = dealt.shape[1]
    for draw in range(len(dealt)):
        listed = np.full(len(tie), -1, np.int16)
        for order in range(len(head)):
            base, copy, found, train, expected = 0, 0, 0, 0, 0.0
            for place in range(len(depths)):
                while found < depths[place]:
                    while copy < copies:
                        candidate = by_score[order, copy]
                        if planted[order, candidate] == np.inf:
                            copy = copies
                        elif dealt[draw, candidate] and listed[target[order, candidate]] != order:
                            break
                        else:
                            copy += 1
                    while base < head.shape[1] and listed[head[order, base]] == order:
                        base += 1
                    chosen = head[order, base] if base < head.shape[1] else -1
                    if copy < copies:
                        candidate = by_score[order, copy]
                        unit, own = target[order, candidate], planted[order, candidate]
                        if (
                            chosen < 0
                            or own < standing[order, base]
                            or (own == standing[order, base] and tie[unit] < tie[chosen])
                        ):
                            chosen = unit
                    listed[chosen] = order
                    found += 1
                    train += labels[draw, chosen]
                    expected += chance[chosen]
                counts[draw, order, place] = train
                chances[draw, order, place] = expected
