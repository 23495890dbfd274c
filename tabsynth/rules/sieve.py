"""Rules at work: columns computed, rows that break a rule left out, every one of them counted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from privacy import Schema
from tabsynth.rules.cuts import Cuts
from tabsynth.rules.derivation import in_order, with_derived
from tabsynth.rules.rule import Mask, Rule
from tabsynth.rules.unique import Unique


class Sieve:
    """The rules of one synthetic table, of which rows come in one frame after the other.

    It remembers what must be unique, over all frames; rules about all rows are asked last, so that no row counts
    as another's double which goes itself.
    """

    def __init__(self, rules: Sequence[Rule], schema: Schema) -> None:
        self._rules = sorted(rules, key=lambda rule: rule.is_about_all_rows)
        self._schema = schema
        self._deriving = in_order(rules)
        self._rows_in = 0
        self._cut = np.zeros(len(self._rules), np.int64)
        self._seen: list[set[int]] = [set() for _ in self._rules]
        self._held: list[set[int]] = [set() for _ in self._rules]

    def computed(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame with the columns that rules derive from others."""
        return with_derived(frame, self._deriving, self._schema)

    def through(self, frame: pd.DataFrame, most: int) -> pd.DataFrame:
        """The first `most` rows that meet all rules; those after the last of them are not looked at."""
        broken = self._first_broken(frame)
        let = np.flatnonzero(broken == len(self._rules))[:most]
        looked = len(frame) if len(let) < most else int(let[-1]) + 1 if most else 0
        self._rows_in += looked
        self._cut += np.bincount(broken[:looked], minlength=len(self._rules) + 1)[:-1]
        passed = frame.iloc[let]
        self._remember(passed, self._seen)
        return passed

    def hold(self, rows: pd.DataFrame) -> None:
        """Of all rows let through since the last call only these are used: the others' values are free again."""
        self._remember(rows, self._held)
        self._seen = [set(held) for held in self._held]

    @property
    def cuts(self) -> Cuts:
        """What was cut so far."""
        told = tuple((rule.text(), int(cut)) for rule, cut in zip(self._rules, self._cut, strict=True))
        return Cuts(self._rows_in, told)

    def _first_broken(self, frame: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """(rows,) the number of the rule that cuts each row, as many as there are rules where none does."""
        broken = np.full(len(frame), len(self._rules), np.int64)
        for number, rule in enumerate(self._rules):
            fine = broken == len(self._rules)
            broken[fine & ~self._holds(number, rule, frame, fine)] = number
        return broken

    def _holds(self, number: int, rule: Rule, frame: pd.DataFrame, fine: Mask) -> Mask:
        if not isinstance(rule, Unique):
            return rule.valid(frame, self._schema)
        repeats = np.zeros(len(frame), bool)
        keys, bound = rule.keys(frame), rule.bound(frame) & fine
        repeats[bound] = pd.Series(keys[bound]).duplicated().to_numpy()
        if self._seen[number]:
            repeats |= bound & np.array([key in self._seen[number] for key in keys.tolist()], bool)
        return ~repeats

    def _remember(self, rows: pd.DataFrame, where: list[set[int]]) -> None:
        for number, rule in enumerate(self._rules):
            if isinstance(rule, Unique):
                where[number].update(rule.keys(rows)[rule.bound(rows)].tolist())


def enforced(rules: Sequence[Rule], frame: pd.DataFrame, schema: Schema) -> bool:
    """Whether every row of a canonical frame meets every rule."""
    return all(bool(rule.valid(frame, schema).all()) for rule in rules)
