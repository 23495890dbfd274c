"""Rules that a table seems to follow, for its owner to read: what holds by chance is left out, and so are values.

A range is never suggested: the encoder keeps every column to bounds that no single person decides, and a tighter
one would tell of somebody.
"""

from tabsynth.rules.suggest.finding import suggestions
from tabsynth.rules.suggest.suggestion import HEADINGS, Suggestion, lines

__all__ = ["HEADINGS", "Suggestion", "lines", "suggestions"]
