"""Seeds by place: each piece of a sample has its own, whoever draws it and whenever."""

from __future__ import annotations

import numpy as np


def seeds_at(seeds: np.random.SeedSequence, *path: int) -> np.random.SeedSequence:
    """A descendant by its place alone; unlike `spawn`, asking twice gives the same."""
    return np.random.SeedSequence(
        seeds.entropy, spawn_key=(*seeds.spawn_key, *path), pool_size=seeds.pool_size
    )


def rng_at(seeds: np.random.SeedSequence, *path: int) -> np.random.Generator:
    """The random generator of a descendant."""
    return np.random.default_rng(seeds_at(seeds, *path))
