"""How far a leaf leans on the nodes above it, and what these then draw: what the leaves below gave up.

A leaf that leans gives up a part of its own people's draws. Were these drawn again as all people above have them,
what few small leaves hold would be drawn too seldom in all, and what everybody has too often. So a node above
draws what was given up below it, and everything comes as often as people have it (Kneser and Ney, ICASSP 1995,
"Improved backing-off for m-gram language modeling", equation 9). How far to lean is what foretells rows best
that are left out, one at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from privacy import compiled
from tabsynth.generators.tree.pruning import LEANS
from tabsynth.generators.tree.tally import Tally


@dataclass(frozen=True, slots=True, eq=False)
class Smoothing:
    """stay: (nodes, groups) chance that a draw is the node's own. given: (entries,) how much of each item a node
    draws: a leaf what its rows have, any other node what was given up below it."""

    stay: NDArray[np.float64]
    given: NDArray[np.float64]


def smoothed(held: Tally) -> Smoothing:
    """Of all leans the smoothing that foretells left-out rows best."""
    return max((leaning(held, lean) for lean in LEANS), key=lambda pair: pair[0])[1]


def leaning(held: Tally, lean: float) -> tuple[float, Smoothing]:
    """The log-likelihood of rows left out, and the smoothing, when a leaf leans as on so many people above."""
    stay = held.rows / (held.rows + lean)
    stay[0] = held.rows[0] > 0
    given = np.where(np.repeat(held.is_leaf, _entries(held)), held.counts, 0.0)
    _give_up(held.starts, held.above, stay, given)
    whole = np.add.reduceat(np.append(given, 0.0), held.starts[:-1]) * (held.rows.ravel() > 0)
    score = _left_out(
        *(held.starts, held.counts, held.above, held.parent, held.is_leaf, held.rows),
        *(lean, stay, given, whole.reshape(stay.shape)),
    )
    return float(score), Smoothing(stay, given)


def _entries(held: Tally) -> NDArray[np.int64]:
    """(nodes,) entries of each node."""
    groups = held.rows.shape[1]
    return np.diff(held.starts[::groups])


@compiled
def _give_up(starts: Any, above: Any, stay: Any, given: Any) -> None:
    """Adds to each node what the ones below it give up, from the leaves to the root."""
    nodes, groups = stay.shape
    for node in range(nodes - 1, 0, -1):
        for k in range(groups):
            for at in range(starts[node * groups + k], starts[node * groups + k + 1]):
                given[above[at]] += (1 - stay[node, k]) * given[at]


@compiled
def _left_out(
    starts: Any,
    counts: Any,
    above: Any,
    parent: Any,
    is_leaf: Any,
    rows: Any,
    lean: Any,
    stay: Any,
    given: Any,
    whole: Any,
) -> Any:
    """Log-likelihood of every row given the others: taken out of its leaf, and what it gave up out of those above.

    whole: (nodes, groups) sums of `given`. One row more at the root, spread over all items, keeps one possible
    that a single row has.
    """
    nodes, groups = stay.shape
    score = 0.0
    for node in range(nodes):
        if not is_leaf[node]:
            continue
        for k in range(groups):
            root = starts[k + 1] - starts[k]
            for at in range(starts[node * groups + k], starts[node * groups + k + 1]):
                chance, goes_up, gone, place, here = 0.0, 1.0, 1.0, at, node
                while parent[here] >= 0:
                    others = rows[node, k] - 1 if here == node else whole[here, k] - gone
                    own = counts[at] - 1 if here == node else given[place] - gone
                    stays = others / (others + lean) if here == node else stay[here, k]
                    if others > 0:
                        chance += goes_up * stays * max(own, 0.0) / others
                    goes_up *= 1 - stays
                    gone *= 1 - stay[here, k]
                    place, here = above[place], parent[here]
                chance += goes_up * (max(given[place] - gone, 0.0) + 1.0 / root) / (whole[here, k] - gone + 1)
                score += counts[at] * np.log(chance)
    return score
