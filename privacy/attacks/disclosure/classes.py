"""Classes of people who are alike on the keys, counted in an original table and in a synthetic one.

d_q and s_q are the rows of class q in the original and in the synthetic table, d_tq and s_tq those that also
have the target value t (Raab, Nowok & Dibben, arXiv:2406.16826). All else in this package is arithmetic on these.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Codes = NDArray[np.int64]
Shares = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """original, synthetic: (rows,) the class of every row, numbered from 0.

    in_original, in_synthetic: (classes,) how many rows each class has.
    """

    original: Codes
    synthetic: Codes
    in_original: Codes
    in_synthetic: Codes

    @classmethod
    def of(cls, original: Codes, synthetic: Codes) -> Classes:
        """From the class of every row of the two tables; equal codes are the same class."""
        size = 1 + max(original.max(initial=-1), synthetic.max(initial=-1))
        counts = (np.bincount(table, minlength=size).astype(np.int64) for table in (original, synthetic))
        return cls(original, synthetic, *counts)

    @property
    def d(self) -> Codes:
        """(original rows,) d_q, how many original rows are like this one."""
        return self.in_original[self.original]

    @property
    def s(self) -> Codes:
        """(original rows,) s_q, how many synthetic rows are like this one."""
        return self.in_synthetic[self.original]


@dataclass(frozen=True, slots=True, eq=False)
class Targeted:
    """Classes of the keys, and within them classes of a target.

    keys: the classes q. targets: the classes t. pairs: the classes (t, q), of_pair: (pairs,) the q of each.
    largest: (classes q,) max over t of s_tq, the most synthetic rows of a class that agree on the target.
    """

    keys: Classes
    targets: Classes
    pairs: Classes
    of_pair: Codes
    largest: Codes

    @classmethod
    def of(cls, keys: Classes, targets: Classes) -> Targeted:
        """From keys and target of the same rows."""
        width = max(len(targets.in_original), 1)
        original = keys.original * width + targets.original
        synthetic = keys.synthetic * width + targets.synthetic
        codes, found = pd.factorize(np.concatenate([original, synthetic]))
        pairs = Classes.of(*np.split(codes.astype(np.int64), [len(original)]))
        of_pair = np.asarray(found, np.int64) // width
        largest = np.zeros_like(keys.in_synthetic)
        np.maximum.at(largest, of_pair, pairs.in_synthetic)
        return cls(keys, targets, pairs, of_pair, largest)

    @property
    def pd(self) -> Shares:
        """(original rows,) d_tq / d_q: the share of the row's class that has the row's target value."""
        return self.pairs.d / self.keys.d

    @property
    def ps(self) -> Shares:
        """(original rows,) s_tq / s_q, the same in the synthetic table; 0 where the class is not in it."""
        shares: Shares = self.pairs.s / np.maximum(self.keys.s, 1)
        return shares
