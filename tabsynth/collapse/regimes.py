"""What each generation learns: the synthetic rows before it, all rows so far, or a share of real ones among them.

Shumailov et al. (Nature 631, 2024, "AI models collapse when trained on recursively generated data") let every
generation learn the last one's rows, and the tails go first; Alemohammad et al. (ICLR 2024, "Self-Consuming
Generative Models Go MAD") call that the fully synthetic loop. Gerstgrasser et al. (arXiv:2404.01413, 2024, "Is
Model Collapse Inevitable?") keep everything: generation t learns the real rows and those of all t - 1 generations
before it, each as many and of equal weight, and the error stays bounded. Bertrand et al. (ICLR 2024, "On the
Stability of Iterative Retraining of Generative Models on their own Data") mix: with enough real rows among the
synthetic, and a first model good enough, retraining is stable. Here the real rows of a mixture are drawn anew
every generation, of the same people: in Alemohammad's words the synthetic augmentation loop, not the fresh one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from privacy import ConfigError, percent

Kind = Literal["replace", "accumulate", "anchored"]
_KINDS: tuple[Kind, ...] = ("replace", "accumulate", "anchored")
_PARTS_OF_ONE = 10**6


@dataclass(frozen=True, slots=True)
class Regime:
    """How the tables of the generations come about. anchor: share of real rows, of the kind "anchored" alone."""

    kind: Kind
    anchor: float = 0.0

    @property
    def name(self) -> str:
        """Such as "replace" or "anchored 10 %"."""
        return f"{self.kind} {percent(self.anchor)}" if self.kind == "anchored" else self.kind

    @property
    def place(self) -> tuple[int, int]:
        """Where its seeds lie: the same whatever other regimes are tried."""
        return _KINDS.index(self.kind), round(self.anchor * _PARTS_OF_ONE)

    def table(
        self, real: pd.DataFrame, before: Sequence[pd.DataFrame], rows: int, rng: np.random.Generator
    ) -> pd.DataFrame:
        """What the next generation learns. before: rows of the generations so far, at least one; the last is the
        previous. rows: in the table, but where all are kept."""
        if self.kind == "replace":
            return before[-1]
        if self.kind == "accumulate":
            return pd.concat([real, *before], ignore_index=True)
        kept = round(self.anchor * rows)
        parts = [_some(real, kept, rng), _some(before[-1], rows - kept, rng)]
        return pd.concat(parts, ignore_index=True)


def regimes(anchors: Sequence[float]) -> tuple[Regime, ...]:
    """Replace, accumulate, and anchored at each of these shares; ConfigError for a share that is none."""
    for anchor in anchors:
        if not (math.isfinite(anchor) and 0 < anchor < 1):
            raise ConfigError(
                "an anchor is a share of real rows above 0 and below 1", where="--anchor", todo="try 0.1"
            )
    shares = sorted(set(anchors))
    return (Regime("replace"), Regime("accumulate"), *(Regime("anchored", share) for share in shares))


def _some(frame: pd.DataFrame, rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Rows at random, none twice."""
    return frame.iloc[rng.permutation(len(frame))[:rows]]
