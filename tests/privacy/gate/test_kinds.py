"""Every kind of leak does to a record what its name says."""

import numpy as np
import pandas as pd
import pytest

from privacy.gate.kinds import (
    KINDS,
    Pool,
    columns_swapped,
    fragments,
    isolated,
    mixed_with_neighbours,
    noise,
    repeated,
    subgroups,
    verbatim,
)
from privacy.ruler import Ruler

RNG = np.random.default_rng(0)


@pytest.fixture
def pool(prepared) -> Pool:
    return prepared(400, 0).pool


def changed(pool: Pool, rows: np.ndarray, copies: pd.DataFrame) -> np.ndarray:
    """(rows, columns) cells that differ; two gaps are equal."""
    records = pool.frame.iloc[rows].reset_index(drop=True)
    return ~((records == copies) | (records.isna() & copies.isna())).to_numpy()


def test_verbatim_copies_are_the_records(pool: Pool) -> None:
    rows = np.array([3, 5, 700])
    assert not changed(pool, rows, verbatim(pool, rows, RNG)).any()


@pytest.mark.parametrize("count", [1, 2])
def test_swapped_columns_hold_strangers_values(pool: Pool, count: int) -> None:
    rows = np.arange(600)
    copies = columns_swapped(count, pool, rows, np.random.default_rng(1))
    cells = changed(pool, rows, copies)
    assert cells.sum(axis=1).max() == count
    assert (cells.sum(axis=1) == count).mean() > 0.97, "a stranger with the same value is asked again"
    assert (cells.sum(axis=0) > 20).all(), "every column has its turn"
    for name in pool.frame:
        assert set(copies[name].dropna()) <= set(pool.frame[name].dropna())


def test_fragments_keep_half_of_the_columns(pool: Pool) -> None:
    cells = changed(pool, np.arange(300), fragments(pool, np.arange(300), np.random.default_rng(1)))
    assert cells.sum(axis=1).max() <= pool.frame.shape[1] // 2
    assert cells.sum(axis=1).mean() > 1.5


def test_noise_moves_numbers_by_its_share_of_the_spread_and_nothing_else(pool: Pool) -> None:
    rows = np.arange(len(pool.frame))
    copies = noise(0.05, pool, rows, np.random.default_rng(1))
    moved = copies["cost"] - pool.frame["cost"]
    assert moved.std() == pytest.approx(0.05 * pool.frame["cost"].std(), rel=0.1)
    assert (copies["age"].dropna() % 1 == 0).all(), "whole numbers stay whole"
    kept = [name for name in pool.frame if pool.frame[name].dtype.kind != "f"]
    assert (copies[kept].fillna("") == pool.frame[kept].fillna("")).all(axis=None)


def test_neighbours_lend_a_third_of_the_values(pool: Pool) -> None:
    rows = np.arange(400)
    copies = mixed_with_neighbours(pool, rows, np.random.default_rng(1))
    assert 0.05 < changed(pool, rows, copies).mean() < 1 / 3


def test_the_isolated_are_those_with_the_farthest_neighbour(pool: Pool) -> None:
    (chosen,) = isolated(pool, 0.05, np.random.default_rng(0))
    cells = np.hstack([pool.at.ranks, pool.at.codes])
    ranked = pool.at.ranks.shape[1]

    def alone(row: int) -> float:
        apart = np.abs(cells - cells[row])
        apart[:, :ranked] = np.minimum(apart[:, :ranked], 1)
        apart[:, ranked:] = apart[:, ranked:] > 0
        total = apart.sum(axis=1)
        total[pool.units == pool.units[row]] = np.inf
        return float(total.min())

    distances = np.array([alone(row) for row in range(len(cells))])
    assert len(chosen) == round(0.05 * len(cells))
    assert distances[chosen].min() >= np.sort(distances)[-len(chosen)] - 1e-5


def test_a_subgroup_shares_one_value_that_few_have(pool: Pool) -> None:
    for rows in subgroups(pool, 0.05, np.random.default_rng(0)):
        assert 0.03 <= len(rows) / len(pool.frame) <= 0.2
        assert (pool.at.codes[rows] == pool.at.codes[rows[0]]).all(axis=0).any()


def test_numbers_alone_have_subgroups_too() -> None:
    frame = pd.DataFrame({"x": np.arange(200.0), "y": RNG.normal(size=200)})
    numbers = Pool(frame, Ruler.fit(frame).measure(frame), np.arange(200))
    assert {len(rows) for rows in subgroups(numbers, 0.05, np.random.default_rng(0))} == {20}


def test_repeated_units_are_those_with_several_rows(pool: Pool) -> None:
    assert repeated(pool, 0.05, RNG) == []
    twice = Pool(pool.frame, pool.at, np.arange(len(pool.frame)) // 2)
    assert len(repeated(twice, 0.05, RNG)[0]) == len(pool.frame)


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_gives_whole_records_on_the_ruler(pool: Pool, name: str) -> None:
    rows = np.arange(50)
    copies = KINDS[name].altered(pool, rows, np.random.default_rng(0))
    assert list(copies.columns) == list(pool.frame.columns)
    assert (copies.dtypes == pool.frame.dtypes).all()
    assert len(copies) == len(rows)
