"""What the tables of an audit say of their own rows, and what that does to the question."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa

from privacy.result import Skipped
from privacy.tables import MARK, Marks, as_frame, lifted
from privacy.wording import SMALL_CELL


def unmarked_frame(table: Any) -> tuple[pd.DataFrame, Marks]:
    """A table as a frame without the column of marks, and what it says of its rows."""
    frame = as_frame(table)
    if MARK not in frame.columns:
        return frame, Marks()
    words = [word if isinstance(word, str) else None for word in frame[MARK]]
    kept, marks = lifted(pa.table({MARK: pa.array(words, pa.string())}))
    return (frame if kept.num_columns else frame.drop(columns=MARK)), marks


def origin_doubts(train: Marks, control: Marks, synthetic: Marks) -> list[Skipped]:
    """What the tables' own marks say against the question: real rows under the synthetic ones, and synthetic ones
    where people should be. With real rows in it nothing can pass as a synthetic table."""
    doubts = []
    if synthetic.label == "mixed":
        count = synthetic.real_rows or 0
        many = f"{count:,} " if count >= SMALL_CELL else ""
        reason = (
            f"the synthetic table says itself that it holds {many}real rows: it is a blend, and no release"
        )
        doubts.append(Skipped(name="origin of synthetic", reason=reason, gating=True))
    for name, marks in (("train", train), ("control", control)):
        if marks.label != "real":
            reason = (
                f"rows of {name} say themselves that they are synthetic: the audit asks about them, and not about"
                " the people behind"
            )
            doubts.append(Skipped(name=f"origin of {name}", reason=reason))
    return doubts
