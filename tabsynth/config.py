"""One TOML file = one release: every option of `tabsynth release`, checked and recorded."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from privacy import BUILT_IN, ConfigError, first_fault
from tabsynth.manifest import About
from tabsynth.need.spec import Need
from tabsynth.rules import Rules, checked_rules
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


class Filter(BaseModel):
    """plausibility: odds of being a person, as a checker sees it, below which a candidate is cut; 0 cuts none,
    and nobody is set aside to check by. duplicates: whether a row that equals another is cut where people hardly
    do. surprise: share of the people set aside, those most surprising to the generator; what surprises it more
    than all others is cut; 0 cuts none. Trees and networks draw such rows more rarely than people are such, so it
    takes from the tails, and is for those who would rather have none of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    plausibility: Annotated[float, Field(ge=0, lt=1)] = 0.2
    duplicates: bool = True
    surprise: Annotated[float, Field(ge=0, lt=0.5)] = 0.0


class RunConfig(BaseModel):
    """What to make and by which rules.

    rows: synthetic rows, as many as train has when None. least: a level carried by fewer persons than this
    is pooled, and no bound rests on fewer. settings: the generator's own options. candidates: drawn for each row,
    of which those are chosen whose margins are the development persons'. targets: whose else; "noised", train's
    too, with noise that hides each person; "train", train's as they are. budget: seconds that the generator "auto"
    may spend on its choice. rules: that every row shall meet. filter: what else cuts a row of a release. csv: also
    write data.csv. tag: a column `_origin` that says on every row that it is synthetic; without it only the
    metadata of Parquet say so, and a copy into another format says nothing. about: what data card and catalogues
    say of the release. need: what it is for.
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
    rules: Rules = ()
    filter: Filter = Filter()
    policy: str = "controlled"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    csv: bool = False
    tag: bool = True
    about: About = About()
    pipeline: PipelineTests = PipelineTests()
    need: Need = Need()

    @model_validator(mode="before")
    @classmethod
    def _policy_of_the_tier(cls, data: dict[str, Any]) -> dict[str, Any]:
        """The need's tier names a policy of ours. The user's own may stand in its place, another of ours not."""
        need = data.get("need")
        tier = need.get("tier") if isinstance(need, dict) else None
        if tier not in BUILT_IN:
            return data
        policy = data.get("policy", tier)
        if policy in BUILT_IN and policy != tier:
            raise ValueError(f"the need's tier is {tier} and the policy {policy}: leave one of them out")
        return {**data, "policy": policy}

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
    """The file's settings, with those given on the command line (not None) in their place.

    A file of rules that it names lies beside it, unless the path is a whole one.
    """
    data: dict[str, Any] = {}
    if path is not None:
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigError(f"cannot be read: {error.strerror}", where=str(path)) from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"is not valid TOML: {error}", where=str(path)) from None
        if isinstance(data.get("rules"), str):
            data["rules"] = path.parent / data["rules"]
    data.update({name: value for name, value in overrides.items() if value is not None})
    return checked_config(**data)


def checked_config(**data: Any) -> RunConfig:
    """The configuration of these settings; ConfigError names the one that is wrong."""
    if "rules" in data:
        data["rules"] = checked_rules(data["rules"])
    try:
        return RunConfig.model_validate(data)
    except ValidationError as error:
        place, reason = first_fault(error)
        raise ConfigError(reason, where=place or "config") from None
