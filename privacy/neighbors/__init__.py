"""Exact nearest records of mixed tables. Ties are broken at random, never by the order of rows."""

from privacy.neighbors.distance import Distance
from privacy.neighbors.search import ENGINES, Nearest, count_within, k_nearest, two_nearest

__all__ = ["ENGINES", "Distance", "Nearest", "count_within", "k_nearest", "two_nearest"]
