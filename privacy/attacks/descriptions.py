"""What an attacker reads off the synthetic table: predicates that exactly one synthetic record fits.

Every column has a quota. Without one the column with the most distinct values supplies nearly all predicates,
and the result is that column's alone (a known complaint about singling-out audits).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice, zip_longest
from math import ceil

import numpy as np

from privacy.attacks.predicates import Levels, Predicate

TRIES_PER_GUESS = 4
MOST_OVER_EVEN = 2.0
"""A column stands in at most this many times its even share of the predicates on several columns."""


class Descriptions:
    """Predicates from one synthetic table, each unique in it."""

    def __init__(self, synthetic: Levels, rng: np.random.Generator) -> None:
        self._synthetic = synthetic
        self._rng = rng

    def of_one_column(self, wanted: int) -> list[Predicate]:
        """Values that occur once, and the open ends of numbers; at most `wanted`.

        No column supplies more than an even share among the columns that have one to give. Synthetic numbers
        between the same two real ones are one level here; an equality with them could isolate nobody.
        """
        offers = [self._offers(column) for column in self._rng.permutation(len(self._synthetic.grid))]
        started = [(first, rest) for rest in offers if (first := next(rest, None)) is not None]
        quota = ceil(wanted / max(len(started), 1))
        columns = [islice(chain([first], rest), quota) for first, rest in started]
        turns = chain.from_iterable(zip_longest(*columns))
        return list(islice((predicate for predicate in turns if predicate is not None), wanted))

    def _offers(self, column: int) -> Iterator[Predicate]:
        grid = self._synthetic.grid[column]
        if column < self._synthetic.ranked and (present := grid[grid <= 1]).size:
            yield Predicate.between(column, -1.0, float(present.min()))
            yield Predicate.between(column, float(present.max()), 1.0)
        values, times = np.unique(grid, return_counts=True)
        for value in self._rng.permutation(values[times == 1]):
            yield Predicate.between(column, float(value), float(value))

    def of_columns(self, widths: Sequence[int], wanted: int) -> list[Predicate]:
        """Descriptions of synthetic records by each number of columns, at most `wanted` in all.

        The numbers of columns share alike, narrow first; what a narrow one can not supply goes to the wider.
        Columns beyond those needed to be unique make a chance isolation rarer and leave a copy isolated.
        """
        made: list[Predicate] = []
        for done, width in enumerate(widths):
            share = ceil((wanted - len(made)) / (len(widths) - done))
            made.extend(self._of_width(width, share))
        return made

    def _of_width(self, width: int, wanted: int) -> list[Predicate]:
        table, rng = self._synthetic, self._rng
        columns = len(table.grid)
        left = np.full(columns, min(wanted, ceil(MOST_OVER_EVEN * wanted * width / columns)))
        made: dict[tuple[int, ...], Predicate] = {}
        for row in np.resize(rng.permutation(table.rows), TRIES_PER_GUESS * wanted):
            with_quota = np.flatnonzero(left)
            if len(made) == wanted or with_quota.size < width:
                break
            chosen = tuple(sorted(int(column) for column in rng.permutation(with_quota)[:width]))
            centre = tuple(float(table.grid[column, row]) for column in chosen)
            predicate = Predicate.around(centre, chosen, table.ranked)
            if (int(row), *chosen) not in made and table.isolated_by(predicate) is not None:
                made[(int(row), *chosen)] = predicate
                left[list(chosen)] -= 1
        return list(made.values())


def blind_guesses(
    sizes: Sequence[int], widths: Sequence[int], count: int, rng: np.random.Generator
) -> list[Predicate]:
    """Predicates of a guesser who has the code book and no synthetic table.

    sizes: values of each column, 0 for a number, numbers first.
    """
    ranked = list(sizes).count(0)
    made = []
    for width in rng.choice(list(widths), count):
        columns = tuple(int(c) for c in rng.choice(len(sizes), width, replace=False))
        centre = tuple(float(rng.integers(sizes[c]) if sizes[c] else rng.random()) for c in columns)
        made.append(Predicate.around(centre, columns, ranked))
    return made
