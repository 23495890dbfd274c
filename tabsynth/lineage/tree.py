"""A lineage as a tree of text: the table on top, below it what it was learnt or taken from."""

from __future__ import annotations

from privacy import one_line
from tabsynth.lineage.ancestry import Ancestor, Lineage, Parent

_SHOWN_DIGITS = 12
_LARGEST = 10_000
"""Lines; a tree in which ancestors meet again grows faster than their number."""


def lines(lineage: Lineage) -> list[str]:
    """One line a table. An ancestor that came up before is named again without its own ancestors."""
    drawn: list[str] = [in_words(lineage.root)]
    seen = {lineage.of}
    waiting = _below(lineage.root, "")
    while waiting and len(drawn) < _LARGEST:
        parent, begin, indent = waiting.pop()
        table = lineage.tables[parent.table]
        again = parent.table in seen and bool(table.parents)
        taken = "" if parent.rows is None else f"{parent.rows:,} rows of: "
        drawn.append(f"{indent}{begin}{taken}{in_words(table)}{' (see above)' if again else ''}")
        if not again:
            seen.add(parent.table)
            waiting += _below(table, indent + ("   " if begin.startswith("└") else "│  "))
    return drawn


def _below(table: Ancestor, indent: str) -> list[tuple[Parent, str, str]]:
    """The parents of a table, the last one first: they are taken from the end."""
    last = len(table.parents) - 1
    found = [(parent, "└─ " if at == last else "├─ ", indent) for at, parent in enumerate(table.parents)]
    return found[::-1]


def in_words(table: Ancestor) -> str:
    """What is known of one table, on one line."""
    if table.kind == "real":
        facts = ["real"]
    elif table.kind == "blend":
        facts = [f"blend, generation {table.generation} at most"]
    else:
        facts = [f"synthetic, generation {table.generation}, {one_line(table.generator, 40)}"]
    facts += [f"release {table.release_id}"] if table.release_id else []
    facts += [f"{table.rows:,} rows"] if table.rows is not None else []
    facts += [f"sha256 {table.sha256[:_SHOWN_DIGITS]}"] if table.sha256 else []
    facts += [f"source commitment {table.commitment[:_SHOWN_DIGITS]}"] if table.commitment else []
    return ", ".join(facts)
