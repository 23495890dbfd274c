"""Is a tree from a file one that drawing can trust? Compiled loops look nothing up twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tabsynth.domain import Domain
from tabsynth.generators.tree.column import ColumnTree
from tabsynth.generators.tree.grow import MOST_GROUPS
from tabsynth.generators.tree.leaves import Leaves

_OF_TREE = {"asked": np.int32, "offsets": np.int64, "groups": np.uint8}
_OF_LEAVES = {
    **{"feature": np.int32, "goes_left": np.uint64, "right": np.int32, "parent": np.int32},
    **{"shares": np.float64, "stay": np.float64, "starts": np.int64, "codes": np.int32, "reached": np.int64},
}
_TABLES = ("shares", "stay")


def require_sound(trees: list[ColumnTree], order: NDArray[np.int64], domain: Domain) -> None:
    """ValueError unless every walk through these trees ends, inside the arrays, at a code of the column."""
    _require_arrays({"order": order}, {"order": np.int64})
    _require(sorted(order.tolist()) == list(range(len(domain))) and len(trees) == len(domain))
    place = np.argsort(order)
    for column, tree in enumerate(trees):
        asked, offsets = tree.asked, tree.offsets
        _require_arrays({name: getattr(tree, name) for name in _OF_TREE}, _OF_TREE)
        _require_arrays({name: getattr(tree.leaves, name) for name in _OF_LEAVES}, _OF_LEAVES)
        _require(((asked >= 0) & (asked < len(domain))).all() and (place[asked] < place[column]).all())
        sizes = np.array([domain.axes[other].size for other in asked], np.int64)
        _require(len(offsets) == len(asked) and (offsets >= 0).all())
        _require((offsets <= len(tree.groups) - sizes).all() and (tree.groups < MOST_GROUPS).all())
        _require_leaves(tree.leaves, len(asked), domain.axes[column].size)


def _require_arrays(arrays: Mapping[str, NDArray[Any]], dtypes: Mapping[str, Any]) -> None:
    for name, array in arrays.items():
        _require(array.dtype == dtypes[name] and array.ndim == (2 if name in _TABLES else 1))


def _require_leaves(tree: Leaves, features: int, size: int) -> None:
    nodes, own = len(tree.parent), np.arange(len(tree.parent))
    _require(nodes > 0 and len(tree.right) == len(tree.feature) == len(tree.goes_left) == nodes)
    inner = tree.right >= 0
    _require((tree.right[inner] > own[inner] + 1).all() and (tree.right < nodes).all())
    _require(((tree.feature[inner] >= 0) & (tree.feature[inner] < features)).all())
    _require(tree.parent[0] == -1 and ((tree.parent[1:] >= 0) & (tree.parent[1:] < own[1:])).all())
    _require(tree.shares.shape[1] > 0 and tree.shares.shape == tree.stay.shape)
    _require(len(tree.shares) == nodes and len(tree.starts) == tree.shares.size + 1)
    lengths = np.diff(tree.starts)
    _require(tree.starts[0] == 0 and (lengths >= 0).all() and tree.starts[-1] == len(tree.codes))
    _require(len(tree.reached) == len(tree.codes) and ((tree.codes >= 0) & (tree.codes < size)).all())
    _require((tree.counts > 0).all() and (tree.reached < 2**53).all())
    held = lengths.reshape(tree.shares.shape) > 0
    _require((tree.stay >= 0).all() and (tree.stay <= 1).all() and (tree.shares >= 0).all())
    _require((tree.stay[~held] == 0).all() and (tree.stay[0] == held[0]).all() and (tree.stay[1:] < 1).all())
    _require((tree.shares[:, ~held[0]] == 0).all() and np.allclose(tree.shares.sum(axis=1), 1))


def _require(holds: bool | np.bool_) -> None:
    if not holds:
        raise ValueError("the arrays of a tree do not fit together")
