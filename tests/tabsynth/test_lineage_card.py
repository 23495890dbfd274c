"""The card of a release: what it says of the audit is what the audit's report says."""

from __future__ import annotations

import pytest

from privacy import Column, Kind, Schema
from privacy.result import Audit, Detectable, Estimate, Finding, Outcome, TableFacts, Verdict
from tabsynth.lineage.ancestry import Ancestor, Lineage, real
from tabsynth.lineage.card import card
from tabsynth.manifest import About

LINEAGE = Lineage.made(
    Ancestor(kind="synthetic", generation=1, rows=50, generator="copula", release_id="0123456789abcdef"),
    [(real(90), None)],
)
SCHEMA = Schema(columns=(Column(name="a", kind=Kind.NUMERIC),))


def audited(synthetic_rows: int) -> Audit:
    """Of 80 people of train, with two kinds of planted leaks, one of them never seen."""
    leaks = tuple(
        Detectable(leak=kind, dose_80=None, dose_95=dose, largest_tried=0.05, draws=100, tolerance=0.0125)
        for kind, dose in (("verbatim", 0.01), ("blurred", None))
    )
    exposed = Finding(
        attack="gate",
        name="exposed records",
        threat="t",
        sentence="s",
        value=Estimate(value=0.5),
        control=None,
        trials_asked=1,
        trials_made=1,
        detectable=leaks,
    )
    return Audit(
        created="2026-01-01T00:00:00+00:00",
        versions={},
        policy={"name": "controlled"},
        columns=(),
        train=TableFacts(rows=90, units=80),
        control=TableFacts(rows=90, units=80),
        synthetic=TableFacts(rows=synthetic_rows, units=synthetic_rows),
        checks=(),
        findings=(exposed,),
        verdict=Verdict(outcome=Outcome.PASS, sentence="It passed."),
    )


@pytest.mark.parametrize(
    ("synthetic_rows", "whole"), [(79, "the synthetic rows"), (80, "train"), (500, "train")]
)
def test_leaks_and_limits_are_shares_of_train_or_of_fewer_synthetic_rows(
    synthetic_rows: int, whole: str
) -> None:
    content = card(
        *(LINEAGE, "2026-01-01", SCHEMA, audited(synthetic_rows), About(), None),
        rests_on=(),
        rules=(),
        tagged=True,
    )
    lines = content.decode().splitlines()
    assert f"| verbatim | 1 % of {whole} | 1.25 % of {whole} |" in lines
    assert f"| blurred | not seen | 1.25 % of {whole} |" in lines
