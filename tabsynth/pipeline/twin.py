"""A second run of the whole pipeline, encoder and all, on rows of our choice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from privacy import Schema, Treatment
from tabsynth.config import RunConfig
from tabsynth.fit import fit
from tabsynth.generators import generator_class
from tabsynth.sample import sample

MOST_DRAWN = 50_000
"""Synthetic rows of one twin, at most."""


def learnt_columns(schema: Schema) -> list[str]:
    """The columns a generator learns: where a person could leave a trace."""
    return [column.name for column in schema.released_as(Treatment.MODEL)]


def twin_table(
    train: pd.DataFrame,
    development: pd.DataFrame,
    schema: Schema,
    config: RunConfig,
    rows: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """`rows` synthetic rows, learnt columns only, of a model fitted on `train` with the run's own settings."""
    model = fit(train, development, schema, _without_files(config), rng)
    seeds = np.random.SeedSequence(int(rng.integers(2**63)))
    return sample(model, rows, seeds)[learnt_columns(schema)]


def rows_to_draw(fitted: int, train: int, config: RunConfig) -> int:
    """As many rows for each fitted one as the release has for each row of train; never fewer than one."""
    ratio = max((config.rows or train) / train, 1.0)
    return min(int(np.ceil(fitted * ratio)), max(MOST_DRAWN, fitted))


def _without_files(config: RunConfig) -> RunConfig:
    """The run without its paths: a twin must neither resume the run's checkpoint nor write over it."""
    checked = generator_class(config.generator).Config.model_validate(config.settings)
    settings = {
        name: value
        for name, value in config.settings.items()
        if name != "resume" and not isinstance(getattr(checked, name), Path)
    }
    return config.model_copy(update={"settings": settings})
