"""The bundle of a release that may leave: the table, all that is said of it, and what binds them together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from privacy import Audit, audit_files, schema_text, whole_folder
from tabsynth.booking import Booking
from tabsynth.factory import Made
from tabsynth.lineage.ancestry import Lineage
from tabsynth.lineage.card import CARD_FILE, card
from tabsynth.lineage.croissant import CROISSANT_FILE, croissant
from tabsynth.lineage.signing import Signer
from tabsynth.lineage.statement import STATEMENT_FILE, enveloped, signing_of
from tabsynth.manifest import MANIFEST_FILE, Commitments, Manifest, file_facts
from tabsynth.source import public_schema, with_mark, write_table

DATA_FILE, DATA_CSV = "data.parquet", "data.csv"
_TOLD_OF_THE_RUN = {"rows", "least", "split", "candidates", "targets", "pipeline", "tag", "need", "filter"}
"""Options that stand in the manifest: neither the seed nor anything of the machine."""


@dataclass(frozen=True, eq=False)
class Draft:
    """What a bundle is made of. lineage: of the rows, which are not yet marked."""

    made: Made
    audit: Audit
    commitments: Commitments
    lineage: Lineage
    signer: Signer | None = None


def write_bundle(draft: Draft, out: Path, booking: Booking) -> Manifest:
    """Write the bundle whole, and return its manifest. The ledger has the release before the bundle is there."""
    made, config, schema = draft.made, draft.made.config, public_schema(draft.made.model.schema)
    created = datetime.now(UTC).isoformat(timespec="seconds")
    signing = signing_of(draft.signer)
    with whole_folder(out) as folder:
        _write_tables(folder, draft)
        tables = {path.name: file_facts(path.read_bytes()) for path in sorted(folder.iterdir())}
        digest = tables[DATA_FILE].sha256
        facts = draft.audit.synthetic.model_copy(update={"sha256": digest})
        audit = draft.audit.model_copy(update={"synthetic": facts})
        lineage = draft.lineage.about(sha256=digest)
        write_files(folder, audit_files(audit))
        told = {
            "schema.toml": schema_text(schema).encode(),
            CROISSANT_FILE: croissant(lineage, created, schema, tables, config.about, tagged=config.tag),
            CARD_FILE: card(
                *(lineage, created, schema, audit, config.about, signing),
                rests_on=[standing.sentence() for standing in made.need],
                rules=[rule.text() for rule in made.model.rules],
                tagged=config.tag,
            ),
        }
        write_files(folder, told)
        manifest = Manifest(
            release_id=lineage.root.release_id,
            created=created,
            generation=lineage.root.generation,
            about=config.about,
            rows=len(made.table),
            columns=schema.names,
            generator=made.model.name,
            settings=made.model.settings | _choice_of_rows(made),
            facts=made.model.facts | made.facts(),
            config=config.model_dump(mode="json", include=_TOLD_OF_THE_RUN),
            versions=audit.versions,
            policy_sha256=audit.policy["sha256"],
            files={path.name: file_facts(path.read_bytes()) for path in sorted(folder.iterdir())},
            commitments=draft.commitments,
            history=booking.release(lineage.root.release_id, folder / DATA_FILE),
            lineage=lineage,
            signing=signing,
        ).sealed()
        statement = enveloped(manifest, audit, draft.signer)
        write_files(folder, {MANIFEST_FILE: manifest.to_bytes(), STATEMENT_FILE: statement})
    return manifest


def write_files(folder: Path, files: dict[str, bytes]) -> None:
    """Each content under its name."""
    for name, content in files.items():
        (folder / name).write_bytes(content)


def _write_tables(folder: Path, draft: Draft) -> None:
    table, config = draft.made.table, draft.made.config
    rows = with_mark(table, draft.lineage.mark) if config.tag else table
    write_table(rows, folder / DATA_FILE, draft.lineage)
    if config.csv:
        write_table(rows, folder / DATA_CSV)


def _choice_of_rows(made: Made) -> dict[str, Any]:
    selection = made.model.selection
    if selection is None:
        return {}
    return {"candidates": selection.candidates, "targets": made.config.targets}
