"""From a canonical table to a fitted model: encode with bounds, then learn the codes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from privacy import (
    ConfigError,
    Event,
    OnEvent,
    Schema,
    SchemaError,
    TrainingError,
    Treatment,
    one_line,
    silent,
)
from tabsynth.artifact import Model
from tabsynth.config import RunConfig
from tabsynth.domain import Encoded
from tabsynth.encode import Encoder
from tabsynth.encode.persons import Persons
from tabsynth.generators import Generator, generator_class, make_generator
from tabsynth.rules import learnt_rules
from tabsynth.select import Selection
from tabsynth.split import units_of

_CELL_BYTES = 8
"""A code and a residual."""


def fit(
    train: pd.DataFrame,
    development: pd.DataFrame,
    schema: Schema,
    config: RunConfig,
    rng: np.random.Generator,
    on_event: OnEvent = silent,
) -> Model:
    """A model of `train`. `development` may stop the training, and candidates are chosen to be like it; both
    canonical, in the schema's columns.

    Raises SchemaError when no column is left to learn, TrainingError when the generator cannot fit.
    """
    encoder, learnt, held_out = coded_sides(train, development, schema, config)
    generator = ready_generator(config)
    width = encoder.width_estimate()
    size = len(train) * width.axes * _CELL_BYTES / 2**20
    on_event(Event("fitting", note=f"{config.generator}; {width}; the coded table takes {size:,.1f} MiB"))
    if config.candidates > 1 and not len(held_out):
        raise ConfigError(
            "there are no development persons whose margins candidates could be chosen by",
            where="candidates",
            todo="give development a share, or draw one candidate a row",
        )
    generator.fit(learnt, held_out, rng.spawn(1)[0], on_event)
    selection = ready_selection(learnt, held_out, config, rng)
    persons = Persons.of(units_of(train, schema))
    rules = learnt_rules(config.rules, train, schema, encoder, persons, config.least)
    return Model(schema=schema, encoder=encoder, generator=generator, selection=selection, rules=rules)


def coded_sides(
    train: pd.DataFrame, development: pd.DataFrame, schema: Schema, config: RunConfig
) -> tuple[Encoder, Encoded, Encoded]:
    """The encoder of `train`, and both tables coded.

    SchemaError when no column is left to learn, TrainingError when none says anything that enough persons share.
    """
    if not schema.released_as(Treatment.MODEL):
        raise SchemaError(
            "no column is left to learn: all are identifiers, ids or free text",
            todo="correct kinds and roles in the schema",
        )
    encoder = Encoder.fit(train, schema, units_of(train, schema), least=config.least)
    if len(encoder.withheld) == len(encoder.columns):
        raise TrainingError(
            f"there is nothing to learn: of no column do {config.least} persons share a value or a range",
            todo="bring more persons, or correct the entity of the schema",
        )
    return encoder, _coded(encoder, train, schema), _coded(encoder, development, schema)


def told_of_withheld(model: Model) -> str | None:
    """Which columns come out empty, in a sentence; None where all say something."""
    withheld = model.encoder.withheld
    if not withheld:
        return None
    columns = f"column{'s' * (len(withheld) > 1)} {one_line(', '.join(withheld), 200)}"
    return f"warning: nothing was learnt of {columns}: too few persons share a value or a range there"


def ready_generator(config: RunConfig) -> Generator:
    """The run's generator, not yet fitted, told the device if it runs on one; ConfigError if it cannot."""
    settings = dict(config.settings)
    if "device" in generator_class(config.generator).Config.model_fields:
        settings.setdefault("device", config.device)
    elif config.device == "cuda":
        raise ConfigError(f"{config.generator} runs on the CPU only", where="--device")
    return make_generator(config.generator, settings)


def ready_selection(
    learnt: Encoded, held_out: Encoded, config: RunConfig, rng: np.random.Generator
) -> Selection | None:
    """How candidates are to be chosen, by the run's targets; None where none are."""
    selection = Selection.by(held_out, config.candidates)
    if selection is None or config.targets == "development":
        return selection
    if config.targets == "noised":
        return selection.with_noised(learnt, rng.spawn(1)[0])
    return selection.with_exact(learnt)


def _coded(encoder: Encoder, frame: pd.DataFrame, schema: Schema) -> Encoded:
    """With whose row each row is, where a key says so. Equal rows without one may well be of different persons."""
    coded = encoder.encode(frame)
    return coded if schema.entity is None else replace(coded, persons=units_of(frame, schema))
