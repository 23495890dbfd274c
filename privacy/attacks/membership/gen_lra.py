"""Gen-LRA: do the synthetic rows around the target grow likelier once the target joins the population?

Ward, Wang and Cheng (arXiv:2508.21146): the log-likelihood ratio of the k = 200 synthetic rows nearest to the
target, under a kernel density of the reference with the target and of the reference without it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from privacy.attacks.membership.density import bandwidth, log_density, log_kernel
from privacy.attacks.membership.features import Components

_TARGETS_AT_ONCE = 500

Floats = NDArray[np.float64]


def likelihood_gain(components: Components, near: NDArray[np.int64]) -> Floats:
    """(targets,) sum over near synthetic rows of log p_(reference + target) - log p_reference.

    near: (targets, k) places of the nearest synthetic rows. With the bandwidth kept, a target x adds one
    kernel, p_(R + x)(s) = (n p_R(s) + K(s - x)) / (n + 1), so the reference's density is needed only once.
    """
    asked, place = np.unique(near, return_inverse=True)
    place = place.reshape(near.shape)
    reference, synthetic = components.reference, components.synthetic
    without = np.log(len(reference)) + log_density(synthetic[asked], reference)
    width, dimensions = bandwidth(reference), reference.shape[1]
    gain = np.empty(len(near))
    for start in range(0, len(near), _TARGETS_AT_ONCE):
        block = slice(start, start + _TARGETS_AT_ONCE)
        steps = synthetic[near[block]] - components.targets[block, None, :]
        joined = log_kernel((steps**2).sum(axis=2), dimensions, width)
        gain[block] = np.logaddexp(0, joined - without[place[block]]).sum(axis=1)
    gain -= near.shape[1] * np.log1p(1 / len(reference))
    return gain
