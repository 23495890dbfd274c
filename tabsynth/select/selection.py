"""The selection that belongs to a model: how many candidates a row, and the margins to choose by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from privacy import OnEvent, silent
from tabsynth.domain import Domain, Encoded
from tabsynth.select.margins import GROUPS, Margins
from tabsynth.select.noise import noise_variance
from tabsynth.select.pick import choose

MOST_CANDIDATES = 20

_MOST_ROWS = 2**16
_MOST_CELLS = 2**28
"""Of all candidates in all margins, held at once: six bytes each."""


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """candidates: for each row that is asked for. margins: of the people to be like."""

    candidates: int
    margins: Margins

    @classmethod
    def by(cls, people: Encoded, candidates: int) -> Selection | None:
        """None where there is nothing to choose from, or nobody to be like."""
        return cls(candidates, Margins.of(people)) if candidates > 1 and len(people) else None

    @property
    def most_rows(self) -> int:
        """Rows to choose at once, so that memory does not grow with the rows asked for; fewer in a wide table."""
        return max(min(_MOST_ROWS, _MOST_CELLS // (self.candidates * len(self.margins.columns))), 1)

    def with_noised(self, train: Encoded, rng: np.random.Generator) -> Selection:
        """To be like these people too, as far as their counts with noise tell; see `noise_variance`."""
        variance = noise_variance(len(self.margins.columns))
        return replace(self, margins=self.margins.joined_by(train, variance, rng))

    def with_exact(self, train: Encoded) -> Selection:
        """To be like these people too, whose very counts the selection then holds."""
        return replace(self, margins=self.margins.joined_by(train, 0.0))

    def choose(
        self, pool: Encoded, rows: int, rng: np.random.Generator, on_event: OnEvent = silent
    ) -> Encoded:
        """That many rows of the pool, none twice."""
        return pool.take(self.places(pool, rows, rng, on_event))

    def places(
        self, pool: Encoded, rows: int, rng: np.random.Generator, on_event: OnEvent = silent
    ) -> NDArray[np.int64]:
        """(rows,) where the chosen rows stand in the pool."""
        return choose(pool, self.margins, rows, rng, on_event)

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Its arrays by name, for the model file."""
        maps = {f"maps.{ways}": np.concatenate(groups) for ways, groups in self.margins.maps.items()}
        return {"counts": np.concatenate(self.margins.counts), **maps}

    def facts(self) -> dict[str, Any]:
        """The rest of it as JSON."""
        columns = [list(each) for each in self.margins.columns]
        return {"candidates": self.candidates, "columns": columns, "noise": self.margins.noise}

    @classmethod
    def restored(cls, domain: Domain, facts: dict[str, Any], tensors: dict[str, NDArray[Any]]) -> Selection:
        """What `facts` and `tensors` were taken from; ValueError when they do not belong together."""
        candidates, counted = facts["candidates"], tensors["counts"]
        _require(isinstance(candidates, int) and 1 < candidates <= MOST_CANDIDATES)
        noise = float(facts["noise"])
        _require(counted.dtype == np.float64 and counted.ndim == 1 and bool(np.isfinite(counted).all()))
        _require(0 <= noise < np.inf and (noise > 0 or bool((counted >= 0).all())))
        for ways, most in GROUPS.items():
            codes = tensors[f"maps.{ways}"]
            _require(codes.dtype == np.uint8 and codes.shape == (sum(domain.sizes),))
            _require(int(codes.max(initial=0)) < most)
        ends = np.cumsum(domain.sizes)[:-1]
        maps = {ways: tuple(np.split(tensors[f"maps.{ways}"], ends)) for ways in (1, 2, 3)}
        columns = tuple(tuple(int(column) for column in each) for each in facts["columns"])
        for each in columns:
            _require(0 < len(each) <= 3 and list(each) == sorted(set(each)))
            _require(each[0] >= 0 and each[-1] < len(domain))
        bare = Margins(columns, maps, ())
        sizes = [bare.size(each) for each in columns]
        _require(sum(sizes) == len(counted))
        counts = tuple(np.split(counted, np.cumsum(sizes)[:-1]))
        return cls(candidates, Margins(columns, maps, counts, noise))


def _require(holds: bool) -> None:
    if not holds:
        raise ValueError("the selection's margins do not fit together")
