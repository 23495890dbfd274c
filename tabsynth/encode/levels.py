"""Words as codes: missing, the levels many persons carry, and one code for all the rare ones."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tabsynth.domain import Axis
from tabsynth.encode.coder import Codes, Residuals, Value, share_of
from tabsynth.encode.persons import Persons

OTHER = "other"
"""What pooled levels decode to, unless a released level is called so."""


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """The codes of a column of words: missing if it is one, then `levels`, then the pool if there is one.

    other: the word the pool decodes to, None without a pool. fallback: the code of a word or a gap that has
    none of its own: the pool, or else the most frequent code.
    """

    missing: bool
    levels: tuple[str, ...]
    other: str | None
    fallback: int

    @classmethod
    def fit(
        cls, values: NDArray[Any], persons: Persons, least: int, public: Collection[str]
    ) -> tuple[Levels, dict[str, Any]]:
        """The codes of a column, and what was done to it, for the report.

        values: (rows,) str or None. public: levels that everybody may know (declared in the schema, or the
        two of a boolean); they are codes however rare. Any other level, and missing, is a code if at least
        `least` persons carry it. The rest is pooled; a pool of fewer persons goes to the most frequent code.
        """
        numbers, found = pd.factorize(values)
        numbers = np.where(numbers < 0, len(found), numbers)
        carriers = persons.per_group(numbers, len(found) + 1)
        rows = np.bincount(numbers, minlength=len(found) + 1)
        declared = set(public)
        has_code = carriers >= least
        has_code[:-1] |= np.array([level in declared for level in found], dtype=bool)
        has_code[-1] |= rows[-1] > 0 and not len(found)
        learnt = [level for level, known in zip(found, has_code[:-1], strict=True) if known]
        levels = (*public, *sorted(level for level in learnt if level not in declared))
        missing = bool(has_code[-1])
        pooled = persons.take(~has_code[numbers]).count()
        pool = pooled >= least or not (levels or missing)
        counted = dict(zip(found, rows[:-1].tolist(), strict=True))
        by_code = [int(rows[-1])] * missing + [counted.get(level, 0) for level in levels]
        fallback = len(by_code) if pool else int(np.argmax(by_code))
        report = {
            "levels": len(levels),
            "pooled_levels": int((~has_code[:-1]).sum()) if pooled >= least else 0,
            "pooled_persons_share": share_of(pooled, persons.count()),
            "withheld": len(found) > 0 and not levels,
        }
        return cls(missing, levels, _free_name(levels) if pool else None, fallback), report

    @property
    def axes(self) -> tuple[Axis, ...]:
        plain = self.missing + len(self.levels) + (self.other is not None)
        return (Axis(plain=plain, edges=np.empty(0), missing=self.missing),)

    def encode(self, values: NDArray[Any]) -> tuple[Codes, Residuals]:
        numbers, found = pd.factorize(values)
        code_of = {level: code for code, level in enumerate(self.levels, start=self.missing)}
        gap = 0 if self.missing else self.fallback
        codes = np.array([*(code_of.get(level, self.fallback) for level in found), gap], dtype=np.int64)
        return codes[numbers][:, None], np.zeros((len(values), 1), np.float32)

    def decode(self, codes: Codes, residuals: Residuals, rng: np.random.Generator) -> NDArray[Any]:
        values: NDArray[Any] = np.array(self.plain_values(0), dtype=object)
        return np.take(values, codes[:, 0])

    def plain_values(self, part: int) -> list[Value]:
        return [*([None] if self.missing else []), *self.levels, *([self.other] if self.other else [])]

    def to_json(self) -> dict[str, Any]:
        return {
            "missing": self.missing,
            "levels": list(self.levels),
            "other": self.other,
            "fallback": self.fallback,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Levels:
        return cls(bool(data["missing"]), tuple(data["levels"]), data["other"], int(data["fallback"]))


def _free_name(levels: tuple[str, ...]) -> str:
    """A name for the pool that no released level has."""
    name, number = OTHER, 1
    while name in levels:
        name = f"{OTHER} (pooled)" if number == 1 else f"{OTHER} (pooled {number})"
        number += 1
    return name
