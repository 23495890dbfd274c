"""The manifest of a bundle: what is in it, how it was made, and the hashes that bind it together.

The file is canonical JSON and carries a digest of itself, so that no byte of it can change unnoticed. That
guards against damage and careless edits. Against somebody who rewrites the whole bundle, compare the
`manifest_sha256` that `tabsynth release` printed, sent by another way.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

MANIFEST_FILE = "manifest.json"


class FileFacts(BaseModel):
    """A file of the bundle."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str
    bytes: Annotated[int, Field(ge=0)]


class Commitments(BaseModel):
    """HMACs under the source key: they bind the maker, and tell a recipient nothing.

    source: over the source table. split: over who was train, development and control. seed: over the seed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    split: str
    seed: str


class History(BaseModel):
    """What the ledger says of the source: how often it was tried, and what left before.

    attempt: which one this is, from 1. alpha_spent: what it could use of the policy's alpha. earlier_outcomes:
    what came of the attempts before, by verdict, "unfinished" where there was none. policies: how many different
    ones were tried, this one included. earlier_releases: tables of this source that left before.
    attempts_in_ledger: of all sources under this key. ledger_head: the hash of the entry about this release;
    whoever has it can ask the maker to show a ledger in which it stands.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    attempt: Annotated[int, Field(ge=1)]
    alpha_spent: Annotated[float, Field(gt=0, lt=1)]
    earlier_outcomes: dict[str, int]
    policies: Annotated[int, Field(ge=1)]
    earlier_releases: Annotated[int, Field(ge=0)]
    attempts_in_ledger: Annotated[int, Field(ge=1)]
    ledger_head: str


class Manifest(BaseModel):
    """What a recipient needs to check a bundle, offline. history: None where nobody kept a ledger."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["tabsynth-bundle/1"] = "tabsynth-bundle/1"
    release_id: str
    created: str
    synthetic: Literal[True] = True
    rows: int
    columns: tuple[str, ...]
    generator: str
    settings: dict[str, Any]
    facts: dict[str, Any]
    versions: dict[str, str]
    policy_sha256: str
    commitments: Commitments
    history: History | None = None
    files: dict[str, FileFacts]
    manifest_sha256: str = ""

    def sealed(self) -> Manifest:
        """The manifest with the digest of its own content filled in."""
        return self.model_copy(update={"manifest_sha256": self.digest()})

    def digest(self) -> str:
        """SHA-256 of the canonical JSON of everything but the digest itself."""
        content = self.model_dump(mode="json", exclude={"manifest_sha256"})
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def to_bytes(self) -> bytes:
        """The one way this manifest is written."""
        return (json.dumps(self.model_dump(mode="json"), indent=1, sort_keys=True) + "\n").encode()


def file_facts(content: bytes) -> FileFacts:
    """Hash and size of a file's content."""
    return FileFacts(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
