"""How much noise hides one person in the margins of many.

A person adds one to a cell of every margin, so the vector of all counts moves by the square root of their number.
"""

from __future__ import annotations

import math

EPSILON, DELTA = 10.0, 1e-5
"""What the noise promises for the margins of one fit. The generator that made the pool is another matter, and so
is a second fit."""


def noise_variance(margins: int, epsilon: float = EPSILON, delta: float = DELTA) -> float:
    """Of the normal noise on each count that makes all of them (epsilon, delta)-differentially private.

    With one person more or less in train, the encoder's bins and levels given, and the noise's seed a secret. By
    zero-concentrated differential privacy: Bun & Steinke, TCC 2016, propositions 1.3 and 1.6.
    """
    log = math.log(1 / delta)
    rho = (math.sqrt(log + epsilon) - math.sqrt(log)) ** 2
    return margins / (2 * rho)
