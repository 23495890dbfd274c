"""Choosing rows of a pool so that their margins are those aimed at: weights first, then rows, none twice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from privacy import Event, OnEvent, silent
from tabsynth.domain import Encoded
from tabsynth.select.margins import Cells, Floats, Margins
from tabsynth.select.swap import balanced

_ROUNDS = 12
_STEP = 5.0
_FEWEST_EXPECTED = 5.0
"""Cochran's rule for chi squared (Biometrics 10, 1954)."""

_HEAVIEST = 20.0
"""Of the mean weight; the lightest is one over it. Beyond, single candidates would stand for too many."""

Rows = NDArray[np.int64]


def choose(
    pool: Encoded, margins: Margins, rows: int, rng: np.random.Generator, on_event: OnEvent = silent
) -> Rows:
    """(rows,) different rows of the pool, in random order, whose margins come near to these; all, if so few."""
    if rows >= len(pool):
        return rng.permutation(len(pool))
    cells = [margins.cells(pool, columns) for columns in margins.columns]
    weights = weigh(cells, margins, on_event)
    drawn = draw_by_weight(weights, _neighbours_first(pool, margins, rng), rows, rng)
    sizes = [len(counts) for counts in margins.counts]
    return rng.permutation(balanced(drawn, cells, sizes, _inclusion(weights, rows), rng))


def weigh(cells: Sequence[Cells], margins: Margins, on_event: OnEvent = silent) -> Floats:
    """(pool rows,) weights of mean 1, by iterative proportional fitting (Deming & Stephan 1940) on all margins.

    cells: of each margin, (pool rows,) the cell of each row.
    """
    size = len(cells[0])
    aims: list[tuple[Cells, Floats]] = []
    for each, counts in zip(cells, margins.counts, strict=True):
        aim = target(np.bincount(each, minlength=len(counts)) / size, counts, margins.noise)
        if aim is not None:
            aims.append((each, aim))
    weights = np.ones(size)
    for done in range(_ROUNDS if aims else 0):
        on_event(Event("calibrating", done, _ROUNDS, f"{len(aims)} of {len(margins.counts)} margins"))
        for each, aim in aims:
            reached = np.bincount(each, weights, len(aim)) / weights.sum()
            step = np.divide(aim, reached, out=np.ones_like(aim), where=reached > 0)
            weights *= np.clip(step, 1 / _STEP, _STEP)[each]
        weights = np.clip(weights / weights.mean(), 1 / _HEAVIEST, _HEAVIEST)
    even: Floats = weights / weights.mean()
    return even


def target(pool: Floats, counts: Floats, noise: float = 0.0) -> Floats | None:
    """(cells,) the shares to aim at: the pool's, moved towards the counts as far as these are more than noise.

    The counts are a sample, with noise of a known variance added to each, if any. Their distance from the pool,
    chi squared, would be about the number of cells if the pool were right; what is more is the pool's fault (a
    method of moments, a little more cautious than James & Stein 1961), taken to be some multiple of what chance
    does to each cell. A cell is moved by the share of the fault in all that it may be off by, so that noise moves
    a thin cell less. Cells in which fewer than `_FEWEST_EXPECTED` would be expected count and move as one: a
    single person there would look like a great misfit. None where nothing is to move. Cells that the pool does not
    reach are left out.
    """
    held = pool > 0
    people = counts[held].sum()
    expected = people * pool / pool[held].sum()
    _, cell = np.unique(np.where(_sparse(expected[held]), -1, np.arange(held.sum())), return_inverse=True)
    wanted, seen = (np.bincount(cell, each[held]) for each in (expected, counts))
    if people <= 0 or len(wanted) < 2:
        return None
    chance = wanted / (wanted + noise * np.bincount(cell))
    beyond = ((seen - wanted) ** 2 * chance / wanted).sum() - (len(wanted) - 1)
    if beyond <= 0:
        return None
    fault = beyond * chance / chance.sum()
    moved = np.maximum(1 + (seen / wanted - 1) * fault / (1 + fault), 1 / _HEAVIEST)
    aim = np.zeros_like(pool)
    aim[held] = expected[held] * moved[cell]
    aimed: Floats = aim / aim.sum()
    return aimed


def _sparse(expected: Floats) -> NDArray[np.bool_]:
    """The cells to count as one: those that expect too few, and the next until together they expect enough."""
    order = np.argsort(expected, kind="stable")
    before = expected[order].cumsum() - expected[order]
    joins = (expected[order] < _FEWEST_EXPECTED) | ((before > 0) & (before < _FEWEST_EXPECTED))
    sparse = np.zeros(len(expected), bool)
    sparse[order[joins]] = True
    return sparse


def draw_by_weight(weights: Floats, order: Rows, rows: int, rng: np.random.Generator) -> Rows:
    """(rows,) different rows, each with a chance in proportion to its weight, spread evenly along `order`.

    Systematic sampling (Madow 1949): rows that stand together in the order are drawn as often as their weights add
    up to, within one.
    """
    chance = _inclusion(weights, rows)
    passed = np.concatenate([[0.0], chance[order].cumsum()])
    passed *= rows / passed[-1]
    at = np.searchsorted(passed[1:], rng.random() + np.arange(rows), side="right")
    is_drawn = np.zeros(len(order), bool)
    is_drawn[np.minimum(at, len(order) - 1)] = True
    # Rounding may make two ticks fall on one row.
    is_drawn[np.flatnonzero(~is_drawn)[: rows - int(is_drawn.sum())]] = True
    return rng.permutation(order[is_drawn])


def _inclusion(weights: Floats, rows: int) -> Floats:
    """(pool rows,) chances that add up to `rows`; where one would exceed 1 it is 1, and others share the rest."""
    sure = np.zeros(len(weights), bool)
    while True:
        chance = np.where(sure, 1.0, weights * (rows - sure.sum()) / max(weights[~sure].sum(), 1e-300))
        over = (chance > 1) & ~sure
        if not over.any():
            return chance
        sure |= over


def _neighbours_first(pool: Encoded, margins: Margins, rng: np.random.Generator) -> Rows:
    """The pool's rows so that like ones stand together: by the groups of the columns that tell most of others."""
    strongest = [columns for columns in margins.columns if len(columns) == 2]
    columns = list(dict.fromkeys(column for pair in strongest for column in pair)) or [0]
    shuffled = rng.permutation(len(pool))
    keys = [margins.maps[3][column][pool.codes[shuffled, column]] for column in reversed(columns)]
    order: Rows = shuffled[np.lexsort(keys)]
    return order
