"""The disclosure measures: by hand on nine people, against plain loops over tables, and as published for Adult."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from math import exp, log

import numpy as np
import pandas as pd
import pytest

from privacy.attacks.disclosure import class_risks, synthpop
from privacy.attacks.disclosure.classes import Classes, Targeted
from privacy.attacks.disclosure.sdnist import k_disco, key_subsets, unique_exact_match

Rows = list[tuple[str, str]]

# Each row is a key and a target. Key a: unanimous in both tables, the same; b: unanimous in the synthetic one,
# split in the original; c: unique in the original, twice in the synthetic one, wrong; d: unique in both, right;
# e: only in the original; f: only in the synthetic one.
ORIGINAL: Rows = [
    ("a", "x"), ("a", "x"), ("a", "x"),
    ("b", "x"), ("b", "y"),
    ("c", "x"),
    ("d", "y"),
    ("e", "y"), ("e", "x"),
]  # fmt: skip
SYNTHETIC: Rows = [
    ("a", "x"), ("a", "x"),
    ("b", "y"),
    ("c", "y"), ("c", "y"),
    ("d", "y"),
    ("f", "x"), ("f", "y"),
]  # fmt: skip


def tables(original: Rows, synthetic: Rows) -> Targeted:
    both, cut = np.array(original + synthetic), len(original)
    keys, targets = (np.unique(column, return_inverse=True)[1].astype(np.int64) for column in both.T)
    return Targeted.of(Classes.of(keys[:cut], keys[cut:]), Classes.of(targets[:cut], targets[cut:]))


@pytest.fixture
def by_hand() -> Targeted:
    return tables(ORIGINAL, SYNTHETIC)


def test_uniques_by_hand(by_hand: Targeted) -> None:
    keys = by_hand.keys
    assert synthpop.uio(keys).sum() == 2, "c and d"
    assert synthpop.uiois(keys).sum() == 2
    assert synthpop.rep_u(keys).sum() == 1, "c has two synthetic rows"
    assert synthpop.i_s(keys).sum() == 7, "all but e"


def test_attribution_by_hand(by_hand: Targeted) -> None:
    assert synthpop.d_orig(by_hand).sum() == 5, "a, c and d"
    assert synthpop.di_s(by_hand).sum() == 7, "a, b, c and d"
    assert synthpop.disco(by_hand).tolist() == [True] * 3 + [False, True, False, True, False, False]
    assert synthpop.disdio(by_hand).sum() == 4, "b is split in the original"
    assert synthpop.tcap(by_hand).sum() == 5 and synthpop.tcap(by_hand).size == 7
    assert synthpop.tcap_alt(by_hand).sum() == 5 and synthpop.tcap_alt(by_hand).size == 7


def test_attribution_probabilities_by_hand(by_hand: Targeted) -> None:
    assert synthpop.base_cap(by_hand).mean() == pytest.approx((6 / 9) ** 2 + (3 / 9) ** 2)
    assert synthpop.cap_d(by_hand).mean() == pytest.approx((3 + 1 / 2 + 1 / 2 + 1 + 1 + 1 / 2 + 1 / 2) / 9)
    assert synthpop.cap_s(by_hand).mean() == pytest.approx((2 + 1 + 2 + 1 + 1 / 2 + 1 / 2) / 8)
    assert synthpop.dcap(by_hand).mean() == pytest.approx(5 / 9), "a three times, b once, d once"
    assert synthpop.dcap_met(by_hand).mean() == pytest.approx(5 / 7), "all but e"


def test_class_risks_by_hand(by_hand: Targeted) -> None:
    keys = by_hand.keys
    assert class_risks.apparent_k(keys) == 1, "b or d"
    assert class_risks.prosecutor(keys) == pytest.approx((1, 5 / 8))
    assert class_risks.k_map(keys) == 1 and class_risks.journalist(keys) == 1
    assert class_risks.marketer(keys).sum() == pytest.approx(2 / 3 + 1 / 2 + 2 + 1 + 0)
    assert class_risks.classes_met(keys) == 4, "a, b, c and d"
    assert class_risks.in_small_met_class(keys, 3).sum() == 4, "b, c and d; e is not met"
    assert class_risks.distinct_l(by_hand) == 1
    assert class_risks.entropy_l(by_hand) == pytest.approx(1)
    assert class_risks.t_closeness(by_hand) == pytest.approx(1 - 3 / 8), "a is all x, the table 3 in 8"


def test_diverse_classes_by_hand() -> None:
    """Classes of two and three values: the entropy of the first, (2, 2) of four, is log 2."""
    synthetic = [("a", t) for t in "xxyy"] + [("b", t) for t in "xyz"]
    table = tables([("a", "x"), ("a", "y")], synthetic)
    assert class_risks.distinct_l(table) == 2
    assert class_risks.entropy_l(table) == pytest.approx(2)
    assert class_risks.t_closeness(table) == pytest.approx(1 / 3 - 1 / 7), "b against 3, 3, 1 of 7"
    assert class_risks.k_map(table.keys) == 2 and class_risks.journalist(table.keys) == 0.5


def test_tables_that_share_nothing_have_no_risk() -> None:
    table = tables([("a", "x")], [("b", "x"), ("b", "x")])
    assert not synthpop.i_s(table.keys).any() and not synthpop.disco(table).any()
    assert synthpop.tcap(table).size == synthpop.tcap_alt(table).size == synthpop.dcap_met(table).size == 0
    assert synthpop.dcap(table).tolist() == [0]
    assert class_risks.k_map(table.keys) == class_risks.journalist(table.keys) == 0
    assert class_risks.marketer(table.keys).tolist() == [0, 0]


def loops(original: Rows, synthetic: Rows) -> dict[str, float]:
    """The formulas of the papers, cell by cell."""
    d, s = Counter(original), Counter(synthetic)
    dq, sq = Counter(q for q, _ in original), Counter(q for q, _ in synthetic)
    dt = Counter(t for _, t in original)
    n, m = len(original), len(synthetic)
    found = dict.fromkeys(
        ["UiO", "UiOiS", "repU", "iS", "Dorig", "DiS", "DiSCO", "DiSDiO", "CAPd", "CAPs", "DCAP"], 0.0
    )
    for q in dq:
        found["UiO"] += dq[q] == 1
        found["UiOiS"] += dq[q] == 1 and sq[q] > 0
        found["repU"] += dq[q] == 1 and sq[q] == 1
        found["iS"] += dq[q] * (sq[q] > 0)
        found["DiS"] += dq[q] * any(s[q, t] == sq[q] > 0 for t in "xyz")
        for t in "xyz":
            pd_, ps = d[q, t] / dq[q], s[q, t] / sq[q] if sq[q] else 0.0
            found["Dorig"] += d[q, t] * (pd_ == 1)
            found["DiSCO"] += d[q, t] * (ps == 1)
            found["DiSDiO"] += d[q, t] * (ps == 1 and pd_ == 1)
            found["CAPd"] += pd_ * d[q, t]
            found["DCAP"] += ps * d[q, t]
    for q in sq:
        found["CAPs"] += sum(s[q, t] ** 2 / sq[q] for t in "xyz")
    shares = {name: value / (m if name == "CAPs" else n) for name, value in found.items()}
    shares["baseCAP"] = sum((count / n) ** 2 for count in dt.values())
    shares["DCAP met"] = found["DCAP"] / found["iS"]
    shares["TCAP"] = found["DiSCO"] / found["DiS"]
    shares["TCAP_alt"] = found["DiSCO"] / found["iS"]
    shares["k-map"] = min((dq[q] for q in dq if sq[q]), default=0)
    shares["marketer"] = sum(sq[q] / dq[q] for q in sq if dq[q]) / m
    shares["distinct l"] = min(sum(s[q, t] > 0 for t in "xyz") for q in sq)
    entropies = [-sum(s[q, t] / sq[q] * log(s[q, t] / sq[q]) for t in "xyz" if s[q, t]) for q in sq]
    shares["entropy l"] = exp(min(entropies))
    st = Counter(t for _, t in synthetic)
    shares["t"] = max(sum(abs(s[q, t] / sq[q] - st[t] / m) for t in "xyz") / 2 for q in sq)
    return shares


def arrays(table: Targeted) -> dict[str, float]:
    keys = table.keys
    return {
        "UiO": synthpop.uio(keys).mean(),
        "UiOiS": synthpop.uiois(keys).mean(),
        "repU": synthpop.rep_u(keys).mean(),
        "iS": synthpop.i_s(keys).mean(),
        "Dorig": synthpop.d_orig(table).mean(),
        "DiS": synthpop.di_s(table).mean(),
        "DiSCO": synthpop.disco(table).mean(),
        "DiSDiO": synthpop.disdio(table).mean(),
        "CAPd": synthpop.cap_d(table).mean(),
        "CAPs": synthpop.cap_s(table).mean(),
        "DCAP": synthpop.dcap(table).mean(),
        "baseCAP": synthpop.base_cap(table).mean(),
        "DCAP met": synthpop.dcap_met(table).mean(),
        "TCAP": synthpop.tcap(table).mean(),
        "TCAP_alt": synthpop.tcap_alt(table).mean(),
        "k-map": class_risks.k_map(keys),
        "marketer": class_risks.marketer(keys).mean(),
        "distinct l": class_risks.distinct_l(table),
        "entropy l": class_risks.entropy_l(table),
        "t": class_risks.t_closeness(table),
    }


@pytest.mark.parametrize("seed", range(12))
def test_arrays_say_what_plain_loops_over_the_cells_say(seed: int) -> None:
    rng = np.random.default_rng(seed)
    classes = int(rng.integers(3, 60))

    def rows(count: int) -> Rows:
        return [(f"q{rng.integers(classes)}", "xyz"[min(rng.geometric(0.6), 3) - 1]) for _ in range(count)]

    original, synthetic = rows(int(rng.integers(5, 150))), rows(int(rng.integers(5, 150)))
    found = arrays(tables(original, synthetic))
    assert found == pytest.approx(loops(original, synthetic))
    assert found["DiSCO"] <= found["TCAP_alt"] <= found["TCAP"]
    assert found["DiSDiO"] <= found["DiSCO"] <= found["DiS"] <= found["iS"]


def test_a_unique_exact_match_is_a_singleton_that_stands_in_the_synthetic_table() -> None:
    records = Classes.of(np.array([0, 0, 1, 2, 3]), np.array([0, 1, 1, 4]))
    alone, matched = unique_exact_match(records)
    assert alone.tolist() == [False, False, True, True, True]
    assert matched.tolist() == [False, False, True, False, False]


def test_k_disco_averages_over_key_subsets(by_hand: Targeted) -> None:
    nothing = tables(ORIGINAL, [("f", "x")])
    assert k_disco([by_hand]).tolist() == synthpop.disco(by_hand).tolist()
    assert k_disco([by_hand, nothing]).sum() == pytest.approx(5 / 2)
    assert key_subsets(4, 3, 10, np.random.default_rng(0)) == [(0, 1, 2), (0, 1, 3), (0, 2, 3), (1, 2, 3)]
    drawn = key_subsets(8, 3, 10, np.random.default_rng(0))
    assert len(set(drawn)) == 10 and all(len(set(subset)) == 3 for subset in drawn)


ADULT_DORIG = {
    "capital-gain": 22.55,
    "capital-loss": 30.61,
    "education": 3.71,
    "fnlwgt": 2.70,
    "hours-per-week": 4.36,
    "income": 4.97,
    "marital-status": 8.23,
    "native-country": 17.09,
    "relationship": 5.17,
    "workclass": 14.27,
}


@pytest.mark.real_data
def test_dorig_of_adult_is_synthpops(real_table: Callable[[str], pd.DataFrame]) -> None:
    """Table 2 of the disclosure vignette of synthpop 1.9-3: keys age, occupation, race and sex.

    Its file, AdultUCI of the R package arules, has no income in the last 16,281 rows; missing is a level.
    """
    adult = real_table("adult").astype(object)
    adult.loc[32_561:, "income"] = None
    keys = adult.groupby(["age", "occupation", "race", "sex"], dropna=False).ngroup().to_numpy()
    for column, published in ADULT_DORIG.items():
        target = pd.factorize(adult[column], use_na_sentinel=False)[0]
        table = Targeted.of(Classes.of(keys, keys), Classes.of(target, target))
        assert 100 * synthpop.d_orig(table).mean() == pytest.approx(published, abs=0.005), column
        assert (synthpop.disco(table) == synthpop.d_orig(table)).all(), "of a table with itself"
