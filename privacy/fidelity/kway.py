"""Random three-way tables: higher-order structure, after the k-marginal score of NIST's SDNist."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import comb

import numpy as np

from privacy.fidelity.samples import Samples, code_limit, coded, total_variation
from privacy.result import Measure

WAYS = 3
CELLS = 5
"""Bins or levels a column, before the rest and missing: at most 343 cells a table."""
TABLES = 200


def kway(samples: Samples, rng: np.random.Generator) -> list[Measure]:
    """Total variation of three-way tables, mean over up to 200 random triples of columns."""
    triples = _triples(samples.columns, rng)
    if not triples:
        return []
    limit = code_limit(CELLS)
    codes = {name: coded(samples, name, CELLS) for name in samples.columns}
    ours, floor = [], []
    for first, second, third in triples:
        crossed = codes[first].over(codes[second], limit).over(codes[third], limit)
        ours.append(total_variation(crossed.synthetic, crossed.control, limit**WAYS))
        floor.append(total_variation(crossed.train, crossed.control, limit**WAYS))
    return [
        Measure(
            group="k-way",
            name="three-way tables, mean",
            sentence=f"Total variation of three-way tables of {CELLS} bins or levels a column, mean over"
            f" {len(triples)} triples of columns ({samples.said_of_sizes()}).",
            value=float(np.mean(ours)),
            floor=float(np.mean(floor)),
        ),
        Measure(
            group="k-way",
            name="three-way tables, NIST score",
            sentence="The k-marginal score of SDNist on the same tables: 1000 for equal tables, 0 for tables that"
            " share no cell.",
            value=k_marginal(ours),
            floor=k_marginal(floor),
            best="high",
        ),
    ]


def k_marginal(distances: Sequence[float]) -> float:
    """SDNist's score, (2 - mean L1 distance) * 500, from total variations, each half an L1 distance."""
    return float((2 - 2 * np.mean(distances)) * 500)


def _triples(columns: tuple[str, ...], rng: np.random.Generator) -> list[tuple[str, ...]]:
    """All triples when they are few, else distinct random ones."""
    if comb(len(columns), WAYS) <= TABLES:
        return list(combinations(columns, WAYS))
    chosen: dict[tuple[int, ...], None] = {}
    while len(chosen) < TABLES:
        chosen[tuple(sorted(rng.choice(len(columns), WAYS, replace=False)))] = None
    return [tuple(columns[at] for at in triple) for triple in chosen]
