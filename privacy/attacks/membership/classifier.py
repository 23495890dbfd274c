"""LOGAN without its network: does a classifier take the target for a synthetic row rather than for a stranger?

Hayes et al., PoPETs 2019 (arXiv:1705.07663), score by the discriminator of a network; tables are better served by
a forest that learns to tell synthetic from reference rows. Its trees grow until they know every row by heart: then
a copy of one stands out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from privacy.attacks.membership.stage import Stage
from privacy.ruler import Coordinates

TREES = 100
MOST_ROWS = 20_000

Floats = NDArray[np.float32]


def looks_synthetic(stage: Stage, rng: np.random.Generator) -> NDArray[np.float64]:
    """(targets,) the classifier's probability of "synthetic", both tables weighing the same."""
    from sklearn.ensemble import ExtraTreesClassifier

    synthetic, reference = (
        table.take(np.arange(min(len(table), MOST_ROWS))) for table in (stage.synthetic, stage.reference)
    )
    tables = _features(synthetic, reference, stage.targets)
    forest = ExtraTreesClassifier(
        TREES,
        class_weight="balanced",
        random_state=int(rng.integers(2**31)),
        n_jobs=-1,
    )
    forest.fit(np.vstack(tables[:2]), np.repeat([1, 0], [len(synthetic), len(reference)]))
    chance: NDArray[np.float64] = forest.predict_proba(tables[2])[:, 1]
    return chance


def _features(synthetic: Coordinates, reference: Coordinates, targets: Coordinates) -> list[Floats]:
    """Each table as (rows, features): ranks, and for every code how often either table has it.

    The codes themselves would tell: levels are numbered as train, then control, first shows them.
    """
    features = [[table.ranks] for table in (synthetic, reference, targets)]
    for column in range(targets.codes.shape[1]):
        codes = [table.codes[:, column] for table in (synthetic, reference, targets)]
        levels, places = np.unique(np.concatenate(codes), return_inverse=True)
        parts = np.split(places, np.cumsum([len(synthetic), len(reference)]))
        counts = np.stack([np.bincount(part, minlength=len(levels)) for part in parts[:2]], axis=1)
        for table, part in zip(features, parts, strict=True):
            table.append(counts[part].astype(np.float32))
    return [np.hstack(table) for table in features]
