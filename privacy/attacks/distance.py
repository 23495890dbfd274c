"""Distances to the closest record (DCR) and their ratio to the second closest (NNDR), train beside control.

Averages of distances hide sparse copying (Yao et al., arXiv:2505.01524), so these numbers are reported as
diagnostics, never as a reason to pass: the share for diffuse leaks, the lower tail for near copies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from privacy.attacks import ThreatModel
from privacy.attacks.targets import equally_many, people
from privacy.attacks.trials import interval_picture
from privacy.evidence import Evidence
from privacy.neighbors import Distance as Metric, Nearest, two_nearest
from privacy.result import Estimate, Finding, Interval
from privacy.schema import Schema
from privacy.stats import cluster_bootstrap, clustered_wilson, weighted_quantile
from privacy.wording import percent

MOST_ROWS = 20_000
TAIL = 0.05

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Distances:
    """Per synthetic row: distance to the closest record (dcr) and its ratio to the second closest (nndr)
    in train and in control, and the unit of the closest record of both."""

    dcr: tuple[Values, Values]
    nndr: tuple[Values, Values]
    owner: NDArray[np.int64]


class Distance:
    """Synthetic rows against equally many people of train and of control."""

    name: ClassVar[str] = "distance"
    threat: ClassVar[ThreatModel] = ThreatModel(
        holds="the synthetic table and a candidate record",
        guesses="that the record was in train, because a synthetic row lies close to it",
    )

    def __init__(self, level: float = 0.95) -> None:
        self.level = level

    def requires(self, schema: Schema) -> str | None:
        return None if schema.compared else "the schema has no column to compare"

    def run(self, evidence: Evidence, rng: np.random.Generator) -> list[Finding]:
        found = _measure(evidence, rng)
        closest = np.minimum(*found.dcr)
        everywhere = np.ones(len(closest), dtype=bool)
        findings = [
            self._share("closer to train", "synthetic rows", found, everywhere),
            self._share(
                "closer to train, nearest 5 %",
                f"synthetic rows (the {percent(TAIL)} closest to any record, with ties)",
                found,
                closest <= np.quantile(closest, TAIL),
            ),
        ]
        for measure, values in (("DCR", found.dcr), ("NNDR", found.nndr)):
            for name, share in ((f"{measure} median", 0.5), (f"{measure} 5 % quantile", TAIL)):
                findings.append(self._quantile(name, _Quantile(values, found.owner, share), rng))
        return findings

    def _share(self, name: str, rows: str, found: _Distances, chosen: NDArray[np.bool_]) -> Finding:
        """Rows closer to train than to control, ties half (Platzer & Reutterer, Frontiers in Big Data 2021)."""
        train, control = (values[chosen] for values in found.dcr)
        count = int(chosen.sum())
        share = float(((train < control) + 0.5 * (train == control)).mean())
        sizes = np.unique(found.owner[chosen], return_counts=True)[1]
        interval = clustered_wilson(share, sizes, self.level)
        value = Estimate(value=share, interval=interval, trials=count)
        control_side = Estimate(value=1 - share, interval=_mapped(interval, -1, 1), trials=count)
        baseline = Estimate(value=0.5)
        return Finding(
            attack=self.name,
            name=name,
            threat=str(self.threat),
            sentence=f"{percent(share)} of {count:,} {rows} lie closer to a train record than to a control"
            f" record, and {percent(1 - share)} the other way; ties count half.",
            value=value,
            control=control_side,
            baseline=baseline,
            excess=Estimate(value=2 * share - 1, interval=_mapped(interval, 2, -1)),
            trials_asked=count,
            trials_made=count,
            pictures=(interval_picture(name, value, control_side, baseline, "share of synthetic rows"),),
        )

    def _quantile(self, name: str, quantile: _Quantile, rng: np.random.Generator) -> Finding:
        """A quantile to train beside the same to control; lower is closer, so lower is worse."""
        train, control, gap = (
            Estimate(
                value=statistic(np.ones(quantile.rows)),
                interval=cluster_bootstrap(statistic, quantile.clusters, rng, level=self.level),
                trials=quantile.rows,
            )
            for statistic in (quantile.to_train, quantile.to_control, quantile.gap)
        )
        return Finding(
            attack=self.name,
            name=name,
            threat=str(self.threat),
            sentence=f"The {name} of {quantile.rows:,} synthetic rows is {train.value:.3g} to train and"
            f" {control.value:.3g} to control records.",
            value=train,
            control=control,
            excess=gap,
            trials_asked=quantile.rows,
            trials_made=quantile.rows,
            higher_is_worse=False,
            pictures=(interval_picture(name, train, control, None, name.split()[0]),),
        )


class _Quantile:
    """One quantile of the distances to train and to control, as functions of row weights."""

    def __init__(self, sides: tuple[Values, Values], owner: NDArray[np.int64], share: float) -> None:
        self._orders = [np.argsort(side, kind="stable") for side in sides]
        self._ascending = [side[order] for side, order in zip(sides, self._orders, strict=True)]
        self._share = share
        self.clusters = np.unique(owner, return_inverse=True)[1]
        self.rows = len(owner)

    def to_train(self, weights: Values) -> float:
        return weighted_quantile(self._ascending[0], weights[self._orders[0]], self._share)

    def to_control(self, weights: Values) -> float:
        return weighted_quantile(self._ascending[1], weights[self._orders[1]], self._share)

    def gap(self, weights: Values) -> float:
        return self.to_train(weights) - self.to_control(weights)


def _measure(evidence: Evidence, rng: np.random.Generator) -> _Distances:
    rows = rng.permutation(len(evidence.synthetic))[:MOST_ROWS]
    synthetic = evidence.synthetic_at.take(rows)
    metric = Metric.plain(synthetic).without_unmatched(synthetic)
    train_rows, control_rows = equally_many(evidence, MOST_ROWS, rng)
    train_people, control_people = people(evidence)
    train = two_nearest(
        synthetic, evidence.train_at.take(train_rows), metric, train_people[train_rows], rng=rng
    )
    control = two_nearest(
        synthetic, evidence.control_at.take(control_rows), metric, control_people[control_rows], rng=rng
    )
    in_pool = np.where(
        train.first <= control.first,
        train_rows[train.index],
        len(evidence.train) + control_rows[control.index],
    )
    return _Distances(
        (train.first.astype(np.float64), control.first.astype(np.float64)),
        (_ratio(train), _ratio(control)),
        evidence.units[in_pool],
    )


def _ratio(nearest: Nearest) -> Values:
    """Closest over second closest; 1 where the second is as close, even at no distance, or absent."""
    first, second = nearest.first.astype(np.float64), nearest.second.astype(np.float64)
    known = np.isfinite(second) & (second > 0)
    return np.divide(first, second, out=np.ones_like(first), where=known)


def _mapped(interval: Interval, factor: float, shift: float) -> Interval:
    """The interval of factor * x + shift."""
    ends = sorted((factor * interval.low + shift, factor * interval.high + shift))
    return interval.model_copy(update={"low": ends[0], "high": ends[1]})
