"""Attribute inference: with the synthetic table in hand, what of a person's secrets can be guessed?"""

from privacy.attacks.inference.attack import Inference

__all__ = ["Inference"]
