"""The ingredients of fidelity against slow references and hand-computed cases."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from privacy.fidelity.classifier import _folds, _placements, delong
from privacy.fidelity.kway import TABLES, _triples, k_marginal, kway
from privacy.fidelity.pairs import _spearman
from privacy.fidelity.samples import Samples, coded, total_variation
from privacy.fidelity.shapes import kolmogorov_smirnov
from privacy.fidelity.tails import tails


def samples_of(
    train: dict[str, list[object]], control: dict[str, list[object]], synthetic: dict[str, list[object]]
) -> Samples:
    frames = [pd.DataFrame(columns) for columns in (train, control, synthetic)]
    numeric = tuple(name for name in train if frames[0][name].dtype.kind == "f")
    nominal = tuple(name for name in train if name not in numeric)
    return Samples(*frames, np.arange(len(frames[0]) + len(frames[1])), numeric, nominal)


def test_total_variation_by_hand_and_by_counting() -> None:
    left, right = np.array([0, 0, 1, 2], np.int32), np.array([0, 1, 1, 3], np.int32)
    # |.5 - .25| + |.25 - .5| + .25 + .25, halved
    assert total_variation(left, right, 4) == pytest.approx(0.5)
    rng = np.random.default_rng(0)
    left, right = rng.integers(0, 30, 500).astype(np.int32), rng.integers(5, 40, 300).astype(np.int32)
    p, q = Counter(left.tolist()), Counter(right.tolist())
    slow = sum(abs(p[cell] / 500 - q[cell] / 300) for cell in set(p) | set(q)) / 2
    assert total_variation(left, right, 40) == pytest.approx(slow)


def test_kolmogorov_smirnov_is_scipys_with_ties() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        left, right = rng.integers(0, 12, 80).astype(float), rng.integers(2, 15, 50).astype(float)
        assert kolmogorov_smirnov(left, right) == pytest.approx(stats.ks_2samp(left, right).statistic)


def test_numbers_are_cut_at_quantiles_of_the_real_rows_and_missing_is_a_cell() -> None:
    nan = float("nan")
    real = {"x": [float(v) for v in range(1, 9)]}
    codes = coded(samples_of(real, real, {"x": [-100.0, 2.0, 4.6, 100.0, nan]}), "x", 4)
    # quartiles of 1..8 twice: 2.75, 4.5, 6.25
    assert codes.train.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert codes.synthetic.tolist() == [0, 0, 2, 3, 5]


def test_levels_beyond_the_most_frequent_share_a_cell() -> None:
    real = {"c": ["a", "a", "a", "b", "b", "z"]}
    codes = coded(samples_of(real, real, {"c": ["a", "b", "z", "new", None]}), "c", 2)
    assert codes.synthetic.tolist() == [0, 1, 2, 2, 3]


def test_crossing_two_columns_gives_every_pair_a_code_of_its_own() -> None:
    real: dict[str, list[object]] = {"a": ["x", "x", "y", "y"], "b": ["u", "v", "u", "v"]}
    samples = samples_of(real, real, real)
    crossed = coded(samples, "a", 2).over(coded(samples, "b", 2), 4)
    assert len(set(crossed.train.tolist())) == 4


def test_spearman_is_scipys() -> None:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(rng.normal(size=(200, 3)), columns=["a", "b", "c"]).assign(flat=1.0)
    frame["b"] += frame["a"].round(1)
    ours = _spearman(frame)
    assert ours[:3, :3] == pytest.approx(stats.spearmanr(frame[["a", "b", "c"]]).statistic)
    assert np.isnan(ours[3]).all()


def test_triples_are_all_of_them_or_distinct_random_ones() -> None:
    few = _triples(("a", "b", "c", "d"), np.random.default_rng(0))
    assert len(few) == len(set(few)) == 4
    many = _triples(tuple(f"c{i}" for i in range(40)), np.random.default_rng(0))
    assert len(many) == len(set(many)) == TABLES
    assert all(len(set(triple)) == 3 for triple in many)
    assert many == _triples(tuple(f"c{i}" for i in range(40)), np.random.default_rng(0))


def test_auc_by_counting_pairs() -> None:
    rng = np.random.default_rng(3)
    scores, labels = rng.integers(0, 6, 60).astype(float), rng.random(60) < 0.4
    wins = [(p > n) + 0.5 * (p == n) for p in scores[labels] for n in scores[~labels]]
    auc, interval = delong(*_placements(scores, labels))
    assert auc == pytest.approx(np.mean(wins))
    assert interval.low < auc < interval.high


def test_delongs_interval_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(4)
    truth = stats.norm.cdf(0.5 / np.sqrt(2))
    labels = np.repeat([True, False], [80, 120])
    draws, covered = 400, 0
    for _ in range(draws):
        _, interval = delong(*_placements(rng.normal(labels * 0.5), labels))
        covered += interval.low <= truth <= interval.high
    assert 0.92 <= covered / draws <= 0.98


def test_all_rows_of_a_person_are_in_one_fold() -> None:
    people = np.repeat(np.arange(90), 4)
    folds = _folds(people, seed=5)
    assert all(len(set(folds[people == person])) == 1 for person in range(90))
    assert np.bincount(folds).tolist() == [120, 120, 120]


def test_the_nist_score_is_1000_for_equal_tables_and_0_for_tables_that_share_no_cell() -> None:
    a: dict[str, list[object]] = {name: ["u", "v", "u", "v"] for name in "abc"}
    b: dict[str, list[object]] = {name: ["x", "x", "y", "y"] for name in "abc"}

    def score(synthetic: dict[str, list[object]]) -> float:
        measures = kway(samples_of(a, a, synthetic), np.random.default_rng(0))
        return next(m.value for m in measures if m.name == "three-way tables, NIST score")

    assert score(a) == 1000
    assert score(b) == 0
    assert k_marginal([0.25, 0.35]) == pytest.approx((2 - 0.6) * 500)  # L1 distances .5 and .7


def test_rare_categories_by_hand() -> None:
    def column(rare: int, rows: int = 400) -> dict[str, list[object]]:
        return {"c": ["rare"] * rare + ["tiny"] * 2 + ["common"] * (rows - rare - 2)}

    found = {m.name: m for m in tails(samples_of(column(20), column(16), column(4)))}
    # "rare" has 36 of 800 real rows, 4.5 %; "tiny" too few in control, "common" too many.
    assert found["rare categories"].value == pytest.approx(4 / 16)
    assert found["rare categories"].floor == pytest.approx(20 / 16)
    assert "rare categories" not in {m.name for m in tails(samples_of(column(50), column(50), column(4)))}
