"""The statement that a release makes of itself: in-toto Statement v1 in a DSSE envelope.

https://github.com/in-toto/attestation, spec/v1. Its subjects are all other files of the bundle, its predicate
repeats what manifest and audit say. It holds nothing of its own, so `tabsynth verify` writes it again from them
and compares, and what the signature covers is what the reports show.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from privacy import Audit
from tabsynth.lineage.envelope import Envelope
from tabsynth.lineage.signing import Signer
from tabsynth.manifest import MANIFEST_FILE, Manifest, Signing, file_facts

STATEMENT_FILE = "statement.dsse.json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://pypi.org/project/tabsynth-privacy/predicates/synthetic-release/v1"
"""A name, not an address: nothing needs to be found there."""


def signing_of(signer: Signer | None) -> Signing | None:
    """What the manifest says of the key that is about to sign."""
    if signer is None:
        return None
    public = signer.public
    return Signing(key_id=public.id, public_key=base64.b64encode(public.der).decode())


def enveloped(manifest: Manifest, audit: Audit, signer: Signer | None) -> bytes:
    """The content of STATEMENT_FILE, signed where somebody does."""
    return Envelope.around(statement(manifest, audit), signer).to_bytes()


def statement(manifest: Manifest, audit: Audit) -> bytes:
    """The canonical JSON of the statement about a bundle."""
    told = {
        "_type": STATEMENT_TYPE,
        "subject": _subjects(manifest),
        "predicateType": PREDICATE_TYPE,
        "predicate": _predicate(manifest, audit),
    }
    return json.dumps(told, sort_keys=True, ensure_ascii=True, allow_nan=False).encode()


def _subjects(manifest: Manifest) -> list[dict[str, Any]]:
    digests = {name: facts.sha256 for name, facts in manifest.files.items()}
    digests[MANIFEST_FILE] = file_facts(manifest.to_bytes()).sha256
    return [{"name": name, "digest": {"sha256": digest}} for name, digest in sorted(digests.items())]


def _predicate(manifest: Manifest, audit: Audit) -> dict[str, Any]:
    said = manifest.model_dump(mode="json")
    return {
        "releaseId": manifest.release_id,
        "created": manifest.created,
        "synthetic": manifest.synthetic,
        "generation": manifest.generation,
        "generator": {"name": manifest.generator, "settings": said["settings"], "facts": said["facts"]},
        "config": said["config"],
        "versions": said["versions"],
        "commitments": said["commitments"],
        "policy": {"name": audit.policy.get("name"), "sha256": manifest.policy_sha256},
        "history": said["history"],
        "verdict": audit.verdict.model_dump(mode="json"),
        "minimumDetectableLeaks": _detectable(audit),
        "lineage": said["lineage"],
    }


def _detectable(audit: Audit) -> list[dict[str, Any]]:
    """The smallest leaks of each kind that the audit would have seen, as the report has them; several findings may
    carry the same."""
    found = dict.fromkeys(
        (
            finding.name.partition(": ")[0]
            if finding.name.startswith(("union of", "segment "))
            else "this table",
            seen,
        )
        for finding in audit.findings
        for seen in finding.detectable
    )
    told = {"leak", "dose_80", "dose_95", "tolerance"}
    return [{"of": scope, **seen.model_dump(mode="json", include=told)} for scope, seen in found]
