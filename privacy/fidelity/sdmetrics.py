"""SDMetrics' quality scores as a cross-check: the number that users of SDV know, beside its floor."""

from __future__ import annotations

import warnings
from importlib.util import find_spec

import numpy as np
import pandas as pd

from privacy.fidelity.samples import Samples
from privacy.result import Measure, Skipped

MAX_ROWS = 10_000
MAX_COLUMNS = 20
MAX_LEVELS = 100
"""SDMetrics crosses every pair of columns in full: more columns and levels would cost minutes."""

_SENTENCES = {
    "Column Shapes": "SDMetrics' score of single columns (1 is best): {columns} columns, {rows:,} rows.",
    "Column Pair Trends": "SDMetrics' score of pairs of columns (1 is best): {columns} columns, {rows:,} rows.",
}


def absent() -> Skipped | None:
    """The note that the cross-check cannot be made, or None when SDMetrics is installed."""
    if find_spec("sdmetrics"):
        return None
    return Skipped(
        name="SDMetrics quality report",
        reason="the package sdmetrics is not installed: pip install 'tabsynth-privacy[sdv]'",
    )


def quality(samples: Samples) -> list[Measure]:
    """Column shapes and pair trends of synthetic against control; floor: train against control.

    Columns that are constant, or categorical with more than 100 levels, are left out, and no more than 20
    are scored.
    """
    columns = _scorable(samples)
    if absent() or not columns:
        return []
    ours = _scores(samples.control, samples.synthetic, columns, samples.nominal)
    rows = min(MAX_ROWS, len(samples.synthetic))
    floor = _scores(samples.control, samples.train, columns, samples.nominal)
    return [
        Measure(
            group="cross-check",
            name=f"SDMetrics {name.lower()}",
            sentence=sentence.format(columns=len(columns), rows=rows),
            value=ours[name],
            floor=floor.get(name),
            best="high",
        )
        for name, sentence in _SENTENCES.items()
        if name in ours
    ]


def _scorable(samples: Samples) -> list[str]:
    """The first columns that SDMetrics can score in reasonable time."""
    found = []
    for name in samples.columns:
        levels = [s.nunique() for s in samples.three(name)]
        if min(levels) > 1 and (name in samples.numeric or max(levels) <= MAX_LEVELS):
            found.append(name)
    return found[:MAX_COLUMNS]


def _scores(
    real: pd.DataFrame, other: pd.DataFrame, columns: list[str], nominal: tuple[str, ...]
) -> dict[str, float]:
    """Score by property, without those it could not compute. Columns go by number, not by name."""
    # Importing sdmetrics 0.32 warns of deprecated paths that nobody asked for.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sdmetrics.reports import QualityReport

        number = {name: f"c{at}" for at, name in enumerate(columns)}
        types = {
            number[name]: {"sdtype": "categorical" if name in nominal else "numerical"} for name in columns
        }
        real, other = (frame[columns].rename(columns=number)[:MAX_ROWS] for frame in (real, other))
        report = QualityReport()
        metadata = {"tables": {"table": {"columns": types}}, "relationships": []}
        report.generate({"table": real}, {"table": other}, metadata, verbose=False)
        scores = report.get_properties().set_index("Property")["Score"]
    return {str(name): float(score) for name, score in scores.items() if np.isfinite(score)}
