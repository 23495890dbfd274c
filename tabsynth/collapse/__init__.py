"""Collapse watch: does an engine that learns its own rows lose the people it began with, and how fast?"""

from __future__ import annotations

from tabsynth.collapse.page import page
from tabsynth.collapse.picture import curves_picture
from tabsynth.collapse.record import Watch
from tabsynth.collapse.regimes import Regime, regimes
from tabsynth.collapse.watching import watch

__all__ = ["Regime", "Watch", "curves_picture", "page", "regimes", "watch"]
