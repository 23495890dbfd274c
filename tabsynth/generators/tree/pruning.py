"""Where a grown tree is better cut short: where the rows left out, one at a time, are foretold better by the node
above. For counts that needs no second look at the rows.

While it is decided, a node's shares of the classes lean on its parent's as if some further people had those
(Dirichlet smoothing along the path, as in context trees: Willems, Shtarkov, Tjalkens, IEEE Trans. Inf. Theory 41,
1995).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from privacy import compiled
from tabsynth.generators.tree.grow import Grown

LEANS = (0.01, 0.1, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0)
"""People added from the node above."""


def still_divided(tree: Grown, classes: NDArray[np.uint8], size: int) -> NDArray[np.bool_]:
    """(nodes,) which nodes the best pruning leaves divided. classes: (rows,) of each row, `size` of them."""
    parent = parents_of(tree.left)
    counts = _class_counts(classes[tree.rows], tree.start, tree.stop, size)
    best, divided = -np.inf, np.zeros(len(parent), bool)
    for lean in LEANS:
        score, cuts = left_out(counts, parent, tree.left, lean)
        if score > best:
            best, divided = score, cuts
    return divided


def parents_of(left: NDArray[np.int32]) -> NDArray[np.int32]:
    """(nodes,) the parent of each node, -1 for the root. left: see `Grown`."""
    parent = np.full(len(left), -1, np.int32)
    inner = np.flatnonzero(left >= 0)
    parent[left[inner]] = parent[left[inner] + 1] = inner
    return parent


@compiled
def _class_counts(classes: Any, start: Any, stop: Any, size: Any) -> Any:
    counts = np.zeros((len(start), size), np.int64)
    for node in range(len(start)):
        for at in range(start[node], stop[node]):
            counts[node, classes[at]] += 1
    return counts


@compiled
def left_out(classes: Any, parent: Any, left: Any, lean: Any) -> Any:
    """Log-likelihood of every row given the others, by the best pruning; and the nodes that stay divided.

    classes: (nodes, classes) rows of each.
    """
    nodes, size = classes.shape
    shares, score = np.empty((nodes, size)), np.zeros(nodes)
    for node in range(nodes):
        rows = 0
        for k in range(size):
            rows += classes[node, k]
        for k in range(size):
            if classes[node, k] > 0:
                above = shares[parent[node], k] if parent[node] >= 0 else 1.0 / size
                shares[node, k] = (classes[node, k] - 1 + lean * above) / (rows - 1 + lean)
                score[node] += classes[node, k] * np.log(shares[node, k])
    divided = np.zeros(nodes, np.bool_)
    for node in range(nodes - 1, -1, -1):
        if left[node] >= 0 and score[left[node]] + score[left[node] + 1] > score[node]:
            score[node] = score[left[node]] + score[left[node] + 1]
            divided[node] = True
    return score[0], divided
