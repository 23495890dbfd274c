"""Who stands for choice: engines with dials, cheap before dear, and within an engine private before sharp."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tabsynth.config import RunConfig
from tabsynth.generators import generator_class

AUTO = "auto"
"""The name that stands for whichever generator is chosen."""

CANDIDATES = 5
"""Drawn for each row, unless the run says how many."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """An engine and its dials."""

    generator: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return ", ".join([self.generator, *(f"{name} {value}" for name, value in self.settings.items())])

    def configured(self, config: RunConfig) -> RunConfig:
        """The run with this engine in place of "auto"."""
        runs_anywhere = "device" in generator_class(self.generator).Config.model_fields
        return config.model_copy(
            update={
                "generator": self.generator,
                "settings": dict(self.settings),
                "candidates": config.candidates if "candidates" in config.model_fields_set else CANDIDATES,
                "device": config.device if runs_anywhere else "auto",
            }
        )


CONTESTANTS = (
    Contestant("copula"),
    Contestant("tree", {"leaf": 200}),
    Contestant("tree", {"leaf": 100}),
    Contestant("tree", {"leaf": 50}),
    Contestant("autoregressive"),
)
