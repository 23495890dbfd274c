"""The whole inspection, in order: evidence, gate, attacks, fidelity, judgement.

A test that cannot run is listed with its reason, never absent; if the verdict rests on it, the verdict is
inconclusive.
"""

from __future__ import annotations

import platform
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
import pandas as pd

from privacy.attacks import attack_names, load_attack
from privacy.errors import ConfigError, SchemaError, one_line
from privacy.events import OnEvent, silent
from privacy.evidence import Evidence, gather, unchecked
from privacy.examination import Clock, Seen, examine, parts
from privacy.generations import held_over_generations, over_generations
from privacy.guess import guess_schema
from privacy.judge import Sizes, judge, judge_aside
from privacy.limits import known_policy
from privacy.origins import origin_doubts, unmarked_frame
from privacy.policy import Policy
from privacy.result import Audit, Finding, Measure, Skipped, TableFacts
from privacy.schema import Schema
from privacy.segments import Segment, in_stated_shares
from privacy.spending import alpha_at, strictness
from privacy.union import Union

_GUESSED = ("No schema was given: kinds and roles were guessed from the train table.",)
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
    attempt: int | None = None,
    earlier: Sequence[Any] = (),
    further: Sequence[Finding | Measure | Skipped] = (),
    segments: Sequence[Segment] = (),
    kept: Sequence[Mapping[str, float]] = (),
    on_event: OnEvent = silent,
) -> Audit:
    """Inspect `synthetic` against the people it was made from (`train`) and people it never saw (`control`).

    train, control, synthetic: pandas or Arrow tables with the same columns. control must be a random part of
    the same source that no generator saw. schema: kinds and roles; guessed from train when None, and the
    audit says so. policy: a Policy, the name of a built-in one, or the path of a TOML file. random_state: an
    int is recorded in the audit; a Generator is not. attacks: names, all of `attack_names()` when None.
    attempt: which audit of this source it is, counted from 1, where a ledger keeps count: the limits on planted
    leaks are then stricter every time, see `privacy.spending`. earlier: tables of the same source, released
    before, when the same people were train's; the gating tests are run on all of them together, too. further:
    findings and measures made elsewhere of the same release, or what could not be found out, judged with the rest.
    segments: some of the people, about whom the gating tests are run once more; the gate may raise a false alarm
    about all of them together as often as about the whole table, and fidelity has people in their shares. kept: of
    a synthetic source, what each generation so far has kept of the people's diversity, oldest first; the policy's
    bounds on it then hold over all of them.

    Raises EvidenceError, SchemaError, PolicyError or ConfigError, one line each, when it cannot be asked.
    """
    rules = held_over_generations(known_policy(policy, further), kept)
    spent = alpha_at(rules.alpha, attempt)
    rng, seed = _generator(random_state)
    (train, control, synthetic, *released), marked = _unmarked(train, control, synthetic, *earlier)
    declared, doubts = (schema, []) if schema is not None else _guessed(train, control)

    streams = dict(zip(parts(), rng.spawn(len(parts())), strict=True))
    clock = Clock(on_event)
    with clock.stage("evidence"):
        evidence = gather(train, control, synthetic, declared, streams["evidence"])
    chosen = _known_attacks(attacks)
    asked = rules.tightened(strictness(spent))
    # The table by itself and all releases together are two chances of a false alarm.
    each = rules.alpha / 2 if released else rules.alpha
    tables = (train, control, synthetic)
    compared = _compared(evidence, segments, tables, declared, streams["segments"])
    seen = examine(evidence, compared, asked, each, chosen, streams, clock).and_told(
        (*further, *marked, *doubts)
    )
    seen.measures.extend(over_generations(seen.measures, kept))
    union = Union(train, control, (*released, synthetic), declared)
    together = union.examine(asked, each, streams["union"], clock) if released else Seen()
    parted = _parted(segments, tables, declared, asked, streams["segments"], clock)
    return _judged(
        evidence,
        seen,
        (union, together),
        parted,
        asked,
        seed=seed,
        policy={**rules.model_dump(mode="json"), "sha256": rules.digest, "alpha_spent": spent},
        attempt=attempt,
        earlier_releases=len(released),
        columns=tuple({"name": c.name, "kind": c.kind, "role": c.role} for c in declared.compared),
        notes=_GUESSED if schema is None else (),
        seconds=clock.seconds,
    )


def _compared(
    evidence: Evidence,
    segments: Sequence[Segment],
    tables: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
    schema: Schema,
    rng: np.random.Generator,
) -> Evidence:
    """The evidence with people in the shares that the segments state, where they state any."""
    train, control, synthetic = tables
    ours, theirs = in_stated_shares(segments, train, control, rng)
    return evidence if ours is train else unchecked(ours, theirs, synthetic, schema)


def _parted(
    segments: Sequence[Segment],
    tables: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
    schema: Schema,
    asked: Policy,
    rng: np.random.Generator,
    clock: Clock,
) -> list[tuple[Segment, Seen]]:
    """What the tests bring about some of the people, segment by segment."""
    return [
        (segment, segment.examine(tables, schema, asked, asked.alpha / len(segments), alone, clock))
        for segment, alone in zip(segments, rng.spawn(len(segments)), strict=True)
    ]


def _judged(
    evidence: Evidence,
    alone: Seen,
    united: tuple[Union, Seen],
    parted: Sequence[tuple[Segment, Seen]],
    rules: Policy,
    **about: Any,
) -> Audit:
    """The record: what was found on the table alone, on all releases and in segments, judged. about: how it was
    asked."""
    union, together = united
    checks = (*evidence.checks, *alone.checks, *together.checks)
    skipped = [*alone.skipped, *together.skipped, *(skip for _, seen in parted for skip in seen.skipped)]
    aside = [
        finding
        for segment, seen in parted
        for finding in segment.told(judge_aside(seen.findings, seen.checks, rules))
    ]
    train, control = _facts(evidence, 0, len(evidence.train)), _facts(evidence, len(evidence.train), None)
    findings = [*alone.findings, *together.findings]
    sizes = Sizes(train.units, control.units, len(evidence.synthetic))
    judged, verdict = judge(
        findings, checks, skipped, rules, measures=alone.measures, aside=aside, sizes=sizes
    )
    own = len(alone.findings)
    return Audit(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        versions=_versions(),
        train=train,
        control=control,
        synthetic=TableFacts(rows=len(evidence.synthetic), units=len(evidence.synthetic)),
        checks=checks,
        findings=(*judged[:own], *union.told(judged[own:]), *aside),
        skipped=tuple(skipped),
        fidelity=tuple(alone.measures),
        verdict=verdict,
        **about,
    )


def _known_attacks(asked: Sequence[str] | None) -> Sequence[str]:
    """All attacks, or those asked for; ConfigError for one that there is not."""
    chosen = attack_names() if asked is None else asked
    for name in chosen:
        load_attack(name)
    return chosen


def _unmarked(
    train: Any, control: Any, synthetic: Any, *earlier: Any
) -> tuple[list[pd.DataFrame], Sequence[Skipped]]:
    """The tables as frames without marks of origin, and what these make doubtful. SchemaError for an empty one."""
    told = [unmarked_frame(table) for table in (train, control, synthetic, *earlier)]
    for name, (frame, _) in zip(("train", "control", "synthetic"), told, strict=False):
        if frame.empty:
            raise SchemaError(f"the {name} table has no rows", todo="give a table with rows")
    return [frame for frame, _ in told], origin_doubts(*(marks for _, marks in told[:3]))


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
