"""Distances to train beside distances to control."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from privacy.attacks.distance import Distance, _measure
from privacy.evidence import Evidence, gather
from privacy.result import Finding
from privacy.schema import Column, Kind, Schema

SHARES = ("closer to train", "closer to train, nearest 5 %")
QUANTILES = ("DCR median", "DCR 5 % quantile", "NNDR median", "NNDR 5 % quantile")


def _run(evidence: Evidence, seed: int = 0, level: float = 0.95) -> dict[str, Finding]:
    return {f.name: f for f in Distance(level).run(evidence, np.random.default_rng(seed))}


def _ends(finding: Finding) -> tuple[float, float]:
    assert finding.excess is not None and finding.excess.interval is not None
    return finding.excess.interval.low, finding.excess.interval.high


def test_distances_are_those_of_a_plain_loop(evidence: Callable[..., Evidence]) -> None:
    found = evidence(80, 80, 40)
    measured = _measure(found, np.random.default_rng(0))
    slow = []
    for row in range(len(found.synthetic)):
        gaps = np.minimum(np.abs(found.synthetic_at.ranks[row] - found.train_at.ranks), 1).sum(axis=1)
        unequal = (found.synthetic_at.codes[row] != found.train_at.codes).sum(axis=1)
        first, second = np.sort(gaps + unequal)[:2]
        slow.append((first, first / second))
    dcr, nndr = np.array(sorted(slow)).T
    order = np.argsort(measured.dcr[0])
    assert measured.dcr[0][order] == pytest.approx(dcr, abs=1e-5)
    assert np.sort(measured.nndr[0]) == pytest.approx(np.sort(nndr), abs=1e-5)


def test_copies_are_close_and_the_tail_sees_few_of_them(evidence: Callable[..., Evidence]) -> None:
    every, few = _run(evidence(copied=1.0)), _run(evidence(copied=0.05))
    assert tuple(every) == (*SHARES, *QUANTILES)
    for name in SHARES:
        assert _ends(every[name])[0] > 0
    for name in QUANTILES:
        assert not every[name].higher_is_worse
        assert _ends(every[name])[1] < 0
    assert _ends(few["closer to train, nearest 5 %"])[0] > 0
    assert _ends(few["closer to train"])[0] < 0, "an average over all rows does not see one in twenty"


def test_a_larger_train_table_is_not_closer_by_its_size(evidence: Callable[..., Evidence]) -> None:
    for finding in _run(evidence(2000, 400, 800, seed=1), level=0.999).values():
        low, high = _ends(finding)
        assert low <= 0 <= high, finding.name


def test_ties_count_half() -> None:
    schema = Schema(columns=(Column(name="x", kind=Kind.CATEGORICAL),))
    frames = [pd.DataFrame({"x": ["a", "b"] * 60}) for _ in range(3)]
    findings = _run(gather(*frames, schema, np.random.default_rng(0)))
    assert findings["closer to train"].value.value == 0.5
    assert findings["DCR median"].value.value == findings["DCR median"].control.value == 0  # type: ignore[union-attr]
    assert findings["NNDR median"].value.value == 1, "two records at no distance are equally close"


@pytest.mark.slow
def test_fresh_rows_are_covered(evidence: Callable[..., Evidence]) -> None:
    outside = dict.fromkeys((*SHARES, *QUANTILES), 0)
    for seed in range(60):
        for name, finding in _run(evidence(600, 300, 600, seed=seed), seed).items():
            low, high = _ends(finding)
            outside[name] += not low <= 0 <= high
    assert max(outside.values()) <= 8, outside
