"""The classifier two-sample test: can gradient boosting tell synthetic rows from control rows?"""

from __future__ import annotations

from math import sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm, rankdata

from privacy.fidelity.samples import Samples
from privacy.result import Interval, Measure

FOLDS = 3
MAX_ROWS = 5_000
MAX_LEVELS = 100
LEVEL = 0.95
LEAST_PEOPLE = 60
"""Fewer people a side leave a fold with too little to learn from."""

Floats = NDArray[np.float64]


def classifier(samples: Samples, rng: np.random.Generator) -> list[Measure]:
    """Cross-validated AUC of synthetic against control, beside that of train against control.

    Both comparisons have the same sizes. All rows of a person lie in one fold, else the classifier would
    recognise people. Lopez-Paz and Oquab (2017), "Revisiting classifier two-sample tests".
    """
    size = min(len(samples.train), len(samples.control), len(samples.synthetic), MAX_ROWS)
    of_train = samples.units[:size]
    of_control = samples.units[len(samples.train) :][:size]
    if min(np.unique(of_train).size, np.unique(of_control).size) < LEAST_PEOPLE or not samples.columns:
        return []
    nominal = np.array([name in samples.nominal for name in samples.columns])
    train, control, synthetic = (table[:size] for table in _features(samples))
    strangers = int(samples.units.max()) + 1 + np.arange(size)
    seed = int(rng.integers(2**31))
    ours, interval = _auc(synthetic, control, strangers, of_control, nominal, seed)
    floor, _ = _auc(train, control, of_train, of_control, nominal, seed)
    return [
        Measure(
            group="classifier",
            name="classifier two-sample test, AUC",
            sentence="How well gradient boosting tells synthetic rows from control rows: area under the ROC"
            f" curve, {FOLDS}-fold, {size:,} rows a side; 0.5 is no better than a coin. Clearly below the"
            " floor would mean rows closer to control than train's own, which points to a copied control.",
            value=ours,
            floor=floor,
            interval=interval,
            best="floor",
        )
    ]


def _features(samples: Samples) -> list[Floats]:
    """Each table as (rows, columns): numbers as they are, levels as codes, the rest of the levels as one."""
    tables = [
        np.empty((len(f), len(samples.columns))) for f in (samples.train, samples.control, samples.synthetic)
    ]
    for at, name in enumerate(samples.columns):
        three = samples.three(name)
        if name in samples.nominal:
            levels = pd.concat(three, ignore_index=True).value_counts().index[:MAX_LEVELS]
            place = pd.Series(np.arange(len(levels), dtype=float), index=levels)
            three_codes = [s.map(place).where(s.isna() | s.isin(levels), MAX_LEVELS) for s in three]
        else:
            three_codes = list(three)
        for table, column in zip(tables, three_codes, strict=True):
            table[:, at] = column.to_numpy(float)
    return tables


def _auc(
    positive: Floats,
    negative: Floats,
    positive_units: NDArray[np.int64],
    negative_units: NDArray[np.int64],
    nominal: NDArray[np.bool_],
    seed: int,
) -> tuple[float, Interval]:
    """AUC with DeLong's interval; every score comes from a model that saw no row of that person."""
    rows = np.concatenate([positive, negative])
    labels = np.concatenate([np.ones(len(positive), bool), np.zeros(len(negative), bool)])
    folds = _folds(np.concatenate([positive_units, negative_units]), seed)
    placements: tuple[list[Floats], list[Floats]] = ([], [])
    for fold in range(FOLDS):
        inside = folds == fold
        scores = _scores(rows[~inside], labels[~inside], rows[inside], nominal, seed)
        for kept, found in zip(placements, _placements(scores, labels[inside]), strict=True):
            kept.append(found)
    return delong(np.concatenate(placements[0]), np.concatenate(placements[1]))


def _scores(
    rows: Floats, labels: NDArray[np.bool_], asked: Floats, nominal: NDArray[np.bool_], seed: int
) -> Floats:
    """(asked rows,) probability of the positive side, learnt from `rows`."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    # scikit-learn cannot bin a column without a value.
    seen = ~np.isnan(rows).all(axis=0)
    if not seen.any():
        return np.full(len(asked), 0.5)
    model = HistGradientBoostingClassifier(
        max_iter=60,
        learning_rate=0.15,
        categorical_features=nominal[seen],
        early_stopping=False,
        random_state=seed,
    )
    # Tables this small gain nothing from threads, which on a busy machine wait for each other: 100 s, not 1.
    with threadpool_limits(limits=1, user_api="openmp"):
        model.fit(rows[:, seen], labels)
        scores: Floats = model.predict_proba(asked[:, seen])[:, 1]
    return scores


def _folds(units: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """A fold for every row, the same for all rows of a person, folds of equal numbers of people."""
    _, person = np.unique(units, return_inverse=True)
    of_person = np.arange(person.max() + 1) % FOLDS
    np.random.default_rng(seed).shuffle(of_person)
    folds: NDArray[np.int64] = of_person[person]
    return folds


def _placements(scores: Floats, labels: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """For each positive the share of negatives below it, for each negative that of positives above it."""
    ranks = rankdata(scores)
    positives, negatives = int(labels.sum()), int((~labels).sum())
    above = (ranks[labels] - rankdata(scores[labels])) / negatives
    below = 1 - (ranks[~labels] - rankdata(scores[~labels])) / positives
    return above, below


def delong(above: Floats, below: Floats) -> tuple[float, Interval]:
    """AUC and its interval from the placement values (DeLong, DeLong and Clarke-Pearson 1988)."""
    auc = float(above.mean())
    error = sqrt(above.var(ddof=1) / len(above) + below.var(ddof=1) / len(below))
    reach = float(norm.ppf((1 + LEVEL) / 2)) * error
    return auc, Interval(low=max(auc - reach, 0.0), high=min(auc + reach, 1.0), level=LEVEL, method="DeLong")
