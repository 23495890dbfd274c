"""Rows under a condition, by tries that succeed as often as free rows meet it, up to a factor that is known.

That factor lets a caller draw from several conditions at once: with tries shared out in proportion to `reach`, the
rows of each come as often as among free ones, though nobody knows how often that is.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np

from tabsynth.domain import Encoded
from tabsynth.generators import Given

_PATIENCE = 2**16
_TRIES_A_ROW = 200
_FEWEST_TRIES, _MOST_TRIES = 4096, 65536


class Tries(Protocol):
    """A fitted generator under a condition.

    reach: at least the chance that a free row meets the condition; 0 when none ever does.
    """

    @property
    def reach(self) -> float: ...

    def attempt(self, tries: int, rng: np.random.Generator) -> Encoded:
        """The rows of those of `tries` independent tries that succeeded.

        Each does with the chance that a free row meets the condition, divided by `reach`; and the rows are
        distributed as free ones that meet it.
        """


@runtime_checkable
class Conditional(Protocol):
    """What a generator also is when its conditions are exact. The sampler asks others for rows as they come."""

    def under(self, given: Given) -> Tries:
        """This generator with each column of `given` bound to the allowed codes; without any, free rows."""


def rows_given(generator: Conditional, n: int, rng: np.random.Generator, given: Given) -> Encoded:
    """`n` rows under a condition, for `Generator.sample`: always as many, in bounded time.

    A column that can have none of its codes is free. Where the others together take more than 200 tries a row,
    and more than 65,536, the missing rows are bound to the rarest column alone, and then to none.
    """
    alone = {column: generator.under({column: codes}).reach for column, codes in given.items()}
    possible = sorted((column for column in alone if alone[column] > 0), key=alone.__getitem__)
    parts: list[Encoded] = []
    missing = n
    for bound in (possible, possible[:1], []):
        parts += _succeeded(generator.under({column: given[column] for column in bound}), missing, rng)
        missing = n - sum(map(len, parts))
        if not missing:
            break
    return Encoded.joined(parts)


def _succeeded(tries: Tries, n: int, rng: np.random.Generator) -> list[Encoded]:
    """Rows, `n` together unless that takes too many tries."""
    parts = [tries.attempt(n, rng)]
    missing, tried = n - len(parts[0]), n
    while missing and tried < max(_PATIENCE, _TRIES_A_ROW * n):
        more = min(max(2 * missing, _FEWEST_TRIES), _MOST_TRIES)
        found = tries.attempt(more, rng)
        parts.append(found.take(np.arange(min(len(found), missing))))
        missing, tried = missing - len(parts[-1]), tried + more
    return parts
