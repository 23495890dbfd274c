"""Is the synthetic table as various as people are, or does it say the same again and again?

A generator that collapses keeps the common and loses the rest, and its averages hardly show it.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from privacy.evidence import Evidence
from privacy.fidelity.samples import Codes, Samples, code_limit, coded
from privacy.neighbors import Distance, k_nearest
from privacy.result import Measure
from privacy.ruler import Coordinates
from privacy.wording import SMALL_CELL

CELLS = 10
_COARSER = (5, 3, 2)
MAX_PAIRS = 500
MAX_ROWS = 5_000
NEIGHBOURS = 5

_GROUP = "diversity"


def diversity(evidence: Evidence, samples: Samples, rng: np.random.Generator) -> list[Measure]:
    """Entropy of columns, joint cells that are reached, people who have a like among the rows, repeated rows."""
    if not samples.columns:
        return []
    return [
        *_entropy(samples),
        *_joint_cells(samples, rng),
        *_recall(evidence, rng),
        *_repeats(samples),
    ]


def _entropy(samples: Samples) -> list[Measure]:
    """Entropy of a column over control's, at most 1, mean over the columns that have any."""
    ours, floor = [], []
    for name in samples.columns:
        codes = coded(samples, name, CELLS)
        whole = entropy(codes.control)
        if whole > 0:
            ours.append(min(entropy(codes.synthetic) / whole, 1.0))
            floor.append(min(entropy(codes.train) / whole, 1.0))
    if not ours:
        return []
    return [
        Measure(
            group=_GROUP,
            name="entropy ratio",
            sentence=f"Entropy of the columns in {CELLS} bins or levels, as a share of control's and at most 1,"
            f" mean over {len(ours)} columns.",
            value=float(np.mean(ours)),
            floor=float(np.mean(floor)),
            best="high",
        )
    ]


def entropy(codes: Codes) -> float:
    """Of the codes' shares, in nats; 0 for no rows."""
    shares = np.bincount(codes) / max(len(codes), 1)
    seen = shares[shares > 0]
    return float(-(seen * np.log(seen)).sum())


def _joint_cells(samples: Samples, rng: np.random.Generator) -> list[Measure]:
    """Cells of pairs of columns that control fills and the other table reaches, of all pairs together.

    A column that stands alone is crossed with itself. A small table is asked only for cells in which a table of
    its size would have rows enough, of fewer bins where there are none: few rows are not few kinds of people.
    """
    every = list(combinations(samples.columns, 2)) or [(samples.columns[0], samples.columns[0])]
    if len(every) > MAX_PAIRS:
        every = [every[at] for at in np.sort(rng.permutation(len(every))[:MAX_PAIRS])]
    for bins in (CELLS, *_COARSER):
        filled, ours, floor = _reached(samples, every, bins)
        if filled:
            return [
                Measure(
                    group=_GROUP,
                    name="joint cells reached",
                    sentence=f"Share of the {filled:,} cells of two columns in {bins} bins or levels, which would"
                    f" hold {SMALL_CELL} control rows or more in a table of this size, in which there is any row.",
                    value=ours / filled,
                    floor=floor / filled,
                    best="high",
                )
            ]
    return []


def _reached(samples: Samples, pairs: list[tuple[str, str]], bins: int) -> tuple[int, int, int]:
    """Cells that control fills; of these, those with a synthetic row; those with a train row."""
    least = SMALL_CELL * max(len(samples.control) / max(len(samples.synthetic), 1), 1.0)
    limit = code_limit(bins)
    codes = {name: coded(samples, name, bins) for name in samples.columns}
    filled, ours, floor = 0, 0, 0
    for left, right in pairs:
        both = codes[left].over(codes[right], limit)
        cells = np.flatnonzero(np.bincount(both.control) >= least)
        filled += len(cells)
        ours += int(np.isin(cells, both.synthetic).sum())
        floor += int(np.isin(cells, both.train).sum())
    return filled, ours, floor


def _recall(evidence: Evidence, rng: np.random.Generator) -> list[Measure]:
    """Beta-recall at beta = 1 (Alaa et al., ICML 2022), which is coverage (Naeem et al., ICML 2020, eq. 8)."""
    size = min(len(evidence.train), len(evidence.synthetic), MAX_ROWS)
    control = _some(evidence.control_at, MAX_ROWS, rng)
    if len(control) <= NEIGHBOURS:
        return []
    distance = Distance.plain(control)
    radius = k_nearest(control, control, distance, NEIGHBOURS + 1, rng=rng)[1][:, -1]

    def reached(table: Coordinates) -> float:
        nearest = k_nearest(control, _some(table, size, rng), distance, rng=rng)[1][:, 0]
        return float((nearest <= radius).mean())

    return [
        Measure(
            group=_GROUP,
            name="beta-recall",
            sentence=f"Share of {len(control):,} control rows with one of {size:,} synthetic rows at least as near"
            f" as their {NEIGHBOURS}th nearest control row; floor: as many train rows.",
            value=reached(evidence.synthetic_at),
            floor=reached(evidence.train_at),
            best="high",
        )
    ]


def _some(table: Coordinates, rows: int, rng: np.random.Generator) -> Coordinates:
    return table.take(rng.permutation(len(table))[:rows])


def _repeats(samples: Samples) -> list[Measure]:
    """Rows that are equal to another row of their table."""
    return [
        Measure(
            group=_GROUP,
            name="repeated rows",
            sentence="Share of synthetic rows that another synthetic row equals in every column; floor: the same"
            " of as many train rows.",
            value=repeated(samples.synthetic),
            floor=repeated(samples.train),
        )
    ]


def repeated(rows: pd.DataFrame) -> float:
    """The share of rows that stand there more than once."""
    return float(rows.duplicated(keep=False).mean())
