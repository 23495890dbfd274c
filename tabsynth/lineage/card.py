"""The data card of a release: one page of Markdown for whoever gets the table. No value of the source is on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from privacy import MARK, Audit, Schema, Treatment, escaped, percent
from tabsynth.lineage.ancestry import Lineage
from tabsynth.lineage.tree import in_words
from tabsynth.manifest import About, Signing

CARD_FILE = "card.md"
_HOW = {Treatment.MODEL: "learnt", Treatment.FAKE: "invented"}


def card(
    lineage: Lineage,
    created: str,
    schema: Schema,
    audit: Audit,
    about: About,
    signing: Signing | None,
    *,
    rests_on: Sequence[str],
    rules: Sequence[str],
    tagged: bool,
) -> bytes:
    """The content of CARD_FILE. lineage: of data.parquet. rests_on: how segments stood; rules: that rows meet, in
    words. tagged: whether its rows have the mark's column."""
    table = lineage.root
    parents = [in_words(lineage.tables[parent.table]) for parent in table.parents]
    said = {"licence": about.license, "creator": about.creator, "more": about.url}
    text = _template().render(
        table=table,
        title=about.title or f"Synthetic table {table.release_id}",
        about=about,
        said=[(label, text) for label, text in said.items() if text],
        created=created,
        rows=f"{table.rows or 0:,}",
        parents=parents or ["a regulated table"],
        signing=signing,
        verdict=audit.verdict,
        policy=audit.policy.get("name", "unnamed"),
        attempt=audit.attempt,
        leaks=_leaks(audit),
        rests_on=rests_on,
        rules=rules,
        tagged=tagged,
        mark=MARK,
        word=lineage.mark,
        columns=[
            {"name": c.name, "kind": c.kind, "role": c.role, "how": _HOW.get(c.released_as, "left out")}
            for c in schema
        ],
    )
    return str(text).encode()


def _template() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    # Markdown, not HTML: `escaped` disarms what either could read, and is asked for wherever text is foreign.
    environment = Environment(  # noqa: S701
        loader=PackageLoader("tabsynth.lineage", "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["escaped"] = escaped
    return environment.get_template("card.md.j2")


def _leaks(audit: Audit) -> list[dict[str, str]]:
    """What the policy limits, each once, from the findings about this table alone."""
    whole = audit.planted_among
    found = dict.fromkeys(
        seen
        for finding in audit.findings
        if not finding.name.startswith(("union of", "segment "))
        for seen in finding.detectable
        if seen.tolerance is not None
    )
    return [
        {
            "leak": seen.leak,
            "seen": f"{percent(seen.dose_95)} of {whole}" if seen.dose_95 is not None else "not seen",
            "limit": f"{percent(seen.tolerance or 0)} of {whole}",
        }
        for seen in found
    ]
