"""CTGAN, a conditional Wasserstein GAN for coded tables."""

from tabsynth.generators.ctgan.model import CTGAN
from tabsynth.generators.ctgan.settings import Settings

__all__ = ["CTGAN", "Settings"]
