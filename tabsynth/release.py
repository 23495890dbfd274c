"""The main job: the rooms in order, the gate, and the bundle.

The data are written only when the verdict is pass. On fail or inconclusive the folder holds the audit and its
report, and nothing that looks like a release. Where a ledger is kept, every run that gets as far as the audit is
an attempt that it counts, and the new table is audited together with those released before.
"""

from __future__ import annotations

import io
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from privacy import (
    Audit,
    Event,
    InternalError,
    OnEvent,
    Outcome,
    Policy,
    Schema,
    Skipped,
    Treatment,
    audit,
    audit_files,
    canonical,
    require_new,
    schema_text,
    silent,
    whole_folder,
)
from tabsynth.artifact import Model
from tabsynth.auto import Choice, settled
from tabsynth.booking import Booking, asked
from tabsynth.config import RunConfig
from tabsynth.fit import fit
from tabsynth.keys import keyed_hash
from tabsynth.ledger import Ledger
from tabsynth.manifest import MANIFEST_FILE, Commitments, Manifest, file_facts
from tabsynth.pipeline import pipeline_findings
from tabsynth.rules import Cuts, enforced, require_sound, require_true
from tabsynth.sample import sampled
from tabsynth.select.noise import DELTA, EPSILON
from tabsynth.source import public_schema, released_frame, write_table
from tabsynth.split import split


@dataclass(frozen=True)
class Release:
    """What came of it: the audit, the manifest if the verdict was pass, and how the generator was chosen.

    cuts: what the rules cut. seconds: by stage.
    """

    audit: Audit
    manifest: Manifest | None
    choice: Choice
    cuts: Cuts
    seconds: dict[str, float] = field(default_factory=dict)


def release(
    source: pd.DataFrame,
    schema: Schema,
    config: RunConfig,
    key: bytes,
    out: Path,
    on_event: OnEvent = silent,
    ledger: Ledger | None = None,
) -> Release:
    """Split, learn, sample, audit; write the bundle on pass, the audit alone otherwise, to the new folder `out`.

    source: a table with the schema's columns. key: the source key, see `tabsynth.keys`. ledger: counts attempts
    and keeps what was released; without one the audit says nothing of attempts.
    """
    require_new(out)
    require_sound(config.rules, schema)
    booking = Booking(ledger)
    policy = Policy.load(config.policy)
    seed = secrets.randbits(128) if config.seed is None else config.seed
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    seconds: dict[str, float] = {}
    watch = _stopwatch(seconds)

    on_event(Event("reading"))
    table = canonical(source, schema, table="source")
    on_event(Event("splitting by person"))
    sides = split(table, schema, key=key, **config.split.model_dump())
    commitments = _commitments(key, table, sides.commitment, seed)
    require_true(config.rules, pd.concat([sides.train, sides.development]), schema)
    watch("split")
    choice = settled(sides.train, sides.development, schema, config, rng, on_event)
    config = choice.config
    watch("choice")
    fitted = fit(sides.train, sides.development, schema, config, rng, on_event)
    model = replace(fitted, choice=choice.facts())
    watch("fit")
    synthetic, cuts = _made(model, config.rows or len(sides.train), rng, on_event)
    watch("sample")
    attacked = pipeline_findings(
        *(sides.train, sides.development, schema, config, rng.spawn(1)[0], on_event),
        persons=config.pipeline.refit,
        canaries=config.pipeline.canaries,
    )
    watch("pipeline")
    booking.open(asked(key, schema, config, policy, commitments), policy.alpha)
    # The audit gets the control sealed until now, the very rows that would leave, and a generator whose seed
    # is not written down: with the run's own seed published, anybody could draw the table again.
    audited = audited_schema(schema)
    result = audit(
        released_frame(_part(sides.train, audited), schema),
        released_frame(_part(sides.control.open(), audited), schema),
        _part(synthetic, audited),
        audited,
        policy=policy,
        random_state=rng,
        attempt=booking.number,
        earlier=[_part(earlier, audited) for earlier in booking.earlier_tables],
        further=(*booking.doubts, *attacked, *_not_attacked(model, config)),
        on_event=on_event,
    )
    booking.close(result.verdict.outcome)
    watch("audit")
    if result.verdict.outcome is not Outcome.PASS:
        with whole_folder(out) as draft:
            _write(draft, audit_files(result))
        return Release(result, None, choice, cuts, seconds)
    on_event(Event("writing the bundle"))
    manifest = _bundle(model, synthetic, cuts, result, config, out, commitments, booking)
    watch("write")
    return Release(result, manifest, choice, cuts, seconds)


def _made(model: Model, rows: int, rng: np.random.Generator, on_event: OnEvent) -> tuple[pd.DataFrame, Cuts]:
    """The table as it would leave, and what the rules cut while it was drawn.

    InternalError unless its very rows meet the rules, as whoever reads them will find.
    """
    public = public_schema(model.schema)
    drawn = sampled(model, rows, np.random.SeedSequence(_integer(rng)), on_event=on_event)
    synthetic = released_frame(drawn.table[list(public.names)], model.schema)
    if model.rules and not enforced(model.rules, canonical(synthetic, public, table="synthetic"), public):
        raise InternalError("rows that break a rule got through the sieve")
    return synthetic, drawn.cuts


def _not_attacked(model: Model, config: RunConfig) -> list[Skipped]:
    """What went into the table and no attack asks about. Added to train, the development persons, hardly exposed,
    would only dilute what is found about those who were learnt."""
    found = []
    if model.choice:
        reason = "half of the development persons, and a membership attack on train, chose the generator"
        found.append(Skipped(name="choice of the generator", reason=f"{reason}; no attack asks about that"))
    if any(rule.is_learnt for rule in model.rules):
        told = "; ".join(rule.text() for rule in model.rules if rule.is_learnt)
        reason = (
            f"which values these allow was learnt from train, of {config.least} persons or more each: {told}"
        )
        found.append(Skipped(name="rules", reason=f"{reason}; no attack is aimed at that"))
    if model.selection is None:
        return found
    reason = (
        "their margins, up to three-way, decided which rows were kept; no attack is aimed at these persons"
    )
    found.append(Skipped(name="development persons", reason=reason))
    if config.targets != "development":
        how = (
            "as they are"
            if config.targets == "train"
            else f"with noise (epsilon {EPSILON:g}, delta {DELTA:g})"
        )
        reason = f"train's margins, {how}, helped decide which rows were kept; no attack asks for margins"
        found.append(Skipped(name="margins of train", reason=reason))
    return found


def audited_schema(schema: Schema) -> Schema:
    """The part of the schema that an audit can compare: learnt columns, and the entity key for the units."""
    kept = [
        column
        for column in schema.columns
        if column.released_as is Treatment.MODEL or column.name == schema.entity
    ]
    return schema.model_copy(update={"columns": tuple(kept)})


def _part(frame: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """The columns of the schema that the frame has."""
    return frame[[name for name in schema.names if name in frame]]


def _bundle(
    model: Model,
    synthetic: pd.DataFrame,
    cuts: Cuts,
    result: Audit,
    config: RunConfig,
    out: Path,
    commitments: Commitments,
    booking: Booking,
) -> Manifest:
    """Write the bundle whole, and return its manifest. The ledger has the release before the bundle is there."""
    release_id = secrets.token_hex(8)
    schema = public_schema(model.schema)
    chosen: dict[str, Any] = {}
    if model.selection is not None:
        chosen = {"candidates": model.selection.candidates, "targets": config.targets}
    with whole_folder(out) as draft:
        write_table(synthetic, draft / "data.parquet")
        if config.csv:
            write_table(synthetic, draft / "data.csv")
        digest = file_facts((draft / "data.parquet").read_bytes()).sha256
        facts = result.synthetic.model_copy(update={"sha256": digest})
        _write(draft, audit_files(result.model_copy(update={"synthetic": facts})))
        _write(draft, {"schema.toml": schema_text(schema).encode()})
        manifest = Manifest(
            release_id=release_id,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            rows=len(synthetic),
            columns=schema.names,
            generator=model.name,
            settings=model.settings | chosen,
            facts=model.facts
            | ({"choice": model.choice} if model.choice else {})
            | ({"rules": cuts.facts()["rules"]} if model.rules else {}),
            versions=result.versions,
            policy_sha256=result.policy["sha256"],
            files={path.name: file_facts(path.read_bytes()) for path in sorted(draft.iterdir())},
            commitments=commitments,
            history=booking.release(release_id, draft / "data.parquet"),
        ).sealed()
        _write(draft, {MANIFEST_FILE: manifest.to_bytes()})
    return manifest


def _commitments(key: bytes, table: pd.DataFrame, split_commitment: str, seed: int) -> Commitments:
    content = io.BytesIO()
    table.to_csv(content, index=False)
    return Commitments(
        source=keyed_hash(key, "source", content.getvalue()),
        split=split_commitment,
        seed=keyed_hash(key, "seed", str(seed).encode()),
    )


def _write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).write_bytes(content)


def _integer(rng: np.random.Generator) -> int:
    return int(rng.integers(2**63))


def _stopwatch(seconds: dict[str, float]) -> Callable[[str], None]:
    """Each call files the time since the last one under a stage."""
    last = [time.perf_counter()]

    def lap(stage: str) -> None:
        now = time.perf_counter()
        seconds[stage] = round(now - last[0], 2)
        last[0] = now

    return lap
