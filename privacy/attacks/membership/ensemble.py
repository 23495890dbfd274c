"""The battery together: the mean of the ranks that the attacks give a target."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata


def mean_rank(scores: Iterable[NDArray[np.float64]]) -> NDArray[np.float64]:
    """(targets,) mean over attacks of the rank among all targets, ties sharing theirs, as a share of 1."""
    ranks = np.stack([rankdata(score) for score in scores])
    mean: NDArray[np.float64] = ranks.mean(axis=0) / ranks.shape[1]
    return mean
