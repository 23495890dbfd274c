"""The attacks: one file each, one Protocol, one registry.

An attack plays a named attacker against the evidence. It sees the evidence, the neighbours and the
statistics, never another attack, the policy or the report. A new one is one file and one line in `_BUILT_IN`,
or an entry point in the group `privacy.attacks`.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from typing import ClassVar, Protocol, runtime_checkable

import numpy as np

from privacy.errors import ConfigError
from privacy.evidence import Evidence
from privacy.result import Finding
from privacy.schema import Schema

_BUILT_IN = {
    "identifiers": "privacy.attacks.identifiers:Identifiers",
    "memorisation": "privacy.attacks.memorisation:Memorisation",
    "values": "privacy.attacks.values:Values",
    "distance": "privacy.attacks.distance:Distance",
    "singling_out": "privacy.attacks.singling_out:SinglingOut",
    "linkability": "privacy.attacks.linkability:Linkability",
    "inference": "privacy.attacks.inference:Inference",
    "membership": "privacy.attacks.membership:Membership",
    "disclosure": "privacy.attacks.disclosure:Disclosure",
    "reconstruction": "privacy.attacks.reconstruction:Reconstruction",
    "anonymeter": "privacy.attacks.anonymeter:Anonymeter",
}


@dataclass(frozen=True, slots=True)
class ThreatModel:
    """Who attacks: what the attacker holds, and what is guessed. In words for the report."""

    holds: str
    guesses: str

    def __str__(self) -> str:
        return f"holds {self.holds}; guesses {self.guesses}"


@runtime_checkable
class Attack(Protocol):
    """What every attack is."""

    name: ClassVar[str]
    threat: ClassVar[ThreatModel]

    def requires(self, schema: Schema) -> str | None:
        """Why this attack cannot run under this schema, or None when it can."""

    def run(self, evidence: Evidence, rng: np.random.Generator) -> list[Finding]:
        """The findings; each with control and interval. Raises UserError when it cannot be computed."""


def attack_names() -> list[str]:
    """Names of the built-in attacks and of the installed plug-ins."""
    return [*_BUILT_IN, *(point.name for point in entry_points(group="privacy.attacks"))]


def load_attack(name: str) -> Attack:
    """The attack of that name, with its default settings."""
    if name in _BUILT_IN:
        module, _, attribute = _BUILT_IN[name].partition(":")
        factory = getattr(import_module(module), attribute)
    else:
        found = [point for point in entry_points(group="privacy.attacks") if point.name == name]
        if not found:
            raise ConfigError(
                f"no attack is called {name!r}", todo=f"choose from {', '.join(attack_names())}"
            )
        factory = found[0].load()
    attack: Attack = factory()
    return attack
