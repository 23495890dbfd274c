"""Tolerances: how much leakage a release may carry, each number with its source, as a TOML file.

A policy is fixed before the audit and printed in the report, so an auditor can disagree with a number
without disagreeing with the measurement.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Collection
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from privacy.errors import PolicyError, first_fault
from privacy.measures import MEASURES, nearest_measure

BUILT_IN = ("internal", "controlled", "public")

Share = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]
"""A share of the training units, or a limit on an attacker's extra success rate."""


Bound = Annotated[float, Field(allow_inf_nan=False)]


class Policy(BaseModel):
    """What is tolerated. Frozen; unknown keys and numbers without a source are refused.

    alpha: chance of a false alarm over the whole gate, and of a leak at the limits being missed over all attempts
    on one source. odds: how far the odds train : control of an
    exposed record may exceed those of a random record before it counts as a leak (e^epsilon of the gate).
    detectable: kind of planted leak -> share of training units the audit must have been able to see.
    excess: "attack/finding" or "attack" -> limit on that finding's excess over control.
    at_least, at_most: "group/measure" of fidelity or diversity -> what the table must reach, or not exceed.
    sources: dotted key -> where the number comes from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=60)]
    version: Annotated[str, Field(min_length=1, max_length=20)]
    alpha: Annotated[float, Field(ge=1e-4, le=0.2, allow_inf_nan=False)] = 0.05
    odds: Annotated[float, Field(ge=1, le=10, allow_inf_nan=False)] = 1.5
    detectable: dict[str, Share] = Field(default_factory=dict)
    excess: dict[str, Share] = Field(default_factory=dict)
    at_least: dict[str, Bound] = Field(default_factory=dict)
    at_most: dict[str, Bound] = Field(default_factory=dict)
    sources: dict[str, str]

    @property
    def numbers(self) -> dict[str, float]:
        """Every number of the policy by its dotted key, such as `detectable.verbatim`."""
        tables = {name: getattr(self, name) for name in ("detectable", "excess", "at_least", "at_most")}
        plain = {"alpha": self.alpha, "odds": self.odds}
        nested = {f"{table}.{key}": value for table, of in tables.items() for key, value in of.items()}
        return plain | nested

    @model_validator(mode="after")
    def _sourced(self) -> Policy:
        for key in self.numbers:
            if not self.sources.get(key, "").strip():
                raise ValueError(f"the number {key} has no source: say in sources where it comes from")
        unknown = sorted(set(self.sources) - set(self.numbers))
        if unknown:
            raise ValueError(f"sources names {unknown[0]}, which is not a number of this policy")
        return self

    @property
    def digest(self) -> str:
        """SHA-256 of the policy as canonical JSON: equal policies, equal digests."""
        canonical = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def excess_tolerance(self, attack: str, finding: str) -> float | None:
        """The limit for this finding, else for its attack, else None."""
        return self.excess.get(f"{attack}/{finding}", self.excess.get(attack))

    def tightened(self, factor: float) -> Policy:
        """The same with smaller limits on planted leaks: what an attempt must have been able to see."""
        detectable = {kind: limit / factor for kind, limit in self.detectable.items()}
        return self.model_copy(update={"detectable": detectable})

    def demanding(self, at_least: dict[str, float], at_most: dict[str, float], source: str) -> Policy:
        """The same with further bounds on measures, whose source this is; of two bounds the stricter stands."""
        lows = {key: max(bound, self.at_least.get(key, bound)) for key, bound in at_least.items()}
        highs = {key: min(bound, self.at_most.get(key, bound)) for key, bound in at_most.items()}
        sources = {f"at_least.{key}": source for key in lows} | {f"at_most.{key}": source for key in highs}
        return self.model_copy(
            update={
                "at_least": self.at_least | lows,
                "at_most": self.at_most | highs,
                "sources": sources | self.sources,
            }
        )

    def require_known(
        self, kinds: Collection[str], attacks: Collection[str], measures: Collection[str] = MEASURES
    ) -> None:
        """PolicyError for a limit on a kind of leak, an attack or a measure that does not exist: it would limit
        nothing."""
        for table, given, known in (("detectable", self.detectable, kinds), ("excess", self.excess, attacks)):
            for key in given:
                name = key.split("/")[0]
                if name not in known:
                    near = get_close_matches(name, known, 1)
                    raise PolicyError(
                        "limits nothing that the audit looks for",
                        where=f"policy {self.name}, key {table}.{key}",
                        todo=f"did you mean {near[0]}?"
                        if near
                        else f"choose from {', '.join(sorted(known))}",
                    )
        for table, bounds in (("at_least", self.at_least), ("at_most", self.at_most)):
            for key in bounds:
                if key not in measures:
                    raise PolicyError(
                        "no such measure",
                        where=f"policy {self.name}, key {table}.{key}",
                        todo=f"the nearest is {nearest_measure(key, measures)}",
                    )

    @classmethod
    def load(cls, name_or_path: str | Path) -> Policy:
        """A built-in policy by name, or one from a TOML file; PolicyError names the key that is wrong."""
        if str(name_or_path) in BUILT_IN:
            text = files("privacy").joinpath("policies", f"{name_or_path}.toml").read_text(encoding="utf-8")
            return _parse(text, str(name_or_path))
        path = Path(name_or_path)
        try:
            policy = _parse(path.read_text(encoding="utf-8"), path.name)
        except FileNotFoundError:
            raise PolicyError(
                "no such policy",
                where=f"policy {name_or_path}",
                todo=f"choose from {', '.join(BUILT_IN)}, or name a TOML file",
            ) from None
        except OSError as error:
            raise PolicyError(f"cannot be read: {error.strerror}", where=f"policy {name_or_path}") from None
        except UnicodeDecodeError:
            raise PolicyError("is not UTF-8 text", where=f"policy {name_or_path}") from None
        alike = policy.name.strip().casefold()
        if alike in BUILT_IN and policy.digest != cls.load(alike).digest:
            raise PolicyError(
                f"calls itself {alike}, which is a built-in policy with other numbers",
                where=f"policy {path.name}, key name",
                todo="give it a name of its own",
            )
        return policy


def _parse(text: str, name: str) -> Policy:
    try:
        data: dict[str, Any] = tomllib.loads(text)
        return Policy.model_validate(data)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"is not TOML: {error}", where=f"policy {name}") from None
    except ValidationError as error:
        key, reason = first_fault(error)
        raise PolicyError(reason, where=f"policy {name}" + (f", key {key}" if key else "")) from None
