"""The chance with which trees draw a code, worked out along the path that a draw may take upwards."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from privacy import compiled
from tabsynth.generators.tree.column import Codes, ColumnTree


def chances(tree: ColumnTree, class_of: NDArray[np.int32], leaf: NDArray[np.int32], codes: Codes) -> Any:
    """(rows,) the chance that each leaf (rows,) draws each code (rows,). class_of: see `classes_of`."""
    found, leaves = np.empty(len(leaf)), tree.leaves
    _chances(
        *(leaf, codes, class_of, leaves.shares, leaves.parent, leaves.stay),
        *(leaves.starts, leaves.codes, leaves.counts, leaves.reached, found),
    )
    return found


def classes_of(tree: ColumnTree, size: int) -> NDArray[np.int32]:
    """(codes,) the class of each code of the column, of which there are `size`; -1 for one never drawn."""
    leaves, classes = tree.leaves, tree.leaves.shares.shape[1]
    of_root = np.repeat(np.arange(classes), np.diff(leaves.starts[: classes + 1]))
    class_of = np.full(size, -1, np.int32)
    class_of[leaves.codes[: len(of_root)]] = of_root
    return class_of


@compiled
def _chances(
    leaf: Any,
    codes: Any,
    class_of: Any,
    shares: Any,
    parent: Any,
    stay: Any,
    starts: Any,
    held: Any,
    counts: Any,
    reached: Any,
    found: Any,
) -> None:
    classes = shares.shape[1]
    for row in range(len(leaf)):
        k, node, arrives, inside = class_of[codes[row]], leaf[row], 1.0, 0.0
        while k >= 0 and node >= 0:
            first, last = starts[node * classes + k], starts[node * classes + k + 1]
            for at in range(first, last):
                if held[at] == codes[row]:
                    inside += arrives * stay[node, k] * counts[at] / reached[last - 1]
            arrives *= 1 - stay[node, k]
            node = parent[node]
        found[row] = shares[leaf[row], k] * inside if k >= 0 else 0.0
