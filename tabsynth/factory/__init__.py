"""The line: a need is held against the people, rows are made, checked, cut and counted. The audit comes after."""

from tabsynth.factory.doubts import not_attacked, segments_of
from tabsynth.factory.funnel import Funnel
from tabsynth.factory.making import Made, make
from tabsynth.factory.possible import require_possible

__all__ = ["Funnel", "Made", "make", "not_attacked", "require_possible", "segments_of"]
