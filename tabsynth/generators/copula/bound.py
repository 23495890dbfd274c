"""The copula under a condition: the rarest bound column is drawn exactly, the others by rejection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from tabsynth.domain import Domain, Encoded
from tabsynth.generators import Given
from tabsynth.generators.copula.latent import conditional_draw, root, to_normal
from tabsynth.generators.copula.margin import Margin, blocks_of, read_rows

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class BoundCopula:
    """Margins and a correlation, of which the columns of `given` are bound to its codes."""

    domain: Domain
    margins: Sequence[Margin]
    correlation: Floats
    given: Given

    @property
    def reach(self) -> float:
        """The share of the rarest condition."""
        return min(self._shares.values(), default=1.0)

    def attempt(self, tries: int, rng: np.random.Generator) -> Encoded:
        """The rows of the tries whose other bound columns came out as asked beside the rarest."""
        size = len(self.correlation)
        if not self._binding:
            normals = rng.standard_normal((tries, size)) @ root(self.correlation).T
            return Encoded(self.domain, *read_rows(self.margins, normals))
        if not self.reach:
            return Encoded(self.domain, *read_rows(self.margins, np.empty((0, size))))
        at = self._normals_of(self._binding)
        rest = np.setdiff1d(np.arange(size), at)
        seen = self._conditioned(tries, rng)
        normals = np.empty((len(seen), size))
        normals[:, at] = seen
        normals[:, rest] = conditional_draw(seen, at, rest, self.correlation, rng)
        return Encoded(self.domain, *read_rows(self.margins, normals))

    @cached_property
    def _shares(self) -> dict[int, float]:
        """How often a free row meets the condition on each bound column."""
        return {
            column: min(float(self.margins[column].frequencies[codes].sum()), 1.0)
            for column, codes in self.given.items()
        }

    @cached_property
    def _binding(self) -> list[int]:
        """The columns whose condition some rows break, the rarest first."""
        return sorted(
            (column for column, share in self._shares.items() if share < 1), key=self._shares.__getitem__
        )

    def _conditioned(self, tries: int, rng: np.random.Generator) -> Floats:
        """(rows, normals of the binding columns), of the tries that succeeded."""
        first, *others = self._binding
        seen = to_normal(self.margins[first].draw(self.given[first], tries, rng))
        at, wanted = self._normals_of([first]), self._normals_of(others)
        drawn = conditional_draw(seen, at, wanted, self.correlation, rng)
        holds, start = np.ones(tries, bool), 0
        for column in others:
            margin = self.margins[column]
            codes, _ = margin.read(ndtr(drawn[:, start : start + margin.sides]))
            holds &= np.isin(codes, self.given[column])
            start += margin.sides
        kept: Floats = np.hstack([seen, drawn])[holds]
        return kept

    def _normals_of(self, columns: Sequence[int]) -> Places:
        """Where the normals of the columns stand, one column after the other."""
        blocks = blocks_of(self.margins)
        places = [np.arange(blocks[column].start, blocks[column].stop) for column in columns]
        return np.concatenate([np.empty(0, np.int64), *places])
