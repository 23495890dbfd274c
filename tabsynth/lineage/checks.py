"""What a recipient can check of a bundle's provenance: the marks of its table, its statement, the signature."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pyarrow.parquet as pq

from privacy import MARK, Audit, UserError, lifted
from tabsynth.lineage.ancestry import lineage_of
from tabsynth.lineage.envelope import IN_TOTO, Envelope
from tabsynth.lineage.signing import PublicKey
from tabsynth.lineage.statement import STATEMENT_FILE, statement
from tabsynth.manifest import MANIFEST_FILE, Manifest


def origin_problems(data: pq.ParquetFile, manifest: Manifest) -> Iterator[str]:
    """The table says of itself what the manifest says of it, and holds no real row."""
    table = data.read(columns=[MARK] if MARK in data.schema_arrow.names else [])
    marks = lifted(table.replace_schema_metadata(data.schema_arrow.metadata))[1]
    try:
        told = lineage_of(marks, data.metadata.num_rows, "data.parquet")
    except UserError as error:
        yield str(error)
        return
    if marks.label != "synthetic":
        yield "data.parquet does not say of all its rows that they are synthetic: it is no release"
    elif told.about(sha256=manifest.files["data.parquet"].sha256) != manifest.lineage:
        yield "data.parquet and manifest.json tell different origins"
    elif {str(mark) for mark in marks.counts} - {manifest.lineage.mark}:
        yield "rows of data.parquet bear another mark than manifest.json tells"
    root = manifest.lineage.root
    if (root.release_id, root.generation) != (manifest.release_id, manifest.generation):
        yield "manifest.json tells two generations, or two releases"


def statement_problems(
    content: bytes, manifest: Manifest, audit: Audit, key: PublicKey | None
) -> Iterator[str]:
    """What is wrong with the statement: it says what manifest and audit say, and is signed by whom it must be."""
    envelope = Envelope.read(content)
    if envelope is None:
        yield f"{STATEMENT_FILE} is damaged or was altered: it does not read as an envelope"
        return
    if (envelope.payloadType, envelope.body) != (IN_TOTO, statement(manifest, audit)):
        yield f"{STATEMENT_FILE} was altered: it does not say what the other files say"
        return
    told = manifest.signing
    if [signature.keyid for signature in envelope.signatures] != ([told.key_id] if told else []):
        yield f"{STATEMENT_FILE} is not signed by the key that {MANIFEST_FILE} names"
    elif told and not (own := _own_key(manifest)):
        yield f"{MANIFEST_FILE} names a key that is none"
    elif told and own and not envelope.signed_by(own):
        yield f"{STATEMENT_FILE} was altered: its signature is not that of the key in {MANIFEST_FILE}"
    elif key is not None and not told:
        yield f"{STATEMENT_FILE} is not signed: anybody can have written this bundle"
    elif key is not None and told and not envelope.signed_by(key):
        yield f"{STATEMENT_FILE} is signed by the key {told.key_id[:16]}…, not by the one given, {key.id[:16]}…"


def _own_key(manifest: Manifest) -> PublicKey | None:
    """The key that a manifest names; None where it is none, or another than its id says."""
    if manifest.signing is None:
        return None
    try:
        key = PublicKey.of_der(base64.b64decode(manifest.signing.public_key, validate=True))
    except ValueError:
        return None
    return key if key.id == manifest.signing.key_id else None
