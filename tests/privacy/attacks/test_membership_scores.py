"""The battery's scores are those of plain loops over the papers' definitions."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import gaussian_kde, spearmanr

from privacy.attacks.membership.classifier import looks_synthetic
from privacy.attacks.membership.density import density_ratio, log_density
from privacy.attacks.membership.distance_scores import (
    DPI_NEIGHBOURS,
    GEN_LRA_NEIGHBOURS,
    SURROUNDINGS,
    Neighbours,
    closest,
    closest_difference,
    in_the_ball,
    local_neighbourhood,
    synthetic_share,
)
from privacy.attacks.membership.ensemble import mean_rank
from privacy.attacks.membership.features import Components
from privacy.attacks.membership.gen_lra import likelihood_gain
from privacy.attacks.membership.stage import Stage
from privacy.evidence import Evidence
from privacy.ruler import Coordinates

Scores = NDArray[np.float64]


@pytest.fixture
def stage(evidence: Callable[..., Evidence]) -> Stage:
    """132 targets, 34 reference rows, 300 synthetic rows of which 30 are train's."""
    return Stage.of(evidence(100, 100, 300, copied=0.1), np.random.default_rng(0))


@pytest.fixture
def found(stage: Stage) -> Neighbours:
    return Neighbours.of(stage, np.random.default_rng(0))


def _apart(a: Coordinates, b: Coordinates) -> Scores:
    """(rows of a, rows of b) unequal categories plus differences of ranks, at most 1 each, in two loops."""
    table = np.empty((len(a), len(b)))
    for i, j in product(range(len(a)), range(len(b))):
        gaps = (min(abs(float(x) - float(y)), 1.0) for x, y in zip(a.ranks[i], b.ranks[j], strict=True))
        table[i, j] = sum(gaps) + sum(x != y for x, y in zip(a.codes[i], b.codes[j], strict=True))
    return table


def _agree(ours: Scores, slow: Scores) -> None:
    assert len(np.unique(slow)) > 5, "scores that tell targets apart"
    assert spearmanr(ours, slow).statistic > 0.99


def test_distance_scores(stage: Stage, found: Neighbours) -> None:
    near, other = _apart(stage.targets, stage.synthetic), _apart(stage.targets, stage.reference)
    shortest = near.min(axis=1)
    assert closest(found) == pytest.approx(-shortest, abs=1e-5)
    assert closest_difference(found) == pytest.approx(other.min(axis=1) - shortest, abs=1e-5)
    spacing = np.sort(other, axis=1)[:, :SURROUNDINGS].mean(axis=1)
    assert local_neighbourhood(found) == pytest.approx(-shortest / spacing, abs=1e-4)
    _agree(in_the_ball(stage, found), (near <= np.median(shortest) + 1e-6).sum(axis=1).astype(float))


def test_synthetic_share_of_the_neighbours(stage: Stage, found: Neighbours) -> None:
    near, other = _apart(stage.targets, stage.synthetic), _apart(stage.targets, stage.reference)
    share = []
    for row in range(len(near)):
        both = sorted([(d, 1) for d in near[row]] + [(d, 0) for d in other[row]])
        share.append(sum(made for _, made in both[:DPI_NEIGHBOURS]) / DPI_NEIGHBOURS)
    _agree(synthetic_share(found, np.random.default_rng(0)), np.array(share))


def test_equal_distances_are_dealt_by_chance() -> None:
    """Forty rows at no distance, half of them synthetic: neither table may come first."""
    zeros = np.zeros((2000, DPI_NEIGHBOURS))
    metric = None
    tied = Neighbours(metric, zeros, zeros, zeros.astype(np.int64))  # type: ignore[arg-type]
    share = synthetic_share(tied, np.random.default_rng(0))
    assert share.mean() == pytest.approx(0.5, abs=0.01) and share.std() > 0.05


def test_components_have_unit_variance_and_the_targets_no_part(stage: Stage) -> None:
    components = Components.of(stage)
    held = np.vstack([components.synthetic, components.reference])
    assert np.cov(held, rowvar=False) == pytest.approx(np.eye(held.shape[1]), abs=0.01)
    fewer = Stage(stage.targets.take(np.arange(10)), stage.rows[:10], stage.synthetic, stage.reference)
    assert Components.of(fewer).targets == pytest.approx(components.targets[:10])


def test_density_is_scipys_where_the_sample_is_white() -> None:
    rng = np.random.default_rng(0)
    sample, points = rng.normal(size=(3000, 3)), rng.normal(size=(200, 3)) * 2
    white = (sample - sample.mean(axis=0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(sample.T))).T
    ours, theirs = log_density(points, white), gaussian_kde(white.T).logpdf(points.T)
    assert ours == pytest.approx(theirs, abs=1e-3)


def _log_mean_kernel(point: Scores, sample: Scores, width: float) -> float:
    kernels = [math.exp(-0.5 * sum(((point - row) / width) ** 2)) for row in sample]
    return math.log(sum(kernels) / len(sample)) - len(point) * math.log(width * math.sqrt(2 * math.pi))


def test_density_ratio(stage: Stage) -> None:
    components = Components.of(stage)
    slow = []
    for point in components.targets:
        logs = []
        for sample in (components.synthetic, components.reference):
            width = len(sample) ** (-1 / (sample.shape[1] + 4))
            logs.append(_log_mean_kernel(point, sample, width))
        slow.append(logs[0] - logs[1])
    _agree(density_ratio(components), np.array(slow))


def test_likelihood_gain(stage: Stage, found: Neighbours) -> None:
    """The definition: estimate the reference's density anew with each target, and compare over its 200 rows."""
    components = Components.of(stage)
    reference = components.reference
    width = len(reference) ** (-1 / (reference.shape[1] + 4))
    near = _apart(stage.targets, stage.synthetic).argsort(axis=1)[:, :GEN_LRA_NEIGHBOURS]
    without = {place: _log_mean_kernel(components.synthetic[place], reference, width) for place in range(300)}
    slow = []
    for row, target in enumerate(components.targets[:30]):
        joined = np.vstack([reference, target])
        places = near[row]
        gains = (
            _log_mean_kernel(components.synthetic[place], joined, width) - without[int(place)]
            for place in places
        )
        slow.append(sum(gains))
    ours = likelihood_gain(components, found.rows)[:30]
    assert ours == pytest.approx(np.array(slow), abs=1e-2)
    _agree(ours, np.array(slow))


def test_the_classifier_prefers_what_the_synthetic_table_holds(stage: Stage) -> None:
    """Put the attacker's own rows in place of the targets: synthetic ones score higher than reference ones."""
    own = stage.synthetic.take(np.arange(30)).followed_by(stage.reference.take(np.arange(30)))
    played = Stage(own, stage.rows[:60], stage.synthetic, stage.reference)
    scores = looks_synthetic(played, np.random.default_rng(0))
    assert (scores[:30][:, None] > scores[30:][None, :]).mean() > 0.9


def test_the_ensemble_is_the_mean_of_ranks() -> None:
    together = mean_rank([np.array([0.1, 0.2, 0.3]), np.array([5.0, 9.0, 5.0])])
    assert together == pytest.approx(np.array([(1 + 1.5) / 6, (2 + 3) / 6, (3 + 1.5) / 6]))
