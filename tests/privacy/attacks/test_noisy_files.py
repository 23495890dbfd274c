"""Files with errors, as an attacker has them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from privacy.attacks.noisy_files import OFF_BY, WRONG, with_errors

ROWS = 4000


@pytest.fixture
def pool() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "amount": rng.permutation(np.arange(ROWS, dtype=float)),
            "area": np.array(["a", "b", "c", "d"], object)[rng.integers(4, size=ROWS)],
        }
    )


def _noisy(known: pd.DataFrame, pool: pd.DataFrame, seed: int = 1) -> pd.DataFrame:
    scales = {name: np.sort(pool[name].to_numpy()) for name in pool if name == "amount"}
    return with_errors(known, pool, scales, np.random.default_rng(seed))


def test_numbers_move_by_a_twentieth_of_the_ranks_and_labels_stay(pool: pd.DataFrame) -> None:
    noisy = _noisy(pool, pool)
    inner = pool["amount"].between(0.2 * ROWS, 0.8 * ROWS)  # nothing is cut at the ends
    moved = ((noisy["amount"] - pool["amount"])[inner] / ROWS).to_numpy()
    spread = np.diff(np.quantile(moved, [0.25, 0.75]))[0]
    # Nine in ten moved normally, the tenth is anybody's: the quartiles are a little wider than 1.349 sd.
    assert spread == pytest.approx(1.349 * OFF_BY, rel=0.3) and spread > 1.349 * OFF_BY
    # A replaced label is the same by chance one time in four.
    assert (noisy["area"] != pool["area"]).mean() == pytest.approx(WRONG * 3 / 4, abs=0.02)


def test_every_value_is_one_of_the_pool(pool: pd.DataFrame) -> None:
    noisy = _noisy(pool.iloc[:500], pool)
    assert noisy.shape == (500, 2) and list(noisy) == list(pool)
    assert noisy["amount"].isin(pool["amount"]).all() and noisy["area"].isin(pool["area"]).all()


def test_values_are_wrong_each_for_itself(pool: pd.DataFrame) -> None:
    """A record is not replaced as a whole: that would leave nine in ten without an error."""
    labels = pd.DataFrame({name: pool.index.astype(str).to_numpy(object) for name in "abcdef"})
    wrong = _noisy(labels, labels).to_numpy() != labels.to_numpy()
    assert (wrong.any(axis=1)).mean() == pytest.approx(1 - (1 - WRONG) ** 6, abs=0.03)


def test_what_is_missing_stays_missing_but_where_it_is_another_persons() -> None:
    known = pd.DataFrame({"amount": [np.nan] * 1000, "area": [None] * 1000})
    pool = pd.DataFrame({"amount": np.arange(1000.0), "area": ["x"] * 1000})
    noisy = _noisy(known, pool)
    assert noisy["amount"].isna().mean() == pytest.approx(1 - WRONG, abs=0.03)
    assert noisy["area"].isna().mean() == pytest.approx(1 - WRONG, abs=0.03)
