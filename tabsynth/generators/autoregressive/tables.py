"""The vectors of codes: free ones, along curves where codes stand in order, of low rank where they are many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tabsynth.generators.autoregressive.layout import Span

WAVES = 24
"""Cosines that a curve along ordered codes is made of; the k-th is 1/k as high, so quick turns are learnt late."""

RANK = 32


def normal(shape: tuple[int, ...], spread: float, source: torch.Generator) -> nn.Parameter:
    """Normal draws from `source`; torch's own initialisation would draw from the global generator."""
    return nn.Parameter(torch.empty(shape).normal_(0, 1, generator=source) * spread)


class Vectors(nn.Module):
    """(count, width) vectors: each is free, or lies along the curve of its span, or both."""

    basis: Tensor
    of_curves: Tensor
    held: Tensor
    smooth: Tensor

    def __init__(
        self, count: int, width: int, spans: Sequence[Span], spread: float, source: torch.Generator
    ) -> None:
        super().__init__()
        self.free = normal((count, width), spread, source)
        self.curves = normal((len(spans), WAVES, width), spread, source)
        waves = np.arange(1, WAVES + 1)
        longest = max((len(span.places) for span in spans), default=0)
        basis = np.zeros((len(spans), longest, WAVES), np.float32)
        for at, span in enumerate(spans):
            basis[at, : len(span.places)] = np.cos(np.pi * np.outer(span.places, waves)) / waves
        lengths = [np.arange(len(span.places)) for span in spans]
        held = [span.first + length for span, length in zip(spans, lengths, strict=True)]
        self._fix("basis", basis)
        self._fix("of_curves", _joined([longest * at + length for at, length in enumerate(lengths)]))
        self._fix("held", _joined(held))
        self._fix("smooth", _joined([at[span.free :] for span, at in zip(spans, held, strict=True)]))

    def _fix(self, name: str, array: NDArray[Any]) -> None:
        self.register_buffer(name, torch.from_numpy(array), persistent=False)

    def forward(self) -> Tensor:
        """All vectors as they are now."""
        along = torch.bmm(self.basis, self.curves).flatten(0, 1)[self.of_curves]
        return self.free.index_fill(0, self.smooth, 0.0).index_add(0, self.held, along)


class LowRank(nn.Module):
    """A large column's vectors, in and out: few numbers a code, turned to the trunk's width together."""

    def __init__(self, codes: int, width: int, source: torch.Generator) -> None:
        super().__init__()
        self.entering = normal((codes + 1, RANK), 1.0, source)
        self.widen = normal((RANK, width), RANK**-0.5, source)
        self.narrow = normal((width, RANK), width**-0.5, source)
        self.leaving = nn.Parameter(torch.zeros(codes, RANK))

    def enter(self, codes: Tensor) -> Tensor:
        """(rows, width) of codes (rows,); the code after the last is `not known`."""
        return nn.functional.embedding(codes, self.entering) @ self.widen

    def scores(self, inside: Tensor) -> Tensor:
        """(rows, codes) of the trunk's (rows, width)."""
        return (inside @ self.narrow) @ self.leaving.T


def _joined(parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate([np.empty(0, np.int64), *parts])
