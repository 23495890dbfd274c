"""An append-only file of JSON lines, each bound to the one before by a keyed hash.

The hash of a line is an HMAC-SHA256 under the source key over the line and the hash of its predecessor. So no line
can be changed, moved or taken out of the middle without the key, and with it only by writing all that follow
anew, which changes the last hash: the head, of which every manifest carries a copy. Lines cut off at the end are
seen where somebody holds a later head. That the whole file is deleted cannot be prevented here.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from privacy import UserError, disk_errors
from tabsynth.keys import keyed_hash

START = "0" * 64
"""What stands before the first line."""

_RESTORE = (
    "put the ledger back from a backup; without one, move the folder away: counting starts anew, and the manifests"
    " of later releases will show it"
)


class LedgerError(UserError):
    """The ledger is damaged, altered or of another key."""


class Link(BaseModel):
    """One line. previous: the hash of the line before. hash: over everything else in this one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sequence: int
    time: str
    content: dict[str, Any]
    previous: str
    hash: str = ""

    def sealed(self, key: bytes) -> Link:
        """The link with its hash filled in."""
        told = self.model_dump(mode="json", exclude={"hash"})
        return self.model_copy(update={"hash": keyed_hash(key, "ledger", _canonical(told))})

    def to_line(self) -> bytes:
        """The one way this link is written."""
        return _canonical(self.model_dump(mode="json")) + b"\n"


@dataclass(frozen=True, slots=True)
class Chain:
    """The file `entries.jsonl` in a folder of its own, readable by its owner alone.

    Every use holds a lock on the folder, so that of two programs at once the second sees what the first wrote.
    """

    folder: Path
    key: bytes

    @property
    def path(self) -> Path:
        return self.folder / "entries.jsonl"

    @contextmanager
    def held(self) -> Iterator[Held]:
        """The chain read, checked and locked against others; made when it is not there.

        Raises LedgerError where a line does not follow from the one before, SourceError from the disk.
        """
        with disk_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield Held(self, self._read())
        finally:
            os.close(lock)

    def _read(self) -> list[Link]:
        """All links, each checked against its own hash and the one before."""
        with disk_errors(self.path):
            lines = self.path.read_bytes().splitlines(keepends=True) if self.path.exists() else []
        links: list[Link] = []
        for at, line in enumerate(lines):
            link = self._checked(line, at, links[-1].hash if links else START)
            if link is None:
                fault = "was changed, moved or cut" if links else "was changed, or written under another key"
                raise LedgerError(
                    f"entry {at + 1} of {len(lines)} {fault}", where=str(self.path), todo=_RESTORE
                )
            links.append(link)
        return links

    def _checked(self, line: bytes, at: int, previous: str) -> Link | None:
        try:
            link = Link.model_validate_json(line)
        except ValidationError:
            return None
        whole = link.to_line() == line and link.sealed(self.key).hash == link.hash
        return link if whole and link.sequence == at + 1 and link.previous == previous else None


@dataclass(frozen=True, slots=True)
class Held:
    """A chain while nobody else can write to it."""

    chain: Chain
    links: list[Link]

    @property
    def head(self) -> str:
        """The last hash."""
        return self.links[-1].hash if self.links else START

    def append(self, content: dict[str, Any]) -> Link:
        """Write one more line, and return when it is on the disk."""
        link = Link(
            sequence=len(self.links) + 1,
            time=datetime.now(UTC).isoformat(timespec="seconds"),
            content=content,
            previous=self.head,
        ).sealed(self.chain.key)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        with disk_errors(self.chain.path), open(os.open(self.chain.path, flags, 0o600), "ab") as file:
            size = file.tell()
            try:
                file.write(link.to_line())
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                file.truncate(size)
                raise
        self.links.append(link)
        return link


def _canonical(content: dict[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
