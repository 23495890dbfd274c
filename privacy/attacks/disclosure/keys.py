"""Which columns the attacker is taken to know, by a rule that looks at no label and leaves no choice."""

from __future__ import annotations

from privacy.attacks.cells import MOST_VALUES, cell_count
from privacy.evidence import Evidence
from privacy.schema import Role

MOST_KEYS = 4


def chosen_keys(evidence: Evidence) -> tuple[tuple[str, ...], str]:
    """The keys in schema order, at least one, and a sentence part that says why these.

    The declared quasi-identifiers. Where there are none, up to four columns, not sensitive where that leaves any:
    those with the most cells in the pool, from 2 to 100, numbers of more values counted as twentieths; the first
    of equals.
    """
    columns = evidence.schema.compared
    declared = tuple(column.name for column in columns if column.role is Role.QUASI_IDENTIFIER)
    if declared:
        return declared, "The keys are the declared quasi-identifiers"
    plain = [column.name for column in columns if column.role is not Role.SENSITIVE]
    names = plain or [column.name for column in columns]
    cells = {name: cell_count(evidence, name) for name in names}
    shared = [name for name in names if 2 <= cells[name] <= MOST_VALUES] or names
    most = sorted(shared, key=lambda name: -cells[name])[: min(MOST_KEYS, len(columns) - 1)]
    why = f"No quasi-identifier is declared: the {len(most)} columns with the most shared values are the keys"
    return tuple(name for name in names if name in most), why
