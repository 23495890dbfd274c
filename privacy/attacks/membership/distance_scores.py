"""Scores from distances: is a synthetic row nearer to the target than chance and its surroundings explain?

Every score is (targets,), higher for a likelier member. Distances are the ruler's plain ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from privacy.attacks.membership.stage import Stage
from privacy.neighbors import Distance, count_within, k_nearest

SURROUNDINGS = 5
DPI_NEIGHBOURS = 20
GEN_LRA_NEIGHBOURS = 200

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """Distances from every target to its nearest synthetic and reference rows, nearest first.

    to_synthetic: (targets, up to 200). to_reference: (targets, up to 20). rows: (targets, up to 200) which
    synthetic rows.
    """

    metric: Distance
    to_synthetic: Scores
    to_reference: Scores
    rows: NDArray[np.int64]

    @classmethod
    def of(cls, stage: Stage, rng: np.random.Generator) -> Neighbours:
        metric = Distance.plain(stage.synthetic).without_unmatched(stage.synthetic)
        rows, near = k_nearest(stage.targets, stage.synthetic, metric, GEN_LRA_NEIGHBOURS, rng=rng)
        _, other = k_nearest(stage.targets, stage.reference, metric, DPI_NEIGHBOURS, rng=rng)
        return cls(metric, near.astype(np.float64), other.astype(np.float64), rows)


def closest(found: Neighbours) -> Scores:
    """DCR: minus the distance to the closest synthetic row (Chen et al., GAN-Leaks, CCS 2020)."""
    return -found.to_synthetic[:, 0]


def closest_difference(found: Neighbours) -> Scores:
    """DCR difference: distance to the closest reference row minus that to the closest synthetic row.

    The calibrated attack of GAN-Leaks, with the population in place of a reference model.
    """
    return found.to_reference[:, 0] - found.to_synthetic[:, 0]


def in_the_ball(stage: Stage, found: Neighbours) -> Scores:
    """MC: synthetic rows no farther than the targets' median distance to the closest one.

    Hilprecht, Haerterich and Bernau, PoPETs 2019(4), with their median heuristic.
    """
    radius = float(np.median(found.to_synthetic[:, 0]))
    return count_within(stage.targets, stage.synthetic, found.metric, radius).astype(np.float64)


def local_neighbourhood(found: Neighbours) -> Scores:
    """Minus the distance to the closest synthetic row in units of the local spacing of the population.

    The spacing is the mean distance to the five nearest reference rows: a near row says more where people
    are far apart (after the local neighbourhood attack of TAPAS, Houssiau et al. 2022).
    """
    spacing = found.to_reference[:, :SURROUNDINGS].mean(axis=1)
    apart = found.to_synthetic[:, 0]
    return -np.divide(apart, spacing, out=(apart > 0).astype(np.float64), where=spacing > 0)


def synthetic_share(found: Neighbours, rng: np.random.Generator) -> Scores:
    """DPI: how many of the 20 nearest rows are synthetic, the others reference (arXiv:2406.13012).

    The ratio of the two counts rises with this share, so it ranks the targets alike. Equal distances are put
    in random order.
    """
    near, other = found.to_synthetic[:, :DPI_NEIGHBOURS], found.to_reference
    together = np.hstack([near, other])
    order = np.lexsort((rng.random(together.shape), together), axis=1)
    nearest = order[:, :DPI_NEIGHBOURS]
    share: Scores = (nearest < near.shape[1]).mean(axis=1)
    return share
