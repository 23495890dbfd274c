"""The manifest of a bundle: what is in it, how it was made, and the hashes that bind it together.

The file is canonical JSON and carries a digest of itself, so that no byte of it can change unnoticed. That
guards against damage and careless edits. Against somebody who rewrites the whole bundle there is the signed
statement (`tabsynth.lineage.statement`), or the `manifest_sha256` that `tabsynth release` printed, sent by another
way.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tabsynth.lineage.ancestry import Lineage

MANIFEST_FILE = "manifest.json"
FORMAT: Literal["tabsynth-bundle/2"] = "tabsynth-bundle/2"


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


class Signing(BaseModel):
    """Whose signature the statement bears, by the bundle's own word.

    key_id: see `PublicKey`. public_key: base64 of the SubjectPublicKeyInfo, to see damage with; who its owner is,
    only a key from elsewhere can tell.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key_id: str
    public_key: str


class About(BaseModel):
    """What the maker may say of a release, for data card and catalogues; left out of them when empty.

    license, url: a URL each. creator: a person or an organisation.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = ""
    description: str = ""
    license: str = ""
    creator: str = ""
    url: str = ""


class Manifest(BaseModel):
    """What a recipient needs to check a bundle, offline. history: None where nobody kept a ledger.

    generation: 1 where the source was of real rows, one more than that of a source which was not. config: the
    options of the run, without its seed. lineage: of data.parquet. signing: None where nobody signed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["tabsynth-bundle/2"] = FORMAT
    release_id: str
    created: str
    synthetic: Literal[True] = True
    generation: Annotated[int, Field(ge=1)]
    about: About = About()
    rows: int
    columns: tuple[str, ...]
    generator: str
    settings: dict[str, Any]
    facts: dict[str, Any]
    config: dict[str, Any] = Field(default_factory=dict)
    versions: dict[str, str]
    policy_sha256: str
    commitments: Commitments
    history: History | None = None
    lineage: Lineage
    signing: Signing | None = None
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


def told_of_signature(manifest: Manifest, checked: bool = False) -> str:
    """Who signed, in words. checked: against a key from elsewhere than the bundle."""
    if manifest.signing is None:
        return "not signed: whoever can write to the folder can have written all of it; sign with --sign KEY"
    key = f"signed by the key {manifest.signing.key_id}"
    return key if checked else f"{key}: whose that is, only a --public-key from elsewhere can tell"
