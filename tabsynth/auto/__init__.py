"""`--generator auto`: the engine and its dials, chosen on people that no engine learns."""

from tabsynth.auto.contest import choose, settled
from tabsynth.auto.contestants import AUTO
from tabsynth.auto.verdict import Choice

__all__ = ["AUTO", "Choice", "choose", "settled"]
