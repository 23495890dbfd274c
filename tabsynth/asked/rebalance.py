"""Rows in stated shares: each part drawn as free rows that meet its condition, then shuffled."""

from __future__ import annotations

import numpy as np
import pandas as pd

from privacy import ConfigError, OnEvent
from tabsynth.artifact import Model
from tabsynth.asked.apart import no_rest, require_apart, rest_of
from tabsynth.asked.conditioned import Conditioned
from tabsynth.asked.shares import ROUNDING, Places, Shares, counted_out, stated_shares
from tabsynth.asked.typical import CodeBook
from tabsynth.condition import All, Condition
from tabsynth.rules import Sieve
from tabsynth.seeds import rng_at, seeds_at
from tabsynth.where import parse_where


def rebalanced(
    model: Model,
    n: int,
    seeds: np.random.SeedSequence,
    where: Condition | None,
    shares: Shares,
    on_event: OnEvent,
    sieve: Sieve,
    places: Places,
) -> pd.DataFrame:
    """`n` canonical rows of the learnt columns in the stated shares, by largest remainder.

    What no share states comes as often as in the model, within the rows that are left. where: what all rows
    meet. sieve: of the model's rules, over all parts. places: what messages call the shares. Raises ConfigError,
    before any drawing, when shares overlap or one can never be met.
    """
    parts = _parts(model, where, shares, places)
    counts = counted_out([share for _, share in parts], n)
    drawn = [
        pd.concat(list(part.draw(count, seeds_at(seeds, number), on_event, sieve)))
        for number, ((part, _), count) in enumerate(zip(parts, counts, strict=True))
        if count or not n
    ]
    order = rng_at(seeds, len(parts)).permutation(n)
    return pd.concat(drawn, ignore_index=True).iloc[order].reset_index(drop=True)


def _parts(
    model: Model, where: Condition | None, shares: Shares, places: Places
) -> list[tuple[Conditioned, float]]:
    """What to draw, with shares that sum to 1: the stated conditions, and the rest unless it is nothing."""
    book = CodeBook(model.encoder, model.schema)
    stated = stated_shares(shares)
    conditions = [
        parse_where(text, model.schema, places.of(number)) for number, (text, _) in enumerate(stated, start=1)
    ]
    within = [condition if where is None else All((where, condition)) for condition in conditions]
    parts = [
        (Conditioned.of(model, condition, places.of(number), book), share)
        for number, (condition, (_, share)) in enumerate(zip(within, stated, strict=True), start=1)
    ]
    require_apart(within, book, places)
    left = 1 - sum(share for _, share in stated)
    if left <= ROUNDING:
        return parts
    rest = rest_of(conditions)
    return [*parts, (_rest(model, rest if where is None else All((where, rest)), book, places), left)]


def _rest(model: Model, condition: Condition, book: CodeBook, places: Places) -> Conditioned:
    """The rows that no share states; ConfigError when there are none."""
    try:
        return Conditioned.of(model, condition, places.together, book)
    except ConfigError:
        raise no_rest(places) from None
