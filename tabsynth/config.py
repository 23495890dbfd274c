"""One TOML file = one release: every option of `tabsynth release`, checked and recorded."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from privacy import ConfigError, first_fault
from tabsynth.manifest import About
from tabsynth.select.selection import MOST_CANDIDATES

MOST_ROWS = 100_000_000
"""Drawn at once: more would not fit into memory. Draw the rest with other seeds."""


class Shares(BaseModel):
    """Shares of the persons: to learn from, to tune on, and to hold back for the audit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    train: Annotated[float, Field(gt=0, lt=1)] = 0.6
    development: Annotated[float, Field(ge=0, lt=1)] = 0.2
    control: Annotated[float, Field(gt=0, lt=1)] = 0.2

    @model_validator(mode="after")
    def _sum(self) -> Shares:
        if abs(self.train + self.development + self.control - 1) > 1e-9:
            raise ValueError("train, development and control must add up to 1")
        return self


class PipelineTests(BaseModel):
    """Attacks on the whole pipeline: vulnerable persons to re-fit with and without, and canaries; 0 for none.

    "auto" runs both where the generator learns in seconds, and says that it did not where it does not.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    refit: Annotated[int, Field(ge=0, le=50)] | Literal["auto"] = "auto"
    canaries: Annotated[int, Field(ge=0, le=1000)] | Literal["auto"] = "auto"


class RunConfig(BaseModel):
    """What to make and by which rules.

    rows: synthetic rows, as many as train has when None. least: a level carried by fewer persons than this
    is pooled, and no bound rests on fewer. settings: the generator's own options. candidates: drawn for each row,
    of which those are chosen whose margins are the development persons'. targets: whose else; "noised", train's
    too, with noise that hides each person; "train", train's as they are. budget: seconds that the generator "auto"
    may spend on its choice. csv: also write data.csv. tag: a column `_origin` that says on every row that it is
    synthetic; without it only the metadata of Parquet say so, and a copy into another format says nothing. about:
    what data card and catalogues say of the release.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    generator: str = "copula"
    settings: dict[str, Any] = Field(default_factory=dict)
    rows: Annotated[int, Field(ge=1, le=MOST_ROWS)] | None = None
    seed: Annotated[int, Field(ge=0)] | None = None
    least: Annotated[int, Field(ge=1)] = 10
    split: Shares = Shares()
    candidates: Annotated[int, Field(ge=1, le=MOST_CANDIDATES)] = 1
    targets: Literal["development", "noised", "train"] = "development"
    budget: Annotated[float, Field(gt=0, le=10**6)] = 300.0
    policy: str = "controlled"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    csv: bool = False
    tag: bool = True
    about: About = About()
    pipeline: PipelineTests = PipelineTests()

    @model_validator(mode="after")
    def _targets_of_a_choice(self) -> RunConfig:
        if self.targets != "development" and self.candidates == 1 and self.generator != "auto":
            raise ValueError("targets choose among candidates: ask for several a row with candidates")
        return self

    @model_validator(mode="after")
    def _marked(self) -> RunConfig:
        if self.csv and not self.tag:
            raise ValueError(
                "without the tag a .csv file does not say that it is synthetic: leave one of them out"
            )
        return self


def load_config(path: Path | None, **overrides: Any) -> RunConfig:
    """The file's settings, with those given on the command line (not None) in their place."""
    data: dict[str, Any] = {}
    if path is not None:
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigError(f"cannot be read: {error.strerror}", where=str(path)) from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"is not valid TOML: {error}", where=str(path)) from None
    data.update({name: value for name, value in overrides.items() if value is not None})
    return checked_config(**data)


def checked_config(**data: Any) -> RunConfig:
    """The configuration of these settings; ConfigError names the one that is wrong."""
    try:
        return RunConfig.model_validate(data)
    except ValidationError as error:
        place, reason = first_fault(error)
        raise ConfigError(reason, where=place or "config") from None
