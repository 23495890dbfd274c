"""From a pool of candidates, the rows whose margins are those of people whom the generator never learnt.

Oversampling, then choosing rows by iterative proportional fitting, won the MOSTLY AI Prize of 2025 on its flat
track. Its targets were the training rows' own margins, which tells more of them than a generator would. Here they
come from the development persons, and only as far as the pool's misfit is more than their noise; on demand from
train's too, with noise that hides each person, or as they are.
"""

from tabsynth.select.selection import Selection

__all__ = ["Selection"]
