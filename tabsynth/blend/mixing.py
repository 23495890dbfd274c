"""Rows of several tables in one, at shares met exactly, in random order, each with where it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from privacy import MARK, REAL, ConfigError, Event, OnEvent, percent, silent
from tabsynth.asked.shares import ROUNDING, counted_out
from tabsynth.blend.columns import alike
from tabsynth.blend.parts import Part
from tabsynth.blend.strata import Strata, chosen
from tabsynth.lineage.ancestry import Ancestor, Lineage
from tabsynth.source import require_unmarked

ANCHOR = 0.3
"""Share of real rows that keeps models which learn from each other's rows near to people. A tenth, with which a
language model lost little (Shumailov et al., AI models collapse when trained on recursively generated data, Nature
631, 2024, figure 1), is too few for tables: in the courses of `reports/benchmarks/collapse.md` trees on two of
three tables, and the copula on one, go on losing with a tenth of real rows; with three tenths trees do on one
table, and the network on another."""


@dataclass(frozen=True, slots=True, eq=False)
class Blended:
    """What came of it. table: with the column MARK, unless all rows are real. counts: rows taken of each part.

    warnings: what whoever uses the table should know.
    """

    table: pa.Table
    lineage: Lineage
    counts: tuple[int, ...]
    warnings: tuple[str, ...] = ()


def blend(
    parts: Sequence[Part],
    rows: int,
    rng: np.random.Generator,
    strata: Strata | None = None,
    anchor: float = ANCHOR,
    on_event: OnEvent = silent,
) -> Blended:
    """`rows` rows of the parts, by largest remainder, none taken twice.

    A real part without a share has the anchor's; anchor: least share of real rows, a warning says where there are
    fewer. strata: how the levels of a column are spread within each part; as it falls when None. Raises
    ConfigError for shares that do not sum to 1, SchemaError for unlike tables, SourceError for too few rows.
    """
    names = [f"--part {number}" for number in range(1, len(parts) + 1)]
    counts = counted_out(_shares(parts, anchor, names), rows)
    tables = alike([part.table for part in parts], names)
    require_unmarked(tables[0].column_names)
    starts = np.cumsum([0, *(table.num_rows for table in tables)])
    taken = []
    for number, (table, count) in enumerate(zip(tables, counts, strict=True)):
        on_event(Event("blending", number, len(parts)))
        taken.append(starts[number] + chosen(table, count, strata, rng, names[number]))
    narrow = np.int32 if starts[-1] < 2**31 else np.int64
    order = pa.array(rng.permutation(np.concatenate(taken)).astype(narrow))
    on_event(Event("blending", len(parts), len(parts)))
    mixed = pa.concat_tables(tables).take(order)
    words = pa.chunked_array([part.words for part in parts]).unify_dictionaries().combine_chunks().take(order)
    lineage = _lineage(parts, counts, rows)
    real_rows = pc.sum(pc.equal(pc.cast(words, pa.string()), REAL)).as_py() or 0
    table = mixed if lineage.label == REAL else mixed.append_column(MARK, words)
    return Blended(table, lineage, tuple(counts), _warnings(real_rows / rows, anchor))


def _shares(parts: Sequence[Part], anchor: float, names: Sequence[str]) -> list[float]:
    if not parts:
        raise ConfigError("there is nothing to blend", where="--part", todo="name a part or more")
    shares = []
    for part, name in zip(parts, names, strict=True):
        if part.share is None and part.lineage.root.kind != REAL:
            raise ConfigError("states no share", where=name, todo="add one, as in :30%")
        shares.append(anchor if part.share is None else part.share)
    if not all(0 < share <= 1 for share in shares):
        raise ConfigError("a share is not above 0 and at most 1", where="--part")
    if abs(sum(shares) - 1) > ROUNDING:
        unsaid = [name for part, name in zip(parts, names, strict=True) if part.share is None]
        default = f", with {percent(anchor)} for {' and '.join(unsaid)}, which states none" if unsaid else ""
        raise ConfigError(
            f"the shares sum to {sum(shares):.4%}{default}",
            where="--part",
            todo="state shares that sum to 100%",
        )
    return shares


def _lineage(parts: Sequence[Part], counts: Sequence[int], rows: int) -> Lineage:
    used = [(part.lineage, count) for part, count in zip(parts, counts, strict=True)]
    generation = max(lineage.root.generation for lineage, _ in used)
    return Lineage.made(Ancestor(kind="blend", generation=generation, rows=rows), used)


def _warnings(real: float, anchor: float) -> tuple[str, ...]:
    if real >= anchor:
        return ()
    return (
        f"{percent(real)} of the rows are real, under the anchor of {percent(anchor)}: models that learn from each"
        " other's rows drift away from people; add a part real=…, or say --anchor 0",
    )
