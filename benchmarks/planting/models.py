"""Small generators of our own: trees, a copula, independent columns, and rows mixed with their neighbours.

They learn from the rows they are given: from train they overfit on purpose, from other rows they are clean.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planting.split import Roles

MOST_LEVELS = 40
"""Columns with more levels are predicted by their rank, not level by level."""


def ranks(values: pd.Series) -> NDArray[np.float64]:
    """Position of each value among the distinct values of the column; missing before all others."""
    codes, _ = pd.factorize(values, sort=True)
    return codes.astype(float)


def coordinates(frames: list[pd.DataFrame], roles: Roles) -> list[NDArray[np.float32]]:
    """The rows of all frames on one ruler: ranks in [0, 1], and levels 1 apart (texts are left out).

    One column per number, date and level, so that a Euclidean distance mixes them evenly.
    """
    rows = pd.concat(frames, ignore_index=True)
    parts = []
    for name in (*roles.numeric, *roles.datetime, *roles.categorical):
        if name in roles.categorical and rows[name].nunique() <= MOST_LEVELS:
            parts.append(
                pd.get_dummies(rows[name].astype(object), dummy_na=True).to_numpy(float) / np.sqrt(2)
            )
        else:
            parts.append(rows[name].rank(pct=True).fillna(-1).to_numpy(float)[:, None])
    stacked = np.concatenate(parts, axis=1).astype(np.float32)
    return np.split(stacked, np.cumsum([len(frame) for frame in frames])[:-1])


def nearest(
    asked: NDArray[np.float32], among: NDArray[np.float32], count: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """(asked, count) distances and positions of the nearest rows."""
    from sklearn.neighbors import NearestNeighbors

    found = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(among)
    distance, place = found.kneighbors(asked)
    return distance, place


def isolated(train: pd.DataFrame, roles: Roles, share: float) -> NDArray[np.int64]:
    """Positions of the `share` of records farthest from all others."""
    (points,) = coordinates([train], roles)
    distance, _ = nearest(points, points, 2)
    return np.argsort(-distance[:, 1])[: max(1, round(share * len(train)))]


def independent_columns(rows: pd.DataFrame, count: int, rng: np.random.Generator) -> pd.DataFrame:
    """Every column drawn from `rows` on its own."""
    drawn = {name: rows[name].to_numpy()[rng.integers(0, len(rows), count)] for name in rows}
    return pd.DataFrame(drawn).astype(rows.dtypes.to_dict())


def copula(rows: pd.DataFrame, count: int, rng: np.random.Generator) -> pd.DataFrame:
    """A Gaussian copula with empirical margins; levels are ordered by name, ties broken at random."""
    from scipy.stats import norm

    orders = [np.lexsort((rng.random(len(rows)), ranks(rows[name]))) for name in rows]
    places = np.column_stack([np.argsort(order) for order in orders])
    correlation = np.corrcoef(norm.ppf((places + 0.5) / len(rows)), rowvar=False)
    normals = rng.multivariate_normal(np.zeros(rows.shape[1]), correlation, count, check_valid="ignore")
    drawn = np.minimum((norm.cdf(normals) * len(rows)).astype(int), len(rows) - 1)
    columns = {
        name: rows[name].iloc[orders[place][drawn[:, place]]].reset_index(drop=True)
        for place, name in enumerate(rows)
    }
    return pd.DataFrame(columns)


def trees(rows: pd.DataFrame, roles: Roles, leaf: int, count: int, rng: np.random.Generator) -> pd.DataFrame:
    """Sequential CART (Reiter 2005): each column given those before it, a random donor from the leaf.

    leaf: fewest rows in a leaf; 1 learns by heart. The first column is drawn from its margin.
    """
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    known = np.column_stack([ranks(rows[name]) for name in rows])
    drawn = np.empty((count, rows.shape[1]))
    donors = np.empty((count, rows.shape[1]), dtype=np.int64)
    for place, name in enumerate(rows):
        if place == 0:
            donors[:, 0] = rng.integers(0, len(rows), count)
        else:
            levels = name in roles.categorical and rows[name].nunique() <= MOST_LEVELS
            learner = DecisionTreeClassifier if levels else DecisionTreeRegressor
            tree = learner(min_samples_leaf=leaf, random_state=int(rng.integers(2**31)))
            tree.fit(known[:, :place], known[:, place])
            donors[:, place] = _donors(tree.apply(known[:, :place]), tree.apply(drawn[:, :place]), rng)
        drawn[:, place] = known[donors[:, place], place]
    columns = {
        name: rows[name].iloc[donors[:, place]].reset_index(drop=True) for place, name in enumerate(rows)
    }
    return pd.DataFrame(columns)


def _donors(
    leaves: NDArray[np.int64], wanted: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """For each wanted leaf a random row that fell into it."""
    order = np.argsort(leaves, kind="stable")
    first, end = (np.searchsorted(leaves[order], wanted, side=side) for side in ("left", "right"))
    return order[first + (rng.random(len(wanted)) * (end - first)).astype(int)]


def smote(rows: pd.DataFrame, roles: Roles, count: int, rng: np.random.Generator) -> pd.DataFrame:
    """Numbers and dates between a row and one of its 5 nearest, levels and texts from either of the two."""
    (points,) = coordinates([rows], roles)
    own = rng.integers(0, len(rows), count)
    other = nearest(points, points, 6)[1][own, rng.integers(1, 6, count)]
    weight = rng.random(count)
    mixed = {}
    for name in rows:
        first, second = (rows[name].iloc[side].reset_index(drop=True) for side in (own, other))
        if name in roles.numeric or pd.api.types.is_datetime64_any_dtype(first):
            between = first + (second - first) * weight
            if pd.api.types.is_integer_dtype(rows[name]):
                between = between.round()
            elif name not in roles.numeric:
                between = between.dt.floor("D")
            mixed[name] = between.astype(rows[name].dtype).where(between.notna(), first)
        else:
            mixed[name] = first.where(rng.random(count) < 0.5, second)
    return pd.DataFrame(mixed).astype(rows.dtypes.to_dict())


def reshuffled(
    rows: pd.DataFrame, roles: Roles, columns: int, neighbours: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Every row with `columns` random values from its `neighbours` nearest rows, another one each time."""
    (points,) = coordinates([rows], roles)
    near = nearest(points, points, neighbours + 1)[1][:, 1:]
    touched = rng.random(rows.shape).argsort(axis=1) < min(columns, rows.shape[1])
    mixed = {}
    for place, name in enumerate(rows):
        donor = near[np.arange(len(rows)), rng.integers(0, neighbours, len(rows))]
        mixed[name] = rows[name].iloc[donor].reset_index(drop=True).where(touched[:, place], rows[name])
    return pd.DataFrame(mixed).astype(rows.dtypes.to_dict())
