"""One release and its ledger: what is written down before the audit, after it, and when the table leaves."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from privacy import Outcome, Policy, Schema, Skipped, Treatment
from tabsynth.attempts import Asked
from tabsynth.config import RunConfig
from tabsynth.keys import keyed_hash
from tabsynth.ledger import Attempt, Ledger
from tabsynth.lineage.ancestry import Lineage
from tabsynth.manifest import Commitments, History

_NAME_DIGITS = 16
"""Of the hash of a column's name, or of a release: 64 bits keep a few hundred apart."""


def asked(
    key: bytes,
    schema: Schema,
    config: RunConfig,
    policy: Policy,
    commitments: Commitments,
    lineage: Lineage | None = None,
) -> Asked:
    """What is fixed before the audit, with everything of the source hashed under its key.

    lineage: of the source where not all its rows are real.
    """
    return Asked(
        policy=policy.name,
        policy_sha256=policy.digest,
        config=keyed_hash(key, "config", config.model_dump_json().encode()),
        source=commitments.source,
        seed=commitments.seed,
        columns=tuple(
            sorted(keyed_hash(key, "column", name.encode())[:_NAME_DIGITS] for name in schema.names)
        ),
        split=commitments.split,
        sides=keyed_hash(key, "sides", _side_rule(schema, config).encode()),
        contains=lineage.releases if lineage and lineage.label == "synthetic" else (),
    )


def named(key: bytes, about: Asked) -> str:
    """The release's id: the same for the same input, options and seed, since making it again is no new release."""
    return keyed_hash(key, "release id", about.model_dump_json().encode())[:_NAME_DIGITS]


def _side_rule(schema: Schema, config: RunConfig) -> str:
    """All that decides, with the key, on which side a person falls: see `tabsynth.split`."""
    learnt = [(column.name, column.kind) for column in schema.released_as(Treatment.MODEL)]
    told = [config.split.model_dump(), schema.entity, learnt if schema.entity is None else []]
    return json.dumps(told, sort_keys=True)


class Booking:
    """A release in the books of a ledger; without a ledger nothing is written and nothing is known."""

    def __init__(self, ledger: Ledger | None) -> None:
        """Reads the ledger, so that a damaged one is said before the work and not after it."""
        self._ledger = ledger
        self._attempt: Attempt | None = None
        if ledger is not None:
            ledger.links()

    def open(self, about: Asked, alpha: float) -> None:
        """Count the attempt, before anything is audited. alpha: the policy's."""
        if self._ledger is not None:
            self._attempt = self._ledger.open_attempt(about, alpha)

    @property
    def number(self) -> int | None:
        """Which attempt on this source it is; None where nobody counts."""
        return self._attempt.number if self._attempt else None

    @property
    def earlier_tables(self) -> list[pd.DataFrame]:
        """The releases of this source to be audited together with the new one."""
        return self._ledger.comparable_tables(self._attempt) if self._ledger and self._attempt else []

    @property
    def released_tables(self) -> list[pd.DataFrame]:
        """Every table that the ledger keeps, of whatever source."""
        return self._ledger.kept_tables() if self._ledger else []

    @property
    def doubts(self) -> list[Skipped]:
        """What the audit of all releases together cannot tell; the verdict rests on it."""
        attempt = self._attempt
        strangers = len(attempt.releases) - len(attempt.comparable) if attempt else 0
        if not strangers:
            return []
        reason = (
            f"{strangers} earlier release{'s' * (strangers > 1)} of this source went by another split, so that"
            " people who were learnt from then may be control now; use the shares and the entity column of then"
        )
        return [Skipped(name="union of all releases", reason=reason, gating=True)]

    def close(self, outcome: Outcome) -> None:
        """Write down what came of the attempt."""
        if self._ledger and self._attempt:
            self._ledger.record_verdict(self._attempt, outcome)

    def release(self, release_id: str, data: Path) -> History | None:
        """Write down that the table in `data` is about to leave; what its manifest must tell."""
        if self._ledger and self._attempt:
            return self._ledger.record_release(self._attempt, release_id, data.read_bytes())
        return None
