"""Sketches of texts: the share of equal prints estimates how alike two texts are.

MinHash (Broder, Compression and Complexity of Sequences 1997): the smallest of many hashed pieces is the same
for two texts with a chance equal to the Jaccard similarity of their sets of pieces; here the pieces are runs of
three characters, letter case left out. So a text with one changed run of characters keeps most of its prints,
while two strangers share few.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

SKETCH = 8
"""Prints a text: the similarity is then known to about .15, enough to tell a copy from a stranger."""

_RUN = 3
_PAD = "\0" * (_RUN - 1)
# Odd multipliers of a fixed generator: the sketch of a text never changes.
_MULTIPLIERS = np.random.default_rng(1997).integers(0, 2**63, SKETCH, dtype=np.uint64) * 2 + 1


def sketches(texts: Iterable[str]) -> NDArray[np.uint64]:
    """(texts, SKETCH) prints."""
    padded = [_PAD + text.casefold() + _PAD for text in texts]
    if not padded:
        return np.empty((0, SKETCH), np.uint64)
    letters = np.frombuffer("".join(padded).encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    runs = letters.copy()
    for shift in range(1, _RUN):
        # The last runs reach beyond their text; they are left out below.
        runs = runs * np.uint64(0x110000) + np.roll(letters, -shift)
    lengths = np.array([*map(len, padded)])
    ends = np.cumsum(lengths)
    whole = np.ones(len(letters), bool)
    whole[np.concatenate([ends - back for back in range(1, _RUN)])] = False
    starts = np.concatenate([[0], np.cumsum(lengths - (_RUN - 1))[:-1]])
    kept = runs[whole]
    return np.stack(
        [np.minimum.reduceat(_mixed(kept * multiplier), starts) for multiplier in _MULTIPLIERS], axis=1
    )


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Well-mixed bits: a product alone leaves the low ones as they were (splitmix64's finaliser)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: NDArray[np.uint64] = values ^ (values >> np.uint64(31))
    return mixed
