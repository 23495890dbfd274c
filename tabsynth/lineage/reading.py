"""The lineage of whatever lies in a place: a table's file, a bundle, a model."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pyarrow as pa

from privacy import BundleError, Marks, lifted, read_arrow
from tabsynth.artifact import Model, drawn_from
from tabsynth.lineage.ancestry import Lineage, lineage_of, real
from tabsynth.lineage.sidecar import read_sidecar, sidecar_of
from tabsynth.lineage.signing import PublicKey
from tabsynth.manifest import file_facts
from tabsynth.verify import read_manifest, verify


def lineage_at(place: Path) -> Lineage:
    """The lineage of the table in a file or in a bundle, or of the rows that a model file draws.

    A bundle is verified first; BundleError names what is wrong. SourceError where there is nothing to read.
    """
    if place.is_dir():
        return bundle_lineage(place)
    if zipfile.is_zipfile(place):
        model = Model.load(place)
        return drawn_from(model, model.learnt_from or real())
    return read_traced(place)[2]


def bundle_lineage(bundle: Path, key: PublicKey | None = None) -> Lineage:
    """The lineage of a bundle's data.parquet, after the whole bundle was verified."""
    problems = verify(bundle, key)
    manifest = read_manifest(bundle)
    if problems or isinstance(manifest, str):
        raise BundleError(problems[0], where=str(bundle), todo="fetch the bundle again from whoever made it")
    return manifest.lineage


def read_traced(path: Path, key: PublicKey | None = None) -> tuple[pa.Table, Marks, Lineage]:
    """The table of a file without its marks, these, and where it came from, see `traced`."""
    table, marks = lifted(_without_index(read_arrow(path)))
    return table, marks, traced(path, marks, table.num_rows, key)


def traced(path: Path, marks: Marks, rows: int, key: PublicKey | None = None) -> Lineage:
    """Where the table in a file came from: by the statement beside it, or by its marks where they tell more.

    BundleError when the file and the statement do not belong together, or where a key is given and there is no
    statement that it signed. Without a key nobody asks who made the statement.
    """
    sha256 = file_facts(path.read_bytes()).sha256
    told = read_sidecar(path, sha256, key)
    if told is None and key is not None:
        todo = f"bring {sidecar_of(path).name}"
        raise BundleError("nobody signed for this table", where=str(path), todo=todo)
    marked = lineage_of(marks, rows, str(path)).about(sha256=sha256)
    if told is None or marked.root.generation > told.root.generation:
        return marked
    return told if marked.label in (told.label, "real") else marked


def verify_table(path: Path, key: PublicKey | None = None) -> list[str]:
    """What is wrong with a table and the statement beside it, at most one line; an empty list when nothing is.

    key: who must have signed it. Without one, nobody asks who made the statement.
    """
    try:
        lineage = read_traced(path, key)[2]
        told = read_sidecar(path, lineage.root.sha256, key)
    except BundleError as error:
        return [str(error)]
    if told is None:
        return [f"{path}: has no statement beside it: bring {sidecar_of(path).name}"]
    if told != lineage:
        return [f"{path}: its rows say otherwise of their origin than {sidecar_of(path).name}"]
    return []


def _without_index(table: pa.Table) -> pa.Table:
    """Without the row labels that pandas writes into a file as a column where they are not plain numbers."""
    told = table.schema.pandas_metadata or {}
    labels = [name for name in told.get("index_columns", []) if isinstance(name, str)]
    return table.drop_columns([name for name in labels if name.startswith("__index_level_")])
