"""The main job: the rooms in order, the gate, and the bundle.

The data are written only when the verdict is pass. On fail or inconclusive the folder holds the audit and its
report, and nothing that looks like a release. Where a ledger is kept, every run that gets as far as the audit is
an attempt that it counts, and the new table is audited together with those released before.
"""

from __future__ import annotations

import io
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy import (
    Audit,
    Event,
    Finding,
    OnEvent,
    Outcome,
    Policy,
    Schema,
    Skipped,
    Treatment,
    audit,
    audit_files,
    canonical,
    followed,
    known_policy,
    require_new,
    silent,
    use,
    whole_folder,
)
from tabsynth.artifact import drawn_from
from tabsynth.booking import Booking, asked, named
from tabsynth.bundle import Draft, write_bundle, write_files
from tabsynth.config import RunConfig
from tabsynth.factory import Made, make, not_attacked, segments_of
from tabsynth.keys import keyed_hash
from tabsynth.ledger import Ledger
from tabsynth.lineage.ancestry import Lineage, real
from tabsynth.lineage.kept import Kept, kept_by_generation, told_of_source
from tabsynth.lineage.recognise import refuse_released
from tabsynth.lineage.signing import Signer
from tabsynth.manifest import Commitments, Manifest
from tabsynth.people import people_of
from tabsynth.pipeline import pipeline_findings
from tabsynth.rules import require_sound, require_true
from tabsynth.source import released_frame, require_unmarked
from tabsynth.split import Split, split

_NEED = "The need specification of this run."


@dataclass(frozen=True)
class Release:
    """What came of it: the audit, the manifest if the verdict was pass, and how the rows were made.

    seconds: by stage.
    """

    audit: Audit
    manifest: Manifest | None
    made: Made
    seconds: dict[str, float] = field(default_factory=dict)


def release(
    source: pd.DataFrame,
    schema: Schema,
    config: RunConfig,
    key: bytes,
    out: Path,
    on_event: OnEvent = silent,
    ledger: Ledger | None = None,
    lineage: Lineage | None = None,
    real_rows: NDArray[np.bool_] | None = None,
    signer: Signer | None = None,
) -> Release:
    """Split, learn, sample, audit; write the bundle on pass, the audit alone otherwise, to the new folder `out`.

    source: a table with the schema's columns. key: the source key, see `tabsynth.keys`. ledger: counts attempts
    and keeps what was released; without one the audit says nothing of attempts. lineage: of the source where not
    all its rows are real, see `lineage_of`. real_rows: (rows,) which are, in a source that holds both: all rows
    are learnt, and the audit asks about these. signer: signs the statement.

    Raises SourceError when the source says nothing of the kind and is a table that the ledger released, or when
    it holds real rows and does not say which.
    """
    require_new(out)
    require_unmarked(schema.names)
    require_sound(config.rules, schema)
    booking = Booking(ledger)
    policy = known_policy(config.policy).demanding(config.need.at_least, config.need.at_most, _NEED)
    seed = secrets.randbits(128) if config.seed is None else config.seed
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    seconds: dict[str, float] = {}
    watch = _stopwatch(seconds)

    on_event(Event("reading"))
    table = canonical(source, schema, table="source")
    on_event(Event("splitting by person"))
    sides = split(table, schema, key=key, **config.split.model_dump())
    if lineage is None:
        refuse_released(table, schema, booking.released_tables)
    people = people_of(table, sides, schema, key, config, lineage, real_rows)
    commitments = _commitments(key, table, sides.commitment, seed)
    require_true(config.rules, pd.concat([sides.train, sides.development]), schema)
    watch("split")
    made = make(sides.train, sides.development, schema, config, rng, on_event, watch, lineage)
    config = made.config
    attacked = pipeline_findings(
        *(sides.train, sides.development, schema, config, rng.spawn(1)[0], on_event),
        persons=config.pipeline.refit,
        canaries=config.pipeline.canaries,
    )
    watch("pipeline")
    about = asked(key, schema, config, policy, commitments, lineage)
    booking.open(about, policy.alpha)
    kept = kept_by_generation(lineage) if lineage else []
    of_source = (told_of_source(lineage, kept),) if lineage and lineage.label == "synthetic" else ()
    further = (*booking.doubts, *attacked, *not_attacked(made), *of_source)
    result = _audited(people, made, policy, rng, booking, further, kept, on_event)
    booking.close(result.verdict.outcome)
    watch("audit")
    on_event(Event("writing"))
    parent = lineage.discreet() if lineage else real(len(table), commitment=commitments.source)
    drawn = drawn_from(made.model, parent, len(made.table), release_id=named(key, about))
    origin = drawn.about(diversity=followed(result.fidelity))
    manifest = _written(Draft(made, result, commitments, origin, signer), out, booking)
    watch("write")
    return Release(result, manifest, made, seconds)


def _audited(
    people: Split,
    made: Made,
    policy: Policy,
    rng: np.random.Generator,
    booking: Booking,
    further: Sequence[Finding | Skipped],
    kept: Sequence[Kept],
    on_event: OnEvent,
) -> Audit:
    """The audit gets the control sealed until now, the very rows that would leave, and a generator whose seed
    is not written down: with the run's own seed published, anybody could draw the table again."""
    schema, control = made.model.schema, people.control.open()
    audited, target = audited_schema(schema), made.config.need.target
    ours, theirs = (released_frame(_part(side, audited), schema) for side in (people.train, control))
    drawn = _part(made.table, audited)
    measured = [use(ours, theirs, drawn, audited, target, rng.spawn(1)[0])] if target else []
    return audit(
        *(ours, theirs, drawn, audited),
        policy=policy,
        random_state=rng,
        attempt=booking.number,
        earlier=[_part(earlier, audited) for earlier in booking.earlier_tables],
        further=(*further, *measured),
        segments=segments_of(made, people.train, control),
        kept=kept,
        on_event=on_event,
    )


def _written(draft: Draft, out: Path, booking: Booking) -> Manifest | None:
    """The bundle on pass, the audit alone otherwise."""
    if draft.audit.verdict.outcome is Outcome.PASS:
        return write_bundle(draft, out, booking)
    with whole_folder(out) as folder:
        write_files(folder, audit_files(draft.audit))
    return None


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


def _commitments(key: bytes, table: pd.DataFrame, split_commitment: str, seed: int) -> Commitments:
    content = io.BytesIO()
    table.to_csv(content, index=False)
    return Commitments(
        source=keyed_hash(key, "source", content.getvalue()),
        split=split_commitment,
        seed=keyed_hash(key, "seed", str(seed).encode()),
    )


def _stopwatch(seconds: dict[str, float]) -> Callable[[str], None]:
    """Each call files the time since the last one under a stage."""
    last = [time.perf_counter()]

    def lap(stage: str) -> None:
        now = time.perf_counter()
        seconds[stage] = round(now - last[0], 2)
        last[0] = now

    return lap
