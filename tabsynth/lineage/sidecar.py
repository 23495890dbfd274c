"""The statement beside a table that is no release: in-toto Statement v1 about one file, in a DSSE envelope.

`rows.parquet` has it in `rows.parquet.origin.json`. It binds where the table came from to the bytes of the file,
which metadata inside the file cannot, and gives a .csv file a lineage at all.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from privacy import BundleError, disk_errors, require_new_file, whole_file
from tabsynth.lineage.ancestry import Lineage
from tabsynth.lineage.envelope import IN_TOTO, Envelope
from tabsynth.lineage.signing import PublicKey, Signer
from tabsynth.lineage.statement import STATEMENT_TYPE
from tabsynth.manifest import file_facts

PREDICATE_TYPE = "https://pypi.org/project/tabsynth-privacy/predicates/table-origin/v1"
_AGAIN = "fetch both files again from whoever made them, or make the table again"


def sidecar_of(table: Path) -> Path:
    """Where the statement about a table's file lies."""
    return table.with_name(f"{table.name}.origin.json")


def require_new_table(table: Path) -> None:
    """ConfigError or SourceError unless a table and the statement beside it can be made, over nothing else."""
    require_new_file(table)
    require_new_file(sidecar_of(table))


def write_sidecar(table: Path, lineage: Lineage, signer: Signer | None = None) -> None:
    """Write the statement about the file `table`, which is there already."""
    place = sidecar_of(table)
    sha256 = file_facts(table.read_bytes()).sha256
    envelope = Envelope.around(_statement(lineage.about(sha256=sha256)), signer)
    with disk_errors(place), whole_file(place) as draft:
        draft.write_bytes(envelope.to_bytes())


def read_sidecar(table: Path, sha256: str, key: PublicKey | None) -> Lineage | None:
    """The lineage that the statement beside the table tells, which has this SHA-256; None where there is none.

    BundleError when the statement is damaged, about other bytes, or not signed by `key`, where one is given.
    """
    place = sidecar_of(table)
    try:
        content = place.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BundleError(f"cannot be read: {error.strerror}", where=str(place)) from None
    envelope = Envelope.read(content)
    lineage = _told(envelope) if envelope else None
    if envelope is None or lineage is None:
        raise BundleError("is damaged or was altered", where=str(place), todo=_AGAIN)
    if lineage.root.sha256 != sha256:
        raise BundleError(
            f"was altered: its SHA-256 is not the one in {place.name}", where=str(table), todo=_AGAIN
        )
    if key is not None and not envelope.signed_by(key):
        raise BundleError(f"is not signed by the key given, {key.id[:16]}…", where=str(place), todo=_AGAIN)
    return lineage


def _statement(lineage: Lineage) -> bytes:
    told = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": "table", "digest": {"sha256": lineage.root.sha256}}],
        "predicateType": PREDICATE_TYPE,
        "predicate": {"label": lineage.label, "lineage": lineage.model_dump(mode="json")},
    }
    return json.dumps(told, sort_keys=True, ensure_ascii=True, allow_nan=False).encode()


def _told(envelope: Envelope) -> Lineage | None:
    """The lineage in an envelope; None unless it is what we would write about it."""
    try:
        told: Any = json.loads(envelope.body)
        lineage = Lineage.model_validate(told["predicate"]["lineage"])
    except (ValueError, KeyError, TypeError, RecursionError, ValidationError):
        return None
    return lineage if (envelope.payloadType, envelope.body) == (IN_TOTO, _statement(lineage)) else None
