"""Leaks planted on purpose in real tables, and tables that leak nothing: what an auditor is measured on.

A plant is a function of three disjoint random parts of a real table; the release it returns holds no ids
unless ids are the leak. `LEAKS` and `CLEAN` say what there is, `PREPARE` what is done to the parts before.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from planting import copies, models
from planting.split import (
    NotInThisTable,
    Plant,
    Prepare,
    Roles,
    Split,
    make_split,
    read_table,
    with_30_control_rows,
    with_repeats,
)

__all__ = [
    "CLEAN",
    "CONTROL_KIND",
    "FEW_VICTIMS",
    "LEAKS",
    "PREPARE",
    "UNDECIDABLE",
    "NotInThisTable",
    "Plant",
    "Prepare",
    "Roles",
    "Split",
    "make_split",
    "read_table",
]

FEW_VICTIMS = 13
"""Records behind the 200 copies of the kind `few victims`."""

HOLE_SHARE = 0.2


def _isolated(split: Split, rng: np.random.Generator) -> np.ndarray:
    return models.isolated(split.released(split.train), split.roles, 0.05)


def _subgroup(split: Split, rng: np.random.Generator) -> np.ndarray:
    """Those with one value of one categorical column that 3 to 20 % of train have."""
    groups = []
    for name in split.roles.categorical:
        share = split.train[name].value_counts(normalize=True)
        groups += [(name, value) for value in share.index[(share >= 0.03) & (share <= 0.2)]]
    if not groups:
        raise NotInThisTable("no value that 3 to 20 % of the records have")
    name, value = groups[rng.integers(len(groups))]
    return np.flatnonzero(split.train[name] == value)


def _repeated(split: Split, rng: np.random.Generator) -> np.ndarray:
    """One row of each record that stands more than once in train."""
    rows = split.released(split.train)
    again = rows.duplicated(keep=False) & ~rows.duplicated()
    if not again.any():
        raise NotInThisTable("no repeated records")
    return np.flatnonzero(again)


def few_victims(split: Split, dose: float, rng: np.random.Generator) -> pd.DataFrame:
    """200 copies of 13 records among fresh rows; `dose`, the share of persons, is implied."""
    victims = rng.permutation(len(split.train))[:FEW_VICTIMS]
    return copies.among_fresh(split, split.released(split.train.iloc[np.resize(victims, 200)]), rng)


def only_50_copies(split: Split, dose: float, rng: np.random.Generator) -> pd.DataFrame:
    """A release of 50 train records and nothing else."""
    return split.released(split.train.iloc[rng.permutation(len(split.train))[:50]])


def overfit_trees(leaf: int) -> Plant:
    """Sequential CART learnt from train with leaves of `leaf` rows; its rows are a share `dose`."""

    def plant(split: Split, dose: float, rng: np.random.Generator) -> pd.DataFrame:
        rows = split.released(split.train)
        made = models.trees(rows, split.roles, leaf, round(dose * len(rows)), rng)
        return copies.among_fresh(split, made, rng)

    return plant


def smote(split: Split, dose: float, rng: np.random.Generator) -> pd.DataFrame:
    """Rows between train records and their neighbours."""
    rows = split.released(split.train)
    return copies.among_fresh(split, models.smote(rows, split.roles, round(dose * len(rows)), rng), rng)


def reshuffled_among_neighbours(split: Split, dose: float, rng: np.random.Generator) -> pd.DataFrame:
    """Train records with three values from among their 5 nearest."""
    rows = split.released(split.train)
    made = models.reshuffled(rows, split.roles, columns=3, neighbours=5, rng=rng)
    return copies.among_fresh(split, made.iloc[rng.permutation(len(made))[: round(dose * len(made))]], rng)


def id_column_copied(split: Split, dose: float, rng: np.random.Generator) -> pd.DataFrame:
    """Fresh rows that carry the ids of train, in order."""
    name = split.roles.id[0]
    return split.released(split.fresh).assign(**{name: split.train[name].to_numpy()})


def hole(split: Split, dose: float, rng: np.random.Generator) -> pd.DataFrame:
    """Fresh rows, up to three times as many to choose from, without those that come close to train.

    Left out: rows whose distance to train is among the lowest `dose` and less than their distance to control.
    """
    pool = pd.concat([split.fresh, split.spare], ignore_index=True)
    asked, train, control = models.coordinates([pool, split.train, split.control], split.roles)
    to_train = models.nearest(asked, train, 1)[0][:, 0]
    to_control = models.nearest(asked, control, 1)[0][:, 0]
    removed = (to_train < to_control) & (to_train <= np.quantile(to_train, dose))
    kept = rng.permutation(np.flatnonzero(~removed))[: len(split.fresh)]
    return split.released(pool.iloc[kept])


def fresh_rows(split: Split, dose: float, rng: np.random.Generator) -> pd.DataFrame:
    """Real rows of other people."""
    return split.released(split.fresh)


def fresh_50(split: Split, dose: float, rng: np.random.Generator) -> pd.DataFrame:
    """Fifty of them."""
    return split.released(split.fresh.head(50))


def independent_columns(split: Split, dose: float, rng: np.random.Generator) -> pd.DataFrame:
    """Columns of other people's rows, each drawn on its own."""
    rows = split.released(split.fresh)
    return models.independent_columns(rows, len(rows), rng)


def copula(split: Split, dose: float, rng: np.random.Generator) -> pd.DataFrame:
    """A Gaussian copula learnt from other people's rows."""
    rows = split.released(split.fresh)
    return models.copula(rows, len(rows), rng)


def leaf_100_trees(split: Split, dose: float, rng: np.random.Generator) -> pd.DataFrame:
    """Trees with leaves of a hundred rows, learnt from other people's rows."""
    rows = split.released(split.fresh)
    return models.trees(rows, split.roles, 100, len(rows), rng)


LEAKS: dict[str, tuple[Plant, float]] = {
    "verbatim": (copies.copied(copies.verbatim), 0.01),
    "one column swapped": (copies.copied(copies.columns_swapped(1)), 0.01),
    "two columns swapped": (copies.copied(copies.columns_swapped(2)), 0.02),
    "noise .02": (copies.copied(copies.noised(0.02)), 0.02),
    "noise .05": (copies.copied(copies.noised(0.05)), 0.02),
    "isolated": (copies.copied_from(_isolated, copies.verbatim), 0.02),
    "subgroup": (copies.copied_from(_subgroup, copies.verbatim), 0.02),
    "text changed": (copies.copied(copies.text_changed), 0.02),
    "dates shifted": (copies.copied(copies.dates_shifted), 0.02),
    "dates shifted, all rows": (copies.copied(copies.dates_shifted), 1.0),
    "rounded": (copies.copied(copies.rounded), 0.02),
    "three columns swapped, all rows": (copies.copied(copies.columns_swapped(3)), 1.0),
    "noise .2, all rows": (copies.copied(copies.noised(0.2)), 1.0),
    "trees, leaf 1": (overfit_trees(1), 1.0),
    "trees, leaf 5": (overfit_trees(5), 1.0),
    "SMOTE": (smote, 1.0),
    "id column copied": (id_column_copied, 1.0),
    "50 rows, all copies": (only_50_copies, 1.0),
    "hole": (hole, HOLE_SHARE),
    "reshuffled among neighbours": (reshuffled_among_neighbours, 1.0),
    "fragments": (copies.copied(copies.fragments), 0.05),
    "repeated units": (copies.copied_from(_repeated, copies.verbatim), 0.02),
    "units of measure, all rows": (copies.copied(copies.other_units), 1.0),
    "mirrored numbers, all rows": (copies.copied(copies.mirrored), 1.0),
    "few victims": (few_victims, 0.0),
}
"""Plant and dose of every leak. The dose of `few victims` is a count of persons, see `FEW_VICTIMS`."""

CLEAN: dict[str, Plant] = {
    "fresh rows": fresh_rows,
    "fresh rows, repeated units": fresh_rows,
    "independent columns": independent_columns,
    "copula": copula,
    "leaf-100 trees": leaf_100_trees,
}
"""Releases that leak nothing about train: learnt from, or made of, other people's rows."""

UNDECIDABLE: dict[str, Plant] = {"30 control rows": fresh_rows, "50 synthetic rows": fresh_50}
"""Nothing leaks and nothing can be said: the right answer is `inconclusive`."""

PREPARE: dict[str, Prepare] = {
    "repeated units": with_repeats,
    "fresh rows, repeated units": with_repeats,
    "30 control rows": with_30_control_rows,
}
"""What is done to the parts first; nothing for the other kinds."""

CONTROL_KIND: dict[str, str] = {
    "verbatim": "verbatim",
    "one column swapped": "one column swapped",
    "two columns swapped": "two columns swapped",
    "noise .02": "noise .02",
    "noise .05": "noise .05",
    "isolated": "isolated",
    "subgroup": "subgroup",
    "repeated units": "repeated units",
    "fragments": "fragments",
    "trees, leaf 1": "overfit engine",
    "trees, leaf 5": "overfit engine",
    "SMOTE": "overfit engine",
    "reshuffled among neighbours": "overfit engine",
    "few victims": "verbatim",
}
"""Under which name an audit prints the minimum detectable leak of each kind, where it prints one."""
