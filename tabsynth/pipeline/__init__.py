"""The whole pipeline under attack: split aside, it is run again with and without people, and with canaries.

The attacks of `privacy` look at one table. These run the encoder, the generator and the sampler again, because
what a single person changes shows only in comparison. They see train and development, never control.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import pandas as pd

from privacy import Finding, OnEvent, Schema, Skipped, UserError, silent
from tabsynth.config import RunConfig
from tabsynth.generators import generator_class
from tabsynth.pipeline import one_run, refit
from tabsynth.pipeline.one_run import canary_findings
from tabsynth.pipeline.refit import refit_finding

__all__ = ["Effort", "pipeline_findings"]

Effort = int | Literal["auto"]
"""How many persons or canaries: "auto" takes the usual number where a fit takes seconds, and 0 leaves the test
out."""


def pipeline_findings(
    train: pd.DataFrame,
    development: pd.DataFrame,
    schema: Schema,
    config: RunConfig,
    rng: np.random.Generator,
    on_event: OnEvent = silent,
    *,
    persons: Effort = "auto",
    canaries: Effort = "auto",
) -> tuple[Finding | Skipped, ...]:
    """What came of re-fits with and without `persons` vulnerable persons, and of one run with `canaries`.

    train, development: canonical, all columns of the schema, as `tabsynth.fit` gets them. A test that cannot run
    is Skipped with its reason. Where a generator trains on a device, both tests wait to be asked for.
    """
    refits, canary_run = rng.spawn(2)

    def run_refits(count: int) -> list[Finding | Skipped]:
        return [refit_finding(train, development, schema, config, refits, on_event, persons=count)]

    def run_canaries(count: int) -> list[Finding | Skipped]:
        return canary_findings(train, development, schema, config, canary_run, on_event, canaries=count)

    quick = _fits_in_seconds(config.generator)
    return (
        *_run(run_refits, refit.GAME.name, persons, refit.PERSONS if quick else None),
        *_run(run_canaries, one_run.GAME.name, canaries, one_run.CANARIES if quick else None),
    )


def _fits_in_seconds(generator: str) -> bool:
    """Whether "auto" includes it: one that can choose a device is a network, and trains for minutes or hours."""
    return "device" not in generator_class(generator).Config.model_fields


def _run(
    test: Callable[[int], list[Finding | Skipped]], name: str, asked: Effort, usual: int | None
) -> list[Finding | Skipped]:
    """The findings, or why there are none."""
    count = usual if asked == "auto" else asked
    if count is None:
        return [Skipped(name=name, reason="the generator trains long, and nobody asked for further fits")]
    if count == 0:
        return [Skipped(name=name, reason="it was left out on request")]
    try:
        return test(count)
    except UserError as error:
        return [Skipped(name=name, reason=str(error))]
    except (ValueError, ArithmeticError, MemoryError) as error:
        # The message of a foreign error may quote the table; its type does not.
        return [Skipped(name=name, reason=f"it stopped with {type(error).__name__}")]
