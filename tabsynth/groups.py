"""Codes brought together into few groups, where telling all codes apart would only count noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tabsynth.domain import Axis

_PRIOR = 10.0
"""Rows with the mean target that every level is lent."""

Codes = NDArray[np.int32]
Map = NDArray[np.uint8]
"""(codes,) the group of each code."""


def groups_by_target(axis: Axis, codes: Codes, target: NDArray[np.uint8], most: int) -> Map:
    """Neighbours on an ordered axis share a group; on an unordered one, levels with like targets do."""
    if axis.size <= most:
        return _one_each(axis)
    counts = np.bincount(codes, minlength=axis.size)
    if is_ordered(axis):
        return _along(axis.line, counts, most)
    sums = np.bincount(codes, weights=target, minlength=axis.size)
    mean = float(target.mean()) if len(target) else 0.0
    # A level that few rows have tells little of its own mean: drawn towards the mean of all.
    return _along(np.argsort((sums + _PRIOR * mean) / (counts + _PRIOR), kind="stable"), counts, most)


def groups_by_mass(axis: Axis, codes: Codes, most: int) -> Map:
    """Neighbours on an ordered axis share a group; on an unordered one, the rarest levels do."""
    if axis.size <= most:
        return _one_each(axis)
    counts = np.bincount(codes, minlength=axis.size)
    if is_ordered(axis):
        return _along(axis.line, counts, most)
    groups = np.full(axis.size, most - 1, np.uint8)
    groups[np.argsort(-counts, kind="stable")[: most - 1]] = np.arange(most - 1)
    return groups


def is_ordered(axis: Axis) -> bool:
    """Whether code order means something. Two levels are cut in the same place either way."""
    return axis.ordered or not axis.discrete


def _one_each(axis: Axis) -> Map:
    """Every code its own group, numbered in their order."""
    groups = np.empty(axis.size, np.uint8)
    groups[axis.line] = np.arange(axis.size)
    return groups


def _along(order: NDArray[np.int64], counts: NDArray[np.int64], most: int) -> Map:
    """Groups of about equal mass along an order of the codes; a frequent code has one to itself."""
    mass = counts[order].astype(np.float64)
    middle = mass.cumsum() - mass / 2
    share = np.floor(middle / max(mass.sum(), 1) * most).clip(0, most - 1)
    _, dense = np.unique(share, return_inverse=True)
    groups = np.empty(len(order), np.uint8)
    groups[order] = dense
    return groups
