"""How alike the synthetic table is to people the generator never saw, beside how alike train is.

Every number stands beside its floor: the same number for train against the same control rows. No table can
be expected to come closer to control than train does, and one that comes clearly closer has seen control.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np
import pandas as pd

from privacy.events import Event, OnEvent, silent
from privacy.evidence import Evidence, unchecked
from privacy.fidelity.classifier import classifier
from privacy.fidelity.diversity import diversity
from privacy.fidelity.kway import kway
from privacy.fidelity.pairs import pairs
from privacy.fidelity.samples import Samples, draw
from privacy.fidelity.sdmetrics import absent, quality
from privacy.fidelity.shapes import missing_rates, shapes
from privacy.fidelity.tails import tails
from privacy.result import Measure, Skipped
from privacy.schema import Schema

__all__ = ["PARTS", "fidelity_of", "measure", "unmeasured"]

_Part = Callable[[Evidence, Samples, np.random.Generator], list[Measure]]

_PARTS: dict[str, _Part] = {
    "single columns": lambda evidence, samples, rng: [*shapes(samples), *missing_rates(samples)],
    "pairs": lambda evidence, samples, rng: pairs(samples, rng),
    "three-way tables": lambda evidence, samples, rng: kway(samples, rng),
    "classifier": lambda evidence, samples, rng: classifier(samples, rng),
    "tails": lambda evidence, samples, rng: tails(samples),
    "SDMetrics": lambda evidence, samples, rng: quality(samples),
    "diversity": diversity,
}

PARTS = tuple(_PARTS)


def measure(
    evidence: Evidence, rng: np.random.Generator, on_event: OnEvent, parts: Collection[str] = PARTS
) -> list[Measure]:
    """All fidelity measures that can be had of this evidence, in the order of the report.

    parts: those of `PARTS` that are wanted; a part's numbers do not depend on which others are.
    """
    draw_rng, *streams = rng.spawn(1 + len(_PARTS))
    samples = draw(evidence, draw_rng)
    found: list[Measure] = []
    for done, ((stage, part), stream) in enumerate(zip(_PARTS.items(), streams, strict=True)):
        if stage in parts:
            on_event(Event("fidelity", done, len(_PARTS), stage))
            found.extend(part(evidence, samples, stream))
    return found


def fidelity_of(
    train: pd.DataFrame,
    control: pd.DataFrame,
    synthetic: pd.DataFrame,
    schema: Schema,
    rng: np.random.Generator,
    parts: Collection[str] = PARTS,
    on_event: OnEvent = silent,
) -> list[Measure]:
    """The measures of `synthetic` against `control` by themselves, each beside its floor; no gate, no attack.

    Nothing here asks whether train and control are two draws of one source: who calls it has cut them.
    """
    return measure(unchecked(train, control, synthetic, schema), rng, on_event, parts)


def unmeasured() -> list[Skipped]:
    """Measures that this installation cannot make, each with its reason, for the audit's list."""
    note = absent()
    return [note] if note else []
