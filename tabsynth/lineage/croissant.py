"""The release as a Croissant 1.1 data set: JSON-LD that catalogues and machine-learning tools read.

https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html. Its @context is the one of the specification's
appendix 1, with the words of PROV-O (https://www.w3.org/TR/prov-o/) for where the table came from. Column names
are the maker's own; no value of the table is told.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from privacy import MARK, Kind, Schema
from tabsynth.lineage.ancestry import Ancestor, Lineage
from tabsynth.lineage.tree import in_words
from tabsynth.manifest import About, FileFacts

CROISSANT_FILE = "croissant.json"
CONFORMS_TO = "http://mlcommons.org/croissant/1.1"

_OWN_WORDS = (
    *(
        "arrayShape",
        "citeAs",
        "column",
        "containedIn",
        "equivalentProperty",
        "extract",
        "field",
        "fileProperty",
    ),
    *("fileObject", "fileSet", "format", "includes", "isArray", "isLiveDataset", "jsonPath", "key", "md5"),
    *("parentField", "path", "recordSet", "references", "regex", "repeated", "replace", "samplingRate"),
    *("separator", "source", "subField", "transform"),
)
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "sc": "https://schema.org/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "prov": "http://www.w3.org/ns/prov#",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
    **{word: f"cr:{word}" for word in _OWN_WORDS},
}
_MEDIA_TYPES = {"data.parquet": "application/x-parquet", "data.csv": "text/csv"}
_DATA_TYPES = {
    Kind.NUMERIC: "sc:Float",
    Kind.BOOLEAN: "sc:Boolean",
    Kind.DATETIME: "sc:DateTime",
}


def croissant(
    lineage: Lineage,
    created: str,
    schema: Schema,
    tables: Mapping[str, FileFacts],
    about: About,
    *,
    tagged: bool,
) -> bytes:
    """The content of CROISSANT_FILE.

    lineage: of data.parquet. tables: the files with the rows. tagged: whether these have the mark's column.
    """
    table = lineage.root
    told: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": about.title or f"synthetic-{table.release_id}",
        "description": _description(about, table),
        "identifier": table.release_id,
        "version": f"{table.generation}.0.0",
        "datePublished": created,
        "keywords": ["synthetic data", f"generation {table.generation}"],
        "prov:wasGeneratedBy": {
            "@type": "prov:Activity",
            "prov:label": f"tabsynth, generator {table.generator}",
        },
        "prov:wasDerivedFrom": [_parent(lineage.tables[parent.table]) for parent in table.parents],
        "distribution": [_file(name, facts) for name, facts in tables.items()],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "rows",
                "name": "rows",
                "description": "One synthetic record a row.",
                "field": [_field(name, kind) for name, kind in _columns(schema, tagged)],
            }
        ],
    }
    if about.license:
        told["license"] = about.license
    if about.url:
        told["url"] = about.url
    if about.creator:
        told["creator"] = {"@type": "sc:Organization", "name": about.creator}
    return (json.dumps(told, indent=1, ensure_ascii=True) + "\n").encode()


def _parent(table: Ancestor) -> dict[str, Any]:
    return {"@type": "prov:Entity", "prov:label": in_words(table)}


def _description(about: About, table: Ancestor) -> str:
    made = (
        f"Synthetic rows of generation {table.generation}, drawn by the generator {table.generator} of tabsynth. "
        "They were not taken from people. What the privacy audit found, and how small a leak it would have seen, "
        "stands in card.md and audit.json."
    )
    return f"{about.description} {made}".strip()


def _file(name: str, facts: FileFacts) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "contentSize": f"{facts.bytes} B",
        "encodingFormat": _MEDIA_TYPES[name],
        "sha256": facts.sha256,
    }


def _columns(schema: Schema, tagged: bool) -> list[tuple[str, str]]:
    columns = [
        (
            column.name,
            "sc:Integer" if _whole(column.kind, column.decimals) else _DATA_TYPES.get(column.kind, "sc:Text"),
        )
        for column in schema
    ]
    return [*columns, (MARK, "sc:Text")] if tagged else columns


def _whole(kind: Kind, decimals: int | None) -> bool:
    return kind is Kind.NUMERIC and decimals == 0


def _field(name: str, kind: str) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"rows/{name}",
        "name": name,
        "dataType": kind,
        "source": {"fileObject": {"@id": "data.parquet"}, "extract": {"column": name}},
    }
