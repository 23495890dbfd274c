"""Hand-made audits: one that passes, one that fails, one that cannot tell, all with hostile column names."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest

from privacy.judge import Sizes, judge
from privacy.policy import Policy
from privacy.result import (
    Audit,
    Check,
    Detectable,
    Estimate,
    Finding,
    Interval,
    Measure,
    Picture,
    Skipped,
    Status,
    TableFacts,
)

HOSTILE = (
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "two\nlines\x1b[31m",
    "a|b *c* `d` [e](javascript:f)",
    "x" * 300,
    "\u202egnp.exe",
    "</style></title><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }}",
)
UNITS = 6000
KINDS = {
    "verbatim": 1.0,
    "one column swapped": 1.6,
    "isolated": 0.5,
    "subgroup": 1.2,
    "noise .02": 2.0,
    "noise .05": 4.0,
    "noise .1": 8.0,
}
"""Planted leaks: the six that the built-in policies limit, and one without a limit; dose against verbatim's."""


def rate(successes: int, trials: int, reach: float) -> Estimate:
    value = successes / trials
    interval = Interval(low=max(value - reach, 0), high=value + reach, method="Clopper-Pearson")
    return Estimate(value=value, interval=interval, successes=successes, trials=trials)


def difference(value: float, reach: float) -> Estimate:
    return Estimate(value=value, interval=Interval(low=value - reach, high=value + reach, method="Newcombe"))


def gate(dose: float, leaking: bool) -> Finding:
    """The gate's finding; `dose` is the verbatim share it sees with 95 % power."""
    return Finding(
        attack="gate",
        name="exposed records",
        threat="holds real records and the synthetic table; guesses which were in train",
        sentence=f"{41 if leaking else 27} of the 50 most exposed records are train's; the policy allows odds of"
        " 1.5 to 1.",
        value=rate(41 if leaking else 27, 50, 0.11),
        control=rate(9 if leaking else 23, 50, 0.11),
        baseline=Estimate(value=0.5),
        excess=Estimate(
            value=4.5 if leaking else 1.17,
            interval=Interval(low=1.9 if leaking else 0.8, high=12.0 if leaking else 2.1, level=0.96),
        ),
        tolerance=1.5,
        trials_asked=2 * UNITS,
        trials_made=2 * UNITS,
        p_value=0.0004 if leaking else 0.31,
        gating=True,
        status=Status.LEAK if leaking else None,
        detectable=tuple(
            Detectable(
                leak=kind,
                dose_80=round(dose * times * 0.75, 5) if dose * times * 0.75 <= 0.05 else None,
                dose_95=round(dose * times, 5) if dose * times <= 0.05 else None,
                largest_tried=0.05,
                draws=100,
            )
            for kind, times in KINDS.items()
        ),
        pictures=(
            Picture(
                kind="lines",
                title="Share of train among the k most exposed records",
                x_label="k",
                y_label="share of train",
                x=(10, 20, 30, 50, 75, 100, 150, 200),
                series={
                    "plain distance": (0.9, 0.85, 0.8, 0.82, 0.71, 0.66, 0.6, 0.56)
                    if leaking
                    else (0.5, 0.45, 0.57, 0.54, 0.52, 0.5, 0.51, 0.5),
                    "allowed": (0.6,) * 8,
                },
            ),
        ),
    )


def attacks(copied: int) -> tuple[Finding, ...]:
    """Memorisation (gating), inference, membership and a distance, with `copied` train records copied."""
    share = copied / UNITS
    return (
        Finding(
            attack="memorisation",
            name="exact copies",
            threat="holds the synthetic table; guesses that a row is a real person's record",
            sentence=f"{copied} of 6,000 train records stand in the synthetic table, and 1 of 6,000 control"
            " records.",
            value=rate(copied, UNITS, 0.001 + share / 5),
            control=rate(1, UNITS, 0.0008),
            excess=difference(share - 1 / UNITS, 0.0012 + share / 5),
            trials_asked=UNITS,
            trials_made=UNITS,
            p_value=0.62 if copied < 10 else 1e-9,
            gating=True,
        ),
        Finding(
            attack="inference",
            name="secret attribute",
            threat="holds quasi-identifiers; guesses the secret attribute",
            sentence=f"From {HOSTILE[1]} and {HOSTILE[2]}, {HOSTILE[0]} is guessed no better for train.",
            value=rate(2310, 4000, 0.015),
            control=rate(2290, 4000, 0.015),
            baseline=rate(2100, 4000, 0.015),
            excess=difference(0.005, 0.021),
            trials_asked=4000,
            trials_made=4000,
            columns=HOSTILE,
        ),
        Finding(
            attack="membership",
            name="ensemble",
            threat="holds the synthetic table and a candidate record; guesses whether it was in train",
            sentence="31 of 3,000 train records score as high as 1 % of strangers at most.",
            value=rate(31, 3000, 0.004),
            control=rate(29, 3000, 0.004),
            excess=difference(2 / 3000, 0.006),
            also={
                "AUC": Estimate(
                    value=0.512, interval=Interval(low=0.497, high=0.527, method="Newcombe"), trials=3000
                ),
                "TPR at 0.1 % FPR": rate(4, 3000, 0.001),
                "smallest class": Estimate(
                    value=12, interval=Interval(low=12, high=12, method="counted in full")
                ),
            },
            trials_asked=3000,
            trials_made=3000,
            p_value=0.12,
        ),
        Finding(
            attack="distance",
            name="distance to the closest record",
            threat="holds real records; guesses that the closest ones were in train",
            sentence="The 5 % quantile of the distance is 0.97 of control's.",
            value=Estimate(value=0.0412),
            control=Estimate(value=0.0425),
            excess=Estimate(value=0.97, interval=Interval(low=0.93, high=1.01, method="bootstrap")),
            trials_asked=UNITS,
            trials_made=5980,
            higher_is_worse=False,
        ),
    )


def fidelity() -> tuple[Measure, ...]:
    labels = (*HOSTILE, "age", "sex", "diagnosis")
    ours = tuple(round(0.3 / (n + 2), 4) for n in range(len(labels)))
    floor = tuple(round(0.01 + n * 0.001, 4) for n in range(len(labels)))
    bars = Picture(
        kind="bars",
        title="Distance from control, by column",
        x_label="0 = the same distribution",
        labels=labels,
        series={"synthetic": ours, "train (floor)": floor},
    )
    return (
        Measure(
            group="shapes",
            name="column distance, mean",
            sentence="How far single columns lie from control.",
            value=0.061,
            floor=0.012,
            pictures=(bars,),
        ),
        Measure(
            group="shapes",
            name="column distance, worst",
            sentence="The column farthest beyond its floor.",
            value=0.15,
            floor=0.01,
            columns=(HOSTILE[0],),
        ),
        Measure(
            group="classifier",
            name="classifier two-sample test, AUC",
            sentence="How well gradient boosting tells synthetic from control.",
            value=0.64,
            floor=0.502,
            interval=Interval(low=0.625, high=0.655, method="DeLong"),
            best="floor",
        ),
        Measure(
            group="tails",
            name="category coverage",
            sentence="Share of control's categories that occur.",
            value=0.93,
            floor=1.0,
            best="high",
        ),
        *(
            Measure(
                group="diversity", name=name, sentence="Of control's.", value=0.99, floor=1.0, best="high"
            )
            for name in ("entropy ratio", "joint cells reached")
        ),
    )


def audit_of(findings: tuple[Finding, ...], checks: tuple[Check, ...], skipped: tuple[Skipped, ...]) -> Audit:
    policy = Policy.load("controlled")
    judged, verdict = judge(
        findings, checks, skipped, policy, measures=fidelity(), sizes=Sizes(UNITS, UNITS, UNITS)
    )
    return Audit(
        created="2026-11-22T12:00:00+00:00",
        versions={"tabsynth-privacy": "0.1.0", "python": "3.11.9"},
        seed=20261122,
        policy={**policy.model_dump(mode="json"), "sha256": policy.digest},
        columns=tuple({"name": name, "kind": "categorical", "role": "quasi-identifier"} for name in HOSTILE),
        notes=("No schema was given: kinds and roles were guessed from the train table.",),
        train=TableFacts(rows=6412, units=UNITS),
        control=TableFacts(rows=6390, units=UNITS),
        synthetic=TableFacts(rows=6412, units=6412, sha256="ab" * 32),
        checks=checks,
        findings=judged,
        skipped=skipped,
        fidelity=fidelity(),
        seconds={"gate": 11.2, "fidelity": 6.4},
        verdict=verdict,
    )


EXCHANGEABLE = Check(
    name="train and control are exchangeable",
    passed=True,
    sentence="A classifier cannot tell them apart.",
    p_value=0.44,
)
CROSS_CHECK = Skipped(name="anonymeter", reason="the package anonymeter is not installed")


@pytest.fixture
def audits() -> dict[str, Audit]:
    """One audit for each outcome, and one of nothing at all."""
    return {
        "pass": audit_of((gate(0.004, False), *attacks(0)), (EXCHANGEABLE,), (CROSS_CHECK,)),
        "fail": audit_of((gate(0.004, True), *attacks(300)), (EXCHANGEABLE,), ()),
        "inconclusive": audit_of((gate(0.016, False), *attacks(3)), (EXCHANGEABLE,), (CROSS_CHECK,)),
        "empty": audit_of((), (), ()),
    }


@pytest.fixture
def as_read() -> Callable[[str], str]:
    """A part of the page as a reader sees it: tags left out, blanks of any kind as one."""
    return lambda html: re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))
