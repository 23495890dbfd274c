"""Risks of classes: k-map, k-anonymity, l-diversity, t-closeness, prosecutor, journalist, marketer.

They were made for tables of real people. Of a fully synthetic table, "apparent" ones are what a recipient would
read off it; those that count the original's people in the classes that the synthetic table has are the real ones.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from privacy.attacks.disclosure.classes import Classes, Codes, Shares, Targeted


def apparent_k(keys: Classes) -> int:
    """k-anonymity of the synthetic table (Sweeney 2002): its smallest class; 0 when it is empty."""
    return _smallest(keys.in_synthetic[keys.in_synthetic > 0])


def prosecutor(keys: Classes) -> tuple[float, float]:
    """Largest and mean of 1 / s_q over the synthetic rows: the target is known to be in the table."""
    sizes = keys.in_synthetic[keys.in_synthetic > 0]
    return _inverse(_smallest(sizes)), float(sizes.size / max(sizes.sum(), 1))


def k_map(keys: Classes) -> int:
    """The fewest original people in a class that the synthetic table has too (Sweeney 2002); 0 if none is met."""
    return _smallest(keys.in_original[_met(keys)])


def journalist(keys: Classes) -> float:
    """1 / k-map: the best chance to be right when a synthetic row is taken for one of its class in the source."""
    return _inverse(k_map(keys))


def marketer(keys: Classes) -> Shares:
    """(synthetic rows,) 1 / d_q, 0 where nobody is like the row: the chance that naming somebody would be right.

    The mean is the marketer risk, all rows attacked at once (El Emam, Guide to the De-Identification, 2013).
    """
    sizes = keys.in_original[keys.synthetic]
    return np.divide(1.0, sizes, out=np.zeros(len(sizes)), where=sizes > 0)


def in_small_met_class(keys: Classes, fewer_than: int) -> NDArray[np.bool_]:
    """(original rows,) who is in a class that the synthetic table has, with fewer than so many people."""
    flagged: NDArray[np.bool_] = (keys.s > 0) & (keys.d < fewer_than)
    return flagged


def classes_met(keys: Classes) -> int:
    """Classes with original people and synthetic rows: the people hit when one of each class is named."""
    return int(np.count_nonzero(_met(keys)))


def distinct_l(table: Targeted) -> int:
    """Distinct l-diversity (Machanavajjhala et al. 2007): fewest target values in a synthetic class."""
    present = table.pairs.in_synthetic > 0
    values = np.bincount(table.of_pair[present], minlength=len(table.keys.in_synthetic))
    return _smallest(values[table.keys.in_synthetic > 0])


def entropy_l(table: Targeted) -> float:
    """Entropy l-diversity: e to the smallest entropy of the target in a synthetic class; 0 when it is empty."""
    share, owner = _shares(table)
    terms = np.where(share > 0, -share * np.log(np.maximum(share, 1e-300)), 0.0)
    entropy = np.bincount(owner, terms, minlength=len(table.keys.in_synthetic))
    present = table.keys.in_synthetic > 0
    return float(np.exp(entropy[present].min())) if present.any() else 0.0


def t_closeness(table: Targeted) -> float:
    """Largest distance between the target in a synthetic class and in the whole synthetic table.

    Li et al. (ICDE 2007) with equal ground distance, which is total variation and at least the ordered distance.
    """
    share, owner = _shares(table)
    margin = np.zeros(len(share))
    whole = table.targets.in_synthetic / max(len(table.targets.synthetic), 1)
    margin[table.pairs.synthetic] = whole[table.targets.synthetic]
    # Total variation is the sum of what is above the margin; absent values are all below.
    above = np.bincount(owner, np.maximum(share - margin, 0.0), minlength=len(table.keys.in_synthetic))
    return float(above.max(initial=0.0))


def _shares(table: Targeted) -> tuple[Shares, Codes]:
    """(pairs,) s_tq / s_q, and the class q of each pair."""
    owner = table.of_pair
    return table.pairs.in_synthetic / np.maximum(table.keys.in_synthetic[owner], 1), owner


def _met(keys: Classes) -> NDArray[np.bool_]:
    met: NDArray[np.bool_] = (keys.in_original > 0) & (keys.in_synthetic > 0)
    return met


def _smallest(sizes: Codes) -> int:
    return int(sizes.min()) if sizes.size else 0


def _inverse(size: int) -> float:
    return 1 / size if size else 0.0
