"""What went into a table and no attack asks about, and of whom the audit asks once more."""

from __future__ import annotations

import pandas as pd

from privacy import Segment, Skipped, canonical
from tabsynth.factory.making import Made
from tabsynth.need import masks
from tabsynth.select.noise import DELTA, EPSILON
from tabsynth.source import public_schema


def segments_of(made: Made, train: pd.DataFrame, control: pd.DataFrame) -> list[Segment]:
    """The need's segments in the three tables. train, control: canonical."""
    need, schema = made.config.need, made.model.schema
    public = public_schema(schema)
    synthetic = canonical(made.table, public, table="synthetic")
    shares = need.shares(len(made.table))
    here = (masks(table, schema, need) for table in (train, control, synthetic))
    return [
        Segment(segment.name, *(ours, theirs, drawn), shares.get(segment.where))
        for segment, ours, theirs, drawn in zip(need.segments, *here, strict=True)
    ]


def not_attacked(made: Made) -> list[Skipped]:
    """What went into the table and no attack asks about. Added to train, the development persons, hardly exposed,
    would only dilute what is found about those who were learnt."""
    model, config = made.model, made.config
    found = []
    if made.checker is not None:
        reason = "what is plausible was learnt from half of the development persons, and decided what was cut"
        found.append(Skipped(name="checking persons", reason=f"{reason}; no attack is aimed at them"))
    if any(rule.is_learnt for rule in model.rules):
        told = "; ".join(rule.text() for rule in model.rules if rule.is_learnt)
        reason = (
            f"which values these allow was learnt from train, of {config.least} persons or more each: {told}"
        )
        found.append(Skipped(name="rules", reason=f"{reason}; no attack is aimed at that"))
    if model.choice:
        reason = "half of the development persons, and a membership attack on train, chose the generator"
        found.append(Skipped(name="choice of the generator", reason=f"{reason}; no attack asks about that"))
    if model.selection is None:
        return found
    reason = (
        "their margins, up to three-way, decided which rows were kept; no attack is aimed at these persons"
    )
    found.append(Skipped(name="development persons", reason=reason))
    if config.targets != "development":
        how = (
            "as they are"
            if config.targets == "train"
            else f"with noise (epsilon {EPSILON:g}, delta {DELTA:g})"
        )
        reason = f"train's margins, {how}, helped decide which rows were kept; no attack asks for margins"
        found.append(Skipped(name="margins of train", reason=reason))
    return found
