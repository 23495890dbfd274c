"""Judges candidates, and shares neither code nor people with whoever made them: an independent second look."""

from tabsynth.check.checker import FEWEST_PEOPLE, Checker
from tabsynth.check.features import Features

__all__ = ["FEWEST_PEOPLE", "Checker", "Features"]
