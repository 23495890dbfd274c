"""The selection that belongs to a model: how many candidates a row, and the margins to choose by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tabsynth.domain import Domain, Encoded
from tabsynth.select.margins import Margins
from tabsynth.select.pick import choose


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """candidates: for each row that is asked for. margins: of the people to be like."""

    candidates: int
    margins: Margins

    @classmethod
    def by(cls, people: Encoded, candidates: int) -> Selection | None:
        """None where there is nothing to choose from, or nobody to be like."""
        return cls(candidates, Margins.of(people)) if candidates > 1 and len(people) else None

    def choose(self, pool: Encoded, rows: int, rng: np.random.Generator) -> Encoded:
        """That many rows of the pool, none twice."""
        return pool.take(choose(pool, self.margins, rows, rng))

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Its arrays by name, for the model file."""
        maps = {f"maps.{ways}": np.concatenate(groups) for ways, groups in self.margins.maps.items()}
        return {"counts": np.concatenate(self.margins.counts), **maps}

    def facts(self) -> dict[str, Any]:
        """The rest of it as JSON."""
        return {"candidates": self.candidates, "columns": [list(each) for each in self.margins.columns]}

    @classmethod
    def restored(cls, domain: Domain, facts: dict[str, Any], tensors: dict[str, NDArray[Any]]) -> Selection:
        """What `facts` and `tensors` were taken from; ValueError when they do not belong together."""
        ends = np.cumsum(domain.sizes)[:-1]
        maps = {ways: tuple(np.split(tensors[f"maps.{ways}"], ends)) for ways in (1, 2, 3)}
        columns = tuple(tuple(int(column) for column in each) for each in facts["columns"])
        bare = Margins(columns, maps, ())
        sizes = [bare.size(each) for each in columns]
        if sum(sizes) != len(tensors["counts"]):
            raise ValueError("the counts are not those of the margins")
        counts = tuple(np.split(tensors["counts"], np.cumsum(sizes)[:-1]))
        return cls(int(facts["candidates"]), Margins(columns, maps, counts))
