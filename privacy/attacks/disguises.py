"""Identifiers in disguise: read backwards, hashed without a key, or moved by one number for all.

None of these hides anybody from whoever holds the identifier and guesses what was done to it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_SAMPLE = 1_000
_VOTES = 10
"""Pairs that must lie equally far apart before a shift is believed: two or three do so by chance."""

_LONG = 8

_HASHES: tuple[Callable[[bytes], str], ...] = (
    lambda content: hashlib.md5(content, usedforsecurity=False).hexdigest(),
    lambda content: hashlib.sha1(content, usedforsecurity=False).hexdigest(),
    lambda content: hashlib.sha256(content).hexdigest(),
)


def hashed(values: pd.Series) -> list[pd.Series]:
    """The texts' MD5, SHA-1 and SHA-256 in hexadecimal digits; numbers as they would be written."""
    codes, different = pd.factorize(values)
    texts = [_written(value).encode("utf-8", "surrogatepass") for value in different]
    tables = (np.array([*map(digest, texts), None], dtype=object) for digest in _HASHES)
    return [pd.Series(table[codes], index=values.index) for table in tables]


def backwards(values: pd.Series) -> pd.Series:
    """The texts read from their end; short ones, which meet somebody else's by chance, are left out."""
    codes, different = pd.factorize(values)
    texts = [*map(_written, different)]
    turned = [text[::-1] if len(text) >= _LONG and text != text[::-1] else None for text in texts]
    return pd.Series(np.array([*turned, None], dtype=object)[codes], index=values.index)


def shift(
    pool: NDArray[np.float64], synthetic: NDArray[np.float64], rng: np.random.Generator
) -> float | None:
    """The number by which most synthetic values differ from a real one, or None without a clear winner.

    pool: train and control together, so that both had the same chance to be met by it.
    """
    ours, theirs = (rng.permutation(side[~np.isnan(side)])[:_SAMPLE] for side in (pool, synthetic))
    if not len(ours) or not len(theirs):
        return None
    apart, votes = np.unique((theirs[:, None] - ours[None, :]).ravel(), return_counts=True)
    votes[apart == 0] = 0
    winner = int(votes.argmax())
    return float(apart[winner]) if votes[winner] >= _VOTES else None


def _written(value: object) -> str:
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)
