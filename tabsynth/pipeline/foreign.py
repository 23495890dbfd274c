"""Domain leaks: values in a synthetic table that only a canary can have brought in."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy import Count, Finding, Skipped, Trials, compared, one_line, two_exact
from tabsynth.pipeline.canaries import Canaries, Mark
from tabsynth.pipeline.findings import Game

GAME = Game(
    "canaries",
    "holds the synthetic table; guesses that a value outside the known ranges and levels is a real person's",
)
NAME = "values out of range"


def foreign_finding(
    canaries: Canaries, included: NDArray[np.bool_], table: pd.DataFrame
) -> Finding | Skipped:
    """How many of the planted words and ends of numbers came through; control: those not planted.

    Of every number only one end, drawn at random, has canaries past it: a generator that draws past both ends by
    itself does as much to control. The rest of control are the words of canaries that stayed out.
    """
    planted = {mark for canary, mark in canaries.marks.items() if included[canary]}
    absent = {mark for mark in canaries.marks.values() if not mark.beyond} - planted
    filled = {(mark.column, mark.beyond): mark for mark in planted if mark.beyond}
    tried = [*filled.values(), *(mark for mark in planted if not mark.beyond)]
    beside = [*(end for end in canaries.empty_ends), *absent]
    if not tried or not beside:
        return Skipped(name=f"{GAME.name}: {NAME}", reason="no column has room for a value out of range")
    seen = [mark for mark in tried if _seen(mark, table)]
    trials = Trials(
        name=NAME,
        subject="planted words and ends of numbers",
        success="are in the synthetic table",
        asked=len(tried),
        train=Count(len(seen), len(tried)),
        control=Count(sum(_seen(mark, table) for mark in beside), len(beside)),
        baseline=0.0,
        columns=tuple(sorted({mark.column for mark in seen})),
        note=f"In columns: {', '.join(sorted({one_line(mark.column) for mark in seen}))}" if seen else "",
    )
    return compared(trials, GAME, two_exact)


def _seen(mark: Mark, table: pd.DataFrame) -> bool:
    values = table[mark.column]
    if mark.beyond:
        return bool(((values - mark.limit) * mark.beyond > 0).any())
    return bool((values == mark.value).any())
