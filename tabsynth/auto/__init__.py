"""`--generator auto`: the engine and its dials, chosen on people that no engine learns."""

from tabsynth.auto.choice import Choice, choose, settled
from tabsynth.auto.contestants import AUTO

__all__ = ["AUTO", "Choice", "choose", "settled"]
