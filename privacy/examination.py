"""Every test over the evidence, one after the other: the gate, fidelity, the attacks. Nothing is judged here."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from privacy import fidelity
from privacy.attacks import Attack, attack_names, load_attack
from privacy.errors import UserError
from privacy.events import Event, OnEvent
from privacy.evidence import Evidence
from privacy.evidence.foreign import foreign_values
from privacy.gate.inspect import inspect
from privacy.policy import Policy
from privacy.result import Check, Finding, Measure, Skipped
from privacy.spending import draws_at

Streams = Mapping[str, np.random.Generator]
"""A stream of its own for every part, so that leaving an attack out changes no other number."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the tests brought, not yet judged."""

    findings: list[Finding] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    def and_told(self, further: Sequence[Finding | Measure | Skipped]) -> Seen:
        """The same, and what was found, measured or could not be found elsewhere."""
        return Seen(
            [*self.findings, *(told for told in further if isinstance(told, Finding))],
            self.checks,
            [*self.measures, *(told for told in further if isinstance(told, Measure))],
            [*self.skipped, *(told for told in further if isinstance(told, Skipped))],
        )


class Clock:
    """Seconds by stage, and an event when one begins."""

    def __init__(self, on_event: OnEvent) -> None:
        self.on_event = on_event
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self.on_event(Event(name))
        started = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - started, 2)


def parts() -> tuple[str, ...]:
    """Names of the streams that an audit needs."""
    return ("evidence", "gate", "fidelity", *attack_names(), "union", "segments")


def examine(
    evidence: Evidence,
    compared: Evidence,
    rules: Policy,
    alpha: float,
    attacks: Sequence[str],
    streams: Streams,
    clock: Clock,
) -> Seen:
    """Run every test. compared: the same, with the people with whom fidelity compares. alpha: of the gate, the
    policy's or what an attempt may spend of it."""
    with clock.stage("gate"):
        findings, checks = run_gate(evidence, rules, alpha, streams["gate"], clock.on_event)
    with clock.stage("fidelity"):
        measures = fidelity.measure(compared, streams["fidelity"], clock.on_event)
    skipped = [*foreign_values(evidence), *fidelity.unmeasured()]
    for name in attack_names():
        attack = load_attack(name)
        if name not in attacks:
            skipped.append(_skip(attack, "it was left out on request"))
            continue
        with clock.stage(f"attack: {name}"):
            found, missed = run_attack(attack, evidence, streams[name])
        findings.extend(found)
        skipped.extend(missed)
    return Seen(findings, checks, list(measures), skipped)


def run_gate(
    evidence: Evidence, rules: Policy, alpha: float, rng: np.random.Generator, on_event: OnEvent
) -> tuple[list[Finding], list[Check]]:
    """The gate under these rules."""
    return inspect(
        evidence,
        odds=rules.odds,
        alpha=alpha,
        tolerances=rules.detectable,
        rng=rng,
        draws=draws_at(alpha),
        on_event=on_event,
    )


def run_gating(
    evidence: Evidence,
    rules: Policy,
    alpha: float,
    gate_rng: np.random.Generator,
    attack_rngs: Sequence[np.random.Generator],
    on_event: OnEvent,
) -> Seen:
    """The gate and those attacks on which the verdict may rest. attack_rngs: one for each of `attack_names()`."""
    findings, checks = run_gate(evidence, rules, alpha, gate_rng, on_event)
    skipped: list[Skipped] = []
    for name, rng in zip(attack_names(), attack_rngs, strict=True):
        attack = load_attack(name)
        if is_gating(attack):
            found, missed = run_attack(attack, evidence, rng)
            findings.extend(found)
            skipped.extend(missed)
    return Seen(findings, checks, skipped=skipped)


def run_attack(
    attack: Attack, evidence: Evidence, rng: np.random.Generator
) -> tuple[list[Finding], list[Skipped]]:
    """The findings of one attack, or the reason why there are none."""
    reason = attack.requires(evidence.schema)
    if reason is not None:
        return [], [Skipped(name=attack.name, reason=reason)]
    try:
        return attack.run(evidence, rng), []
    except UserError as error:
        return [], [_skip(attack, str(error))]
    except (ValueError, ArithmeticError, MemoryError) as error:
        # The message of a foreign error may quote the table; its type does not.
        return [], [_skip(attack, f"it stopped with {type(error).__name__}")]


def is_gating(attack: Attack) -> bool:
    """Whether the verdict may rest on it."""
    return bool(getattr(attack, "gating", False))


def _skip(attack: Attack, reason: str) -> Skipped:
    return Skipped(name=attack.name, reason=reason, gating=is_gating(attack))
