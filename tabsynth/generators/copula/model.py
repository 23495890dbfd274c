"""The copula generator: fit the margins, learn the correlation, draw rows, draw rows under a condition."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from scipy.special import ndtr

from privacy import Event, InternalError, OnEvent, TrainingError
from tabsynth.domain import Axis, Domain, Encoded
from tabsynth.generators import Given, State
from tabsynth.generators.copula.boxes import Boxes, cut_boxes
from tabsynth.generators.copula.latent import conditional_draw, match_correlation, root, to_normal
from tabsynth.generators.copula.margin import Margin, codes_apart, fit_margin, gate_symbols, line_counts
from tabsynth.generators.copula.scaling import symbol_scores

Floats = NDArray[np.float64]

_LINE_GROUPS = 8
_MOST_TRIES = 1000
_FEWEST_ROWS, _MOST_ROWS = 4096, 65536


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
        self._correlation = match_correlation(
            self._scores(train.codes, train.residuals),
            lambda normals: self._scores(*self._read(normals)),
            self._blocks(),
            rng.standard_normal((self.config.draws, self._blocks()[-1].stop)),
            self.config.rounds,
            lambda done: on_event(Event("learning correlations", done, self.config.rounds)),
        )

    def sample(self, n: int, rng: np.random.Generator, given: Given | None = None) -> Encoded:
        """`n` rows; conditions hold in each, unless that takes over `_MOST_TRIES` tries a row."""
        if self._domain is None:
            raise InternalError("the copula is asked for rows before it is fitted")
        normals = self._normals_given(n, rng, given or {})
        return Encoded(self._domain, *self._read(normals))

    def _read(self, normals: Floats) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """(rows, columns) codes and residuals of (rows, normals)."""
        codes = np.empty((len(normals), len(self._margins)), np.int32)
        residuals = np.empty((len(normals), len(self._margins)), np.float32)
        for column, (margin, block) in enumerate(zip(self._margins, self._blocks(), strict=True)):
            codes[:, column], residuals[:, column] = margin.read(ndtr(normals[:, block]))
        return codes, residuals

    def _scores(self, codes: NDArray[np.int32], residuals: NDArray[np.float32]) -> Floats:
        """(rows, normals) what the codes and residuals show of every normal."""
        return np.hstack(
            [
                margin.scores(codes[:, column].astype(np.int64), residuals[:, column].astype(np.float64))
                for column, margin in enumerate(self._margins)
            ]
        )

    def _normals_given(self, n: int, rng: np.random.Generator, given: Given) -> Floats:
        """(n, normals) drawn under the conditions that can hold at all."""
        share = {
            column: float(self._margins[column].frequencies[codes].sum()) for column, codes in given.items()
        }
        binding = sorted(
            (column for column in given if 0 < share[column] < 1), key=lambda column: share[column]
        )
        size = len(self._correlation)
        if not binding:
            return rng.standard_normal((n, size)) @ root(self._correlation).T
        blocks = self._blocks()
        at = np.concatenate([np.arange(size)[blocks[column]] for column in binding])
        seen = self._conditioned(n, rng, binding, given)
        rest = np.setdiff1d(np.arange(size), at)
        normals = np.empty((n, size))
        normals[:, at] = seen
        normals[:, rest] = conditional_draw(seen, at, rest, self._correlation, rng)
        return normals

    def _conditioned(self, n: int, rng: np.random.Generator, binding: list[int], given: Given) -> Floats:
        """(n, normals of the bound columns): the rarest condition drawn exactly, the others by rejection."""
        blocks, size = self._blocks(), len(self._correlation)
        first, others = binding[0], binding[1:]
        at = np.arange(size)[blocks[first]]
        wanted = np.concatenate(
            [np.empty(0, np.int64), *(np.arange(size)[blocks[column]] for column in others)]
        )
        accepted: list[Floats] = []
        missing, tries = n, 0
        while missing > 0:
            rows = n if not others else min(max(4 * missing, _FEWEST_ROWS), _MOST_ROWS)
            seen = to_normal(self._margins[first].draw(given[first], rows, rng))
            drawn = np.hstack([seen, conditional_draw(seen, at, wanted, self._correlation, rng)])
            holds, start = np.ones(rows, bool), len(at)
            for column in others:
                margin = self._margins[column]
                codes, _ = margin.read(ndtr(drawn[:, start : start + margin.sides]))
                holds &= np.isin(codes, given[column])
                start += margin.sides
            tries += rows
            if tries > _MOST_TRIES * max(n, 100):
                holds[:] = True
            accepted.append(drawn[holds][:missing])
            missing -= len(accepted[-1])
        return np.concatenate(accepted) if accepted else np.empty((0, len(at) + len(wanted)))

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

    def _blocks(self) -> list[slice]:
        """Per column, where its normals stand."""
        ends = np.cumsum([0, *(margin.sides for margin in self._margins)]).tolist()
        return [slice(start, stop) for start, stop in pairwise(ends)]


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
