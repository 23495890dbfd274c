"""The ledger of a source: every attempt to release it, what came of it, and the tables that left.

An attempt is opened, on disk, before the audit is run and with its policy fixed; whatever happens then, it
counts. Every attempt has less of the policy's alpha than the one before (`privacy.spending`), and a table that was
released is kept, so that the next one is audited together with it. The head of the chain, the number of the
attempt and what came of the earlier ones go into the manifest.

What this cannot do: keep the owner of the key from deleting the ledger, or from beginning another one. Then the
next manifest says attempt 1, and only whoever holds an earlier manifest can tell.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from pydantic import ValidationError

from privacy import BundleError, Outcome, alpha_at, disk_errors, read_table
from tabsynth.attempts import Asked, Judged, Opened, Past, Released, entry_of
from tabsynth.chain import Chain, LedgerError, Link
from tabsynth.keys import default_key_path
from tabsynth.manifest import MANIFEST_FILE, History, Manifest, file_facts


@dataclass(frozen=True, slots=True)
class Attempt:
    """An opened attempt.

    number: which one of this source, from 1. alpha: what it may spend. opened: the sequence number of its entry.
    releases: SHA-256 of the tables of this source that had left by then; comparable: those among them that were
    made while the same people were train's. repeats: SHA-256 of the table that is made again, if one is.
    """

    asked: Asked
    number: int
    alpha: float
    opened: int
    releases: tuple[str, ...]
    comparable: tuple[str, ...]
    repeats: str | None = None


class Ledger:
    """The ledger in a folder, under a source key. Several programs may use it at once."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self._folder = folder
        self._chain = Chain(folder, key)

    def links(self) -> list[Link]:
        """All entries in their chain, verified; LedgerError when one is not as it was written."""
        with self._chain.held() as held:
            return list(held.links)

    def open_attempt(self, asked: Asked, alpha: float) -> Attempt:
        """Count one more attempt on this source, before anything is audited. alpha: the policy's.

        What was released is made again, for instance where a bundle was lost, under the number it had then: with
        the same input, options and seed nothing new can come of it.
        """
        with self._chain.held() as held:
            past = Past.of(held.links, asked)
            same = past.same(asked)
            if same is not None:
                entry = past.opened[same].model_copy(update={"repeats": same})
            else:
                entry = _next(past, asked, alpha)
            link = held.append(entry.model_dump(mode="json"))
        return Attempt(
            asked=asked,
            number=entry.attempt,
            alpha=entry.alpha,
            opened=link.sequence if same is None else same,
            releases=past.tables(asked, before=same),
            comparable=past.tables(asked, before=same, sides=asked.sides),
            repeats=None if same is None else past.table_of(same),
        )

    def record_verdict(self, attempt: Attempt, outcome: Outcome) -> None:
        """What came of the attempt."""
        with self._chain.held() as held:
            held.append(Judged(opened=attempt.opened, outcome=outcome).model_dump(mode="json"))

    def record_release(self, attempt: Attempt, release_id: str, data: bytes) -> History:
        """Keep the table that is about to leave, count it, and tell what its manifest must say.

        data: the content of data.parquet. Raises LedgerError when another table of this source left since the
        attempt was opened: the two were not audited together.
        """
        sha256 = file_facts(data).sha256
        with self._chain.held() as held:
            past = Past.of(held.links, attempt.asked)
            if attempt.repeats is None and past.tables(attempt.asked) != attempt.releases:
                raise LedgerError(
                    "another table of this source was released while this one was audited",
                    where=str(self._folder),
                    todo="run the release again: both are then audited together",
                )
            if attempt.repeats not in (None, sha256):
                raise LedgerError(
                    "these options and this seed gave another table when they were released before",
                    where=str(self._folder),
                    todo="name another seed: that is a new attempt",
                )
            self._keep(sha256, data)
            entry = Released(opened=attempt.opened, release_id=release_id, sha256=sha256)
            held.append(entry.model_dump(mode="json"))
            return History(
                attempt=attempt.number,
                alpha_spent=attempt.alpha,
                earlier_outcomes=past.outcomes_before(attempt.opened),
                policies=past.policies_until(attempt.opened),
                earlier_releases=len(attempt.releases),
                attempts_in_ledger=past.in_ledger,
                ledger_head=held.head,
            )

    def comparable_tables(self, attempt: Attempt) -> list[pd.DataFrame]:
        """The released tables to be audited together with the new one, each checked against its entry."""
        return [self._kept(sha256) for sha256 in attempt.comparable]

    def kept_tables(self) -> list[pd.DataFrame]:
        """All released tables of which a copy is still there, whatever their source; each checked."""
        entries = (entry_of(link) for link in self.links())
        released = dict.fromkeys(entry.sha256 for entry in entries if isinstance(entry, Released))
        return [self._kept(sha256) for sha256 in released if self._place(sha256).exists()]

    def _place(self, sha256: str) -> Path:
        return self._folder / "releases" / f"{sha256}.parquet"

    def _keep(self, sha256: str, data: bytes) -> None:
        place = self._place(sha256)
        with disk_errors(place):
            place.parent.mkdir(exist_ok=True, mode=0o700)
            with open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())

    def _kept(self, sha256: str) -> pd.DataFrame:
        place = self._place(sha256)
        if not place.is_file() or file_facts(place.read_bytes()).sha256 != sha256:
            raise LedgerError(
                "the copy of an earlier release is missing or altered",
                where=str(place),
                todo="put the data.parquet of that bundle there: all releases are audited together",
            )
        return read_table(place)


def _next(past: Past, asked: Asked, alpha: float) -> Opened:
    number = len(past.opened) + 1
    policies = {earlier.asked.policy_sha256 for earlier in past.opened.values()}
    return Opened(
        attempt=number,
        alpha=alpha_at(alpha, number),
        policy_changed=bool(policies - {asked.policy_sha256}),
        asked=asked,
    )


def ledger_folder(key_path: Path | None) -> Path:
    """Where the ledger lies unless the user names a folder: beside the key file."""
    place = key_path or default_key_path()
    return place.with_name(f"{place.name}.ledger")


def require_release(links: Sequence[Link], bundle: Path) -> None:
    """LedgerError unless these links hold the release of the bundle, as its manifest says.

    That fails where the ledger was begun anew, or cut off at an earlier entry.
    """
    path = bundle / MANIFEST_FILE
    try:
        manifest = Manifest.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        raise BundleError("cannot be read", where=str(path), todo="name a whole bundle") from None
    head = manifest.history.ledger_head if manifest.history else None
    released = [entry_of(link) for link in links if link.hash == head]
    if not any(isinstance(e, Released) and e.release_id == manifest.release_id for e in released):
        raise LedgerError(
            "this bundle's release does not stand in the ledger",
            where=str(bundle),
            todo="look for the ledger it was made with: this one is another, or was cut off or begun anew",
        )
