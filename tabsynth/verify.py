"""The recipient's check of a bundle: offline, with nothing but the bundle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
from pydantic import ValidationError

from privacy import (
    MARK,
    Audit,
    BundleError,
    Outcome,
    UserError,
    load_audit,
    load_schema,
)
from tabsynth.lineage.card import CARD_FILE
from tabsynth.lineage.checks import origin_problems, statement_problems
from tabsynth.lineage.croissant import CROISSANT_FILE
from tabsynth.lineage.signing import PublicKey
from tabsynth.lineage.statement import STATEMENT_FILE
from tabsynth.manifest import FORMAT, MANIFEST_FILE, Manifest, file_facts

REQUIRED = (
    *("audit.json", CARD_FILE, CROISSANT_FILE, "data.parquet", "report.html", "report.md", "schema.toml"),
)


def verify(bundle: Path, key: PublicKey | None = None) -> list[str]:
    """What is wrong with the bundle, one line each; an empty list when nothing is.

    key: whose signature it must bear. Without one a signature is checked against the key that the bundle itself
    names, which shows damage and not who signed. Raises BundleError when the folder is no bundle at all.
    """
    manifest = read_manifest(bundle)
    if isinstance(manifest, str):
        return [manifest]
    problems = [*_files(bundle, manifest)] or [*_consistency(bundle, manifest)]
    if problems:
        return problems
    content, audit = (bundle / STATEMENT_FILE).read_bytes(), load_audit(bundle / "audit.json")
    return [*statement_problems(content, manifest, audit, key)]


def read_manifest(bundle: Path) -> Manifest | str:
    """The manifest of a bundle, or what is wrong with it. BundleError when the folder is no bundle at all."""
    path = bundle / MANIFEST_FILE
    if not bundle.exists():
        raise BundleError("there is no such folder", where=str(bundle), todo="check the path")
    if path.is_symlink() or not path.is_file():
        raise BundleError(
            "is not a release bundle: it has no manifest.json",
            where=str(bundle),
            todo="name the folder that tabsynth release wrote with verdict pass",
        )
    content = path.read_bytes()
    try:
        manifest = Manifest.model_validate_json(content)
    except ValidationError:
        if b'"tabsynth-bundle/' in content and FORMAT.encode() not in content:
            return f"{MANIFEST_FILE} is of another format than {FORMAT}: verify it with the version that wrote it"
        return f"{MANIFEST_FILE} is damaged or was altered: it does not read as a manifest"
    if content != manifest.to_bytes() or manifest.digest() != manifest.manifest_sha256:
        return f"{MANIFEST_FILE} was altered: its content does not match its own digest"
    return manifest


def _files(bundle: Path, manifest: Manifest) -> Iterator[str]:
    """Every file as the manifest says, and no other."""
    for name in REQUIRED:
        if name not in manifest.files:
            yield f"{name} is not listed in the manifest"
    for name, facts in manifest.files.items():
        path = bundle / name
        if Path(name).name != name:
            yield "the manifest lists a file outside the bundle"
        elif path.is_symlink() or not path.is_file():
            yield f"{name} is missing"
        elif path.stat().st_size != facts.bytes or file_facts(path.read_bytes()) != facts:
            yield f"{name} was altered: its SHA-256 is not the manifest's"
    statement = bundle / STATEMENT_FILE
    if statement.is_symlink() or not statement.is_file():
        yield f"{STATEMENT_FILE} is missing"
    for path in sorted(bundle.iterdir()):
        if path.name not in {*manifest.files, MANIFEST_FILE, STATEMENT_FILE}:
            yield f"{path.name} does not belong to the bundle"


def _consistency(bundle: Path, manifest: Manifest) -> Iterator[str]:
    """Manifest, data, schema and audit speak of the same table, and the audit lets it pass."""
    try:
        audit = load_audit(bundle / "audit.json")
        schema = load_schema(bundle / "schema.toml")
        data = pq.ParquetFile(bundle / "data.parquet")
    except (UserError, OSError, ValueError) as error:
        yield (
            f"a file cannot be read: {error}"
            if isinstance(error, UserError)
            else "data.parquet cannot be read"
        )
        return
    named = tuple(name for name in data.schema_arrow.names if name != MARK or MARK in schema.names)
    if named != schema.names or schema.names != manifest.columns:
        yield "data.parquet, schema.toml and manifest.json name different columns"
    if not data.metadata.num_rows == manifest.rows == audit.synthetic.rows:
        yield "data.parquet, audit.json and manifest.json count different rows"
    yield from _audit(audit, manifest)
    yield from origin_problems(data, manifest)


def _audit(audit: Audit, manifest: Manifest) -> Iterator[str]:
    if audit.verdict.outcome is not Outcome.PASS:
        yield f"the audit's verdict is {audit.verdict.outcome}, not pass"
    if any(finding.gating and finding.status != "bounded" for finding in audit.findings):
        yield "audit.json says pass, but one of the findings it rests on is not bounded"
    if not all(check.passed for check in audit.checks):
        yield "audit.json says pass, but one of the conditions it rests on does not hold"
    if audit.synthetic.sha256 != manifest.files["data.parquet"].sha256:
        yield "audit.json is about another table than data.parquet"
    if audit.policy.get("sha256") != manifest.policy_sha256:
        yield "audit.json was judged by another policy than manifest.json names"
    yield from _history(audit, manifest)


def _history(audit: Audit, manifest: Manifest) -> Iterator[str]:
    """The audit was run as the attempt that the ledger counted, and with the releases that it knows."""
    told = manifest.history
    if (told.attempt if told else None) != audit.attempt:
        yield "audit.json and manifest.json count different attempts"
    elif told and told.earlier_releases != audit.earlier_releases:
        yield "audit.json and manifest.json count different earlier releases"
    elif told and told.alpha_spent != audit.policy.get("alpha_spent"):
        yield "audit.json and manifest.json spend different alphas"
    elif told and sum(told.earlier_outcomes.values()) < told.attempt - 1:
        yield "manifest.json does not say what came of every earlier attempt"
