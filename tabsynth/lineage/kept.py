"""What the ancestors of a synthetic table kept of the people's diversity, as the audits of their releases say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from privacy import Label, Skipped
from tabsynth.lineage.ancestry import Ancestor, Lineage

Kept = dict[str, float]
"""Share of people's diversity by measure, see `privacy.followed`."""


@dataclass(frozen=True, slots=True, eq=False)
class _Stand:
    """kept: empty where there are people's own rows, None where an audit is missing. before: a generation ago."""

    kept: Kept | None
    before: _Stand | None = None


def kept_by_generation(lineage: Lineage) -> list[Kept]:
    """After each generation, from the first to the table itself; nothing where an ancestor's audit is not known.

    lineage: of a source. Of a blend, the part that kept least is followed. What was learnt from a blend with real
    rows in it was audited against these, so that nothing before them counts.
    """
    stands: dict[str, _Stand] = {}
    waiting = [lineage.of]
    while waiting:
        name = waiting[-1]
        table = lineage.tables[name]
        missing = [parent.table for parent in table.parents if parent.table not in stands]
        if missing:
            waiting += missing
            continue
        label = lineage.model_copy(update={"of": name}).label
        stands[waiting.pop()] = _stand(table, label, [stands[parent.table] for parent in table.parents])
    found: list[Kept] = []
    at: _Stand | None = stands[lineage.of]
    while at is not None and at.kept:
        found.append(at.kept)
        at = at.before
    return found[::-1]


def _stand(table: Ancestor, label: Label, parents: Sequence[_Stand]) -> _Stand:
    if label != "synthetic":
        return _Stand({})
    if table.kind == "blend":
        return min(parents, key=_least)
    source = parents[0].kept if parents else None
    if source is None or not table.diversity:
        return _Stand(None)
    if not source:
        return _Stand(dict(table.diversity))
    shares = {name: share * source[name] for name, share in table.diversity.items() if name in source}
    return _Stand(shares or None, parents[0])


def _least(stand: _Stand) -> float:
    """Unknown before anything that is known."""
    return min(stand.kept.values(), default=-1.0) if stand.kept else -1.0


def told_of_source(lineage: Lineage, kept: Sequence[Kept]) -> Skipped:
    """That train and control are synthetic themselves, and whether the lineage makes up for it."""
    known = (
        "; over all generations, see the measures of that name"
        if kept
        else ", and its lineage brings no audit that says how much"
    )
    return Skipped(
        name="distance from people",
        reason=f"the source is synthetic itself, of generation {lineage.root.generation}, and so are train and"
        f" control: no number here counts what earlier generations lost of the people{known}",
    )
