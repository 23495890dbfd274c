"""How plausible a candidate is: the odds that a classifier gives it to be a person rather than a synthetic row.

The classifier compares people whom no generator, selection or tuning ever saw with synthetic rows that are never
released. What it calls implausible is where the generator puts rows and people are not (discriminator
rejection: Azadi et al., ICLR 2019). Two are asked, each by another half of the people, and a candidate is
implausible only where both agree, so that no single person decides about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy import Schema
from tabsynth.check.features import Features, Floats

FEWEST_PEOPLE = 200
"""Checked against fewer, chance would cut."""

MOST_ROWS = 40_000
"""Of people and of synthetic rows, that a classifier learns from."""

_HALVES = 2


@dataclass(frozen=True, slots=True, eq=False)
class Checker:
    """models: one for each half of the people. scale: (models,) mean odds of fresh synthetic rows, which would be
    1 if classifiers were never sure of too much. auc: how well either tells the other half from fresh synthetic
    rows, on average; .5 is best. usual: the median odds of fresh synthetic rows."""

    features: Features
    models: tuple[Any, ...]
    scale: tuple[float, ...]
    auc: float
    usual: float

    @classmethod
    def fit(
        cls,
        people: pd.DataFrame,
        units: NDArray[np.int64],
        made: pd.DataFrame,
        schema: Schema,
        rng: np.random.Generator,
    ) -> Checker:
        """people: canonical rows of persons set aside; units: (rows,) whose row each is. made: synthetic rows, as
        canonical, some thousands, not to be released."""
        features = Features.of((people, made), schema)
        half_of = _halves(units, rng)
        theirs, ours = features.matrix(people), features.matrix(made)
        known = rng.permutation(len(made)) < len(made) // 2
        models, scale, aucs, said = [], [], [], []
        for half in range(_HALVES):
            own = half_of == half
            model = _learnt(theirs[own], ours[known], features.nominal, rng)
            fresh = _odds(model, ours[~known])
            models.append(model)
            scale.append(float(fresh.mean()))
            said.append(fresh / fresh.mean())
            aucs.append(_auc(_odds(model, theirs[~own]), fresh))
        usual = float(np.median(np.max(said, axis=0)))
        return cls(features, tuple(models), tuple(scale), float(np.mean(aucs)), usual)

    def odds(self, table: pd.DataFrame) -> Floats:
        """(rows,) of being a person, for each row of a canonical table; 1 is as common as among people."""
        matrix = self.features.matrix(table)
        said = [_odds(model, matrix) / scale for model, scale in zip(self.models, self.scale, strict=True)]
        most: Floats = np.max(said, axis=0)
        return most


def _halves(units: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """(rows,) which half each row's person is in."""
    _, person = np.unique(units, return_inverse=True)
    half = rng.permutation(int(person.max()) + 1) % _HALVES
    of_rows: NDArray[np.int64] = half[person]
    return of_rows


def _learnt(people: Floats, made: Floats, nominal: NDArray[np.bool_], rng: np.random.Generator) -> Any:
    """A classifier for which both sides weigh the same."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    people, made = (side[rng.permutation(len(side))[:MOST_ROWS]] for side in (people, made))
    rows = np.vstack([people, made])
    rows[:, np.isnan(rows).all(axis=0)] = 0
    labels = np.repeat([True, False], [len(people), len(made)])
    weights = np.where(labels, len(made) / len(people), 1.0)
    model = HistGradientBoostingClassifier(
        max_iter=150,
        learning_rate=0.06,
        max_leaf_nodes=15,
        l2_regularization=1.0,
        categorical_features=nominal,
        early_stopping=False,
        random_state=int(rng.integers(2**31)),
    )
    with threadpool_limits(limits=1, user_api="openmp"):
        return model.fit(rows, labels, sample_weight=weights)


def _odds(model: Any, rows: Floats) -> Floats:
    chance = model.predict_proba(rows)[:, 1]
    odds: Floats = chance / (1 - chance)
    return odds


def _auc(people: Floats, made: Floats) -> float:
    from sklearn.metrics import roc_auc_score

    labels = np.repeat([True, False], [len(people), len(made)])
    return float(roc_auc_score(labels, np.concatenate([people, made])))
