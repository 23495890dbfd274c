"""Rows as they are asked for: under a condition, or with stated shares of several."""

from tabsynth.asked.conditioned import Conditioned
from tabsynth.asked.rebalance import rebalanced
from tabsynth.asked.shares import OPTIONS, Places, Shares, read_shares

__all__ = ["OPTIONS", "Conditioned", "Places", "Shares", "read_shares", "rebalanced"]
