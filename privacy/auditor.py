"""The whole inspection, in order: evidence, gate, attacks, fidelity, judgement.

A test that cannot run is listed with its reason, never absent; if the verdict rests on it, the verdict is
inconclusive.
"""

from __future__ import annotations

import platform
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
import pandas as pd

from privacy import fidelity
from privacy.attacks import Attack, attack_names, load_attack
from privacy.errors import ConfigError, SchemaError, UserError, one_line
from privacy.events import Event, OnEvent, silent
from privacy.evidence import Evidence, gather
from privacy.evidence.foreign import foreign_values
from privacy.gate.inspect import inspect
from privacy.guess import guess_schema
from privacy.judge import judge
from privacy.policy import Policy
from privacy.result import Audit, Check, Finding, Measure, Skipped, TableFacts
from privacy.schema import Schema
from privacy.tables import as_frame

_Streams = Mapping[str, np.random.Generator]
_REPORTED_PACKAGES = (
    "tabsynth-privacy",
    "numpy",
    "pandas",
    "scipy",
    "scikit-learn",
    "anonymeter",
    "sdmetrics",
)


def audit(
    train: Any,
    control: Any,
    synthetic: Any,
    schema: Schema | None = None,
    *,
    policy: Policy | str = "controlled",
    random_state: int | np.random.Generator | None = None,
    attacks: Sequence[str] | None = None,
    on_event: OnEvent = silent,
) -> Audit:
    """Inspect `synthetic` against the people it was made from (`train`) and people it never saw (`control`).

    train, control, synthetic: pandas or Arrow tables with the same columns. control must be a random part of
    the same source that no generator saw. schema: kinds and roles; guessed from train when None, and the
    audit says so. policy: a Policy, the name of a built-in one, or the path of a TOML file. random_state: an
    int is recorded in the audit; a Generator is not. attacks: names, all of `attack_names()` when None.

    Raises EvidenceError, SchemaError, PolicyError or ConfigError, one line each, when it cannot be asked.
    """
    rules = policy if isinstance(policy, Policy) else Policy.load(policy)
    rng, seed = _generator(random_state)
    frames = [as_frame(table) for table in (train, control, synthetic)]
    notes: tuple[str, ...] = ()
    doubts: list[Skipped] = []
    for name, frame in zip(("train", "control", "synthetic"), frames, strict=True):
        if frame.empty:
            raise SchemaError(f"the {name} table has no rows", todo="give a table with rows")
    if schema is None:
        schema, doubts = _guessed(frames[0], frames[1])
        notes = ("No schema was given: kinds and roles were guessed from the train table.",)

    # A stream of its own for every part, so that leaving an attack out changes no other number.
    parts = ("evidence", "gate", "fidelity", *attack_names())
    streams = dict(zip(parts, rng.spawn(len(parts)), strict=True))
    clock = _Clock(on_event)
    with clock.stage("evidence"):
        evidence = gather(frames[0], frames[1], frames[2], schema, streams["evidence"])
    chosen = attack_names() if attacks is None else attacks
    for name in chosen:
        load_attack(name)
    seen = _examine(evidence, rules, chosen, streams, clock)
    checks = (*evidence.checks, *seen.checks)
    control = _facts(evidence, len(evidence.train), None)
    skipped = (*doubts, *seen.skipped)
    judged, verdict = judge(seen.findings, checks, skipped, rules, control_units=control.units)
    return Audit(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        versions=_versions(),
        seed=seed,
        policy={**rules.model_dump(mode="json"), "sha256": rules.digest},
        columns=tuple(
            {"name": column.name, "kind": column.kind, "role": column.role} for column in schema.compared
        ),
        notes=notes,
        train=_facts(evidence, 0, len(evidence.train)),
        control=control,
        synthetic=TableFacts(rows=len(evidence.synthetic), units=len(evidence.synthetic)),
        checks=checks,
        findings=judged,
        skipped=skipped,
        fidelity=tuple(seen.measures),
        seconds=clock.seconds,
        verdict=verdict,
    )


def _guessed(train: pd.DataFrame, control: pd.DataFrame) -> tuple[Schema, list[Skipped]]:
    """A guessed schema. A guessed key of persons that stands on both sides is no ground to refuse the tables,
    as a declared one is; but while nobody says what it is, nothing can be bounded."""
    schema, _ = guess_schema(train)
    entity = schema.entity
    if entity is None or entity not in control:
        return schema, []
    if not set(train[entity].dropna()) & set(control[entity].dropna()):
        return schema, []
    reason = (
        f"column {one_line(entity)} looks like the key of a person and has values in train and in control; give a"
        " schema that says whose rows these are, and split by person"
    )
    return schema.model_copy(update={"entity": None}), [
        Skipped(name="entity key", reason=reason, gating=True)
    ]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the gate, the fidelity tests and the attacks brought, not yet judged."""

    findings: list[Finding]
    checks: list[Check]
    measures: list[Measure]
    skipped: list[Skipped]


def _examine(
    evidence: Evidence, rules: Policy, attacks: Sequence[str], streams: _Streams, clock: _Clock
) -> _Seen:
    """Run every test over the evidence, one after the other."""
    with clock.stage("gate"):
        findings, checks = inspect(
            evidence,
            odds=rules.odds,
            alpha=rules.alpha,
            tolerances=rules.detectable,
            rng=streams["gate"],
            on_event=clock.on_event,
        )
    with clock.stage("fidelity"):
        measures = fidelity.measure(evidence, streams["fidelity"], clock.on_event)
    skipped = [*foreign_values(evidence), *fidelity.unmeasured()]
    for name in attack_names():
        attack = load_attack(name)
        if name not in attacks:
            skipped.append(_skip(attack, "it was left out on request"))
            continue
        with clock.stage(f"attack: {name}"):
            found, missed = _attack(attack, evidence, streams[name])
        findings.extend(found)
        skipped.extend(missed)
    return _Seen(findings, checks, measures, skipped)


def _attack(
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


def _skip(attack: Attack, reason: str) -> Skipped:
    return Skipped(name=attack.name, reason=reason, gating=getattr(attack, "gating", False))


def _generator(random_state: int | np.random.Generator | None) -> tuple[np.random.Generator, int | None]:
    if isinstance(random_state, np.random.Generator):
        return random_state, None
    seed = secrets.randbits(63) if random_state is None else int(random_state)
    if seed < 0:
        raise ConfigError("a seed cannot be negative", where="random_state")
    return np.random.default_rng(seed), seed


def _facts(evidence: Evidence, start: int, stop: int | None) -> TableFacts:
    units = evidence.units[start:stop]
    return TableFacts(rows=len(units), units=int(np.unique(units).size))


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in _REPORTED_PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


class _Clock:
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
