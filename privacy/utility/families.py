"""Three families of models, each for classes, numbers and survival: linear, boosting, forest.

A model is a function from (rows, features) cells to predictions (rows, columns): the chance of every class; the
number; or hazard ratio and chance of an event by the horizon. Settings are fixed ones that learn in seconds
and are not tuned: what is compared is the training table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from privacy.utility.case import Case, Floats, Table
from privacy.utility.cox import Cox, gathered_hazard
from privacy.utility.encode import Encoder
from privacy.utility.result import Task

Model = Callable[[Floats], Floats]
Fit = Callable[[Case, Table, int], Model]

TREES = 60
ROUNDS = 100
ROUNDS_OF_ALL_CLASSES = 300
LEAVES, BINS = 15, 63
_LEAF = {Task.NUMBER: 5, Task.SURVIVAL: 15}
_LEAF_OF_CLASSES = 3


def linear(case: Case, train: Table, seed: int) -> Model:
    """Logistic regression, ridge regression or Cox regression, with a penalty of one, on standardised terms."""
    encoder = Encoder.fit(train.cells, case.nominal)
    terms = encoder.design(train.cells)
    if case.task is Task.SURVIVAL:
        model = Cox.fit(terms, train.time, train.outcome)
        return _proportional(case, train, lambda cells: np.exp(model.log_risk(encoder.design(cells))))
    if case.task is Task.NUMBER:
        from sklearn.linear_model import Ridge

        ridge = Ridge(alpha=1.0).fit(terms, train.outcome)
        return lambda cells: ridge.predict(encoder.design(cells))[:, None]
    from sklearn.linear_model import LogisticRegression

    logistic = LogisticRegression(C=1.0, max_iter=300)
    return _chances(case, logistic.fit(terms, train.outcome), encoder.design)


def boosting(case: Case, train: Table, seed: int) -> Model:
    """Gradient boosting over histograms, 100 rounds; survival by the Poisson likelihood, see `_exposed`."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    encoder = Encoder.fit(train.cells, case.nominal)
    common = {
        "early_stopping": False,
        "random_state": seed,
        "categorical_features": encoder.nominal,
        "max_leaf_nodes": LEAVES,
        "max_bins": BINS,
    }
    if case.classes:
        rounds = min(ROUNDS, max(ROUNDS_OF_ALL_CLASSES // case.classes, 10))
        classes = HistGradientBoostingClassifier(max_iter=rounds, **common)
        return _chances(case, classes.fit(encoder.codes(train.cells), train.outcome), encoder.codes)
    loss = "poisson" if case.task is Task.SURVIVAL else "squared_error"
    return _amounts(case, train, encoder, HistGradientBoostingRegressor(loss=loss, max_iter=ROUNDS, **common))


def forest(case: Case, train: Table, seed: int) -> Model:
    """A random forest of 60 trees; survival by the Poisson likelihood, see `_exposed`."""
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    encoder = Encoder.fit(train.cells, case.nominal)
    common = {
        "n_estimators": TREES,
        "min_samples_leaf": _LEAF.get(case.task, _LEAF_OF_CLASSES),
        "random_state": seed,
    }
    if case.classes:
        classes = RandomForestClassifier(**common)
        return _chances(case, classes.fit(encoder.codes(train.cells), train.outcome), encoder.codes)
    criterion = "poisson" if case.task is Task.SURVIVAL else "squared_error"
    regressor = RandomForestRegressor(criterion=criterion, max_features=1 / 3, **common)
    return _amounts(case, train, encoder, regressor)


FAMILIES: dict[str, Fit] = {"linear": linear, "boosting": boosting, "forest": forest}


def learn(family: str, case: Case, train: Table, seed: int) -> Model:
    """The family's model of a training table; one that knows only the average where there is nothing to learn."""
    usable = Encoder.fit(train.cells, case.nominal)
    if usable.numbers.size + usable.names.size == 0 or np.unique(train.outcome).size < 2:
        return _average(case, train)
    return FAMILIES[family](case, train, seed)


def _average(case: Case, train: Table) -> Model:
    """Says the same of everybody: the training table's outcome is constant, or it has no feature with a value."""
    if case.classes:
        shares = np.bincount(train.outcome.astype(np.int64), minlength=case.classes) / len(train)
        return lambda cells: np.tile(shares, (len(cells), 1))
    if case.task is Task.SURVIVAL:
        return _proportional(case, train, lambda cells: np.ones(len(cells)))
    return lambda cells: np.full((len(cells), 1), train.outcome.mean())


def _chances(case: Case, model: Any, encoded: Model) -> Model:
    """(rows, classes), zero for the classes that training does not have."""

    def chances(cells: Floats) -> Floats:
        found = np.zeros((len(cells), case.classes))
        found[:, model.classes_.astype(np.int64)] = model.predict_proba(encoded(cells))
        return found

    return chances


def _amounts(case: Case, train: Table, encoder: Encoder, model: Any) -> Model:
    """Of a regressor: the number, or the hazard ratio and the chance of an event."""
    codes = encoder.codes(train.cells)
    if case.task is Task.NUMBER:
        model.fit(codes, train.outcome)
        return lambda cells: model.predict(encoder.codes(cells))[:, None]
    known, rate, exposure = _exposed(train)
    model.fit(codes[known], rate, sample_weight=exposure)
    gathered = gathered_hazard(train.time, train.outcome, np.array([case.horizon]))[0]

    def amounts(cells: Floats) -> Floats:
        ratio = model.predict(encoder.codes(cells))
        return np.column_stack([ratio, -np.expm1(-ratio * gathered)])

    return amounts


def _exposed(train: Table) -> tuple[Any, Floats, Floats]:
    """Survival as counts: under proportional hazards the events of a row are Poisson with mean ratio times the
    hazard gathered by its time (LeBlanc and Crowley, Biometrics 1992). Rows, events an exposure, exposure.
    """
    exposure = gathered_hazard(train.time, train.outcome, train.time)
    known = exposure > 0
    return known, train.outcome[known] / exposure[known], exposure[known]


def _proportional(case: Case, train: Table, ratio: Model) -> Model:
    """Hazard ratio and chance of an event by the horizon, from the training table's baseline hazard."""
    risk = ratio(train.cells)
    gathered = gathered_hazard(train.time, train.outcome, np.array([case.horizon]), risk)[0]

    def both(cells: Floats) -> Floats:
        found = ratio(cells)
        return np.column_stack([found, -np.expm1(-found * gathered)])

    return both
