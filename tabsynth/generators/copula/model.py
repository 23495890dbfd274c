"""The copula generator: fit the margins, learn the correlation, draw rows."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from privacy import Event, InternalError, OnEvent, TrainingError
from tabsynth.domain import Axis, Domain, Encoded
from tabsynth.generators import Given, State
from tabsynth.generators.conditional import rows_given
from tabsynth.generators.copula.bound import BoundCopula
from tabsynth.generators.copula.boxes import Boxes, cut_boxes
from tabsynth.generators.copula.latent import match_correlation
from tabsynth.generators.copula.margin import (
    Margin,
    blocks_of,
    codes_apart,
    fit_margin,
    gate_symbols,
    line_counts,
    read_rows,
)
from tabsynth.generators.copula.scaling import symbol_scores

Floats = NDArray[np.float64]

_LINE_GROUPS = 8


class CopulaConfig(BaseModel):
    """Settings of the Gaussian copula.

    sides: normals spent on a column of unordered codes. rounds: corrections of the correlation; draws: rows
    drawn for each.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sides: Annotated[int, Field(ge=1, le=8)] = 3
    rounds: Annotated[int, Field(ge=1, le=1000)] = 12
    draws: Annotated[int, Field(ge=100)] = 20_000


class Copula:
    """Gaussian copula. Of the table it keeps code frequencies and one correlation matrix."""

    name: ClassVar[str] = "copula"
    Config: ClassVar[type[BaseModel]] = CopulaConfig

    def __init__(self, config: CopulaConfig) -> None:
        self.config = config
        self._domain: Domain | None = None
        self._margins: list[Margin] = []
        self._correlation: Floats = np.empty((0, 0))

    def fit(self, train: Encoded, development: Encoded, rng: np.random.Generator, on_event: OnEvent) -> None:
        """Learn `train`; `development` has no part in it. TrainingError when there is nothing to learn."""
        if not len(train) or not len(train.domain):
            raise TrainingError("there is nothing to learn: no rows or no columns")
        self._domain = train.domain
        gates = _cut_gates(train, self.config.sides, rng)
        self._margins = [
            fit_margin(axis, train.codes[:, column].astype(np.int64), gates[column])
            for column, axis in enumerate(train.domain.axes)
        ]
        blocks = blocks_of(self._margins)
        self._correlation = match_correlation(
            self._scores(train.codes, train.residuals),
            lambda normals: self._scores(*read_rows(self._margins, normals)),
            blocks,
            rng.standard_normal((self.config.draws, blocks[-1].stop)),
            self.config.rounds,
            lambda done: on_event(Event("learning correlations", done, self.config.rounds)),
        )

    def sample(self, n: int, rng: np.random.Generator, given: Given | None = None) -> Encoded:
        """`n` rows; conditions hold in each, unless that takes too many tries, see `rows_given`."""
        return rows_given(self, n, rng, given) if given else self.under({}).attempt(n, rng)

    def under(self, given: Given) -> BoundCopula:
        """The copula with each column of `given` bound to its codes."""
        if self._domain is None:
            raise InternalError("the copula is asked for rows before it is fitted")
        return BoundCopula(self._domain, self._margins, self._correlation, given)

    def _scores(self, codes: NDArray[np.int32], residuals: NDArray[np.float32]) -> Floats:
        """(rows, normals) what the codes and residuals show of every normal."""
        return np.hstack(
            [
                margin.scores(codes[:, column].astype(np.int64), residuals[:, column].astype(np.float64))
                for column, margin in enumerate(self._margins)
            ]
        )

    def state(self) -> State:
        """The correlation, and per column the gate's cuts and the line's cumulated frequencies."""
        tensors: dict[str, NDArray[Any]] = {"correlation": self._correlation}
        for column, margin in enumerate(self._margins):
            gate = margin.gate
            tensors[f"{column}.frequencies"] = gate.frequencies
            tensors[f"{column}.side"] = gate.side
            tensors[f"{column}.cut"] = gate.cut
            tensors[f"{column}.below"] = gate.below
            tensors[f"{column}.above"] = gate.above
            tensors[f"{column}.reached"] = margin.reached
        return State(tensors)

    def restore(self, domain: Domain, state: State) -> None:
        """Become the copula that `state` was taken from."""
        parts = ("frequencies", "side", "cut", "below", "above")
        self._domain = domain
        self._correlation = state.tensors["correlation"]
        self._margins = [
            Margin(
                axis,
                Boxes(*(state.tensors[f"{column}.{part}"] for part in parts)),
                state.tensors[f"{column}.reached"],
            )
            for column, axis in enumerate(domain.axes)
        ]


def _cut_gates(train: Encoded, sides: int, rng: np.random.Generator) -> list[Boxes]:
    """Per column, the boxes of its gate."""
    symbols = [
        gate_symbols(axis, train.codes[:, column].astype(np.int64))
        for column, axis in enumerate(train.domain.axes)
    ]
    groups = [
        _coarse_groups(axis, train.codes[:, column].astype(np.int64))
        for column, axis in enumerate(train.domain.axes)
    ]
    gates = []
    for axis, symbol, seen in zip(
        train.domain.axes, symbols, symbol_scores(symbols, groups, sides, rng), strict=True
    ):
        frequencies = np.bincount(symbol, minlength=codes_apart(axis) + 1) / len(symbol)
        scores = np.zeros((len(frequencies), seen.shape[1]))
        scores[: len(seen)] = seen
        gates.append(cut_boxes(frequencies, scores))
    return gates


def _coarse_groups(axis: Axis, codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """(rows,) the symbol of the gate, or else which eighth of the rows on the line."""
    apart, counts = codes_apart(axis), line_counts(axis, codes)
    if not counts.sum():
        return codes
    eighth = (counts.cumsum() - counts) * _LINE_GROUPS // counts.sum()
    return np.where(codes < apart, codes, apart + eighth[np.maximum(codes - apart, 0)])
