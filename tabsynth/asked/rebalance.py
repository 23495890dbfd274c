"""Rows in stated shares: each part drawn as free rows that meet its condition, then shuffled."""

from __future__ import annotations

import numpy as np
import pandas as pd

from privacy import ConfigError, OnEvent
from tabsynth.artifact import Model
from tabsynth.asked.boxes import overlapping
from tabsynth.asked.conditioned import Conditioned
from tabsynth.asked.shares import PLACE, ROUNDING, Shares, counted_out, place_of, stated_shares
from tabsynth.asked.typical import CodeBook
from tabsynth.condition import All, AtLeastOne, Condition, NotTrue
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
) -> pd.DataFrame:
    """`n` canonical rows of the learnt columns in the stated shares, by largest remainder.

    What no share states comes as often as in the model, within the rows that are left. where: what all rows
    meet. sieve: of the model's rules, over all parts. Raises ConfigError, before any drawing, when shares overlap
    or one can never be met.
    """
    parts = _parts(model, where, shares)
    counts = counted_out([share for _, share in parts], n)
    drawn = [
        pd.concat(list(part.draw(count, seeds_at(seeds, number), on_event, sieve)))
        for number, ((part, _), count) in enumerate(zip(parts, counts, strict=True))
        if count or not n
    ]
    order = rng_at(seeds, len(parts)).permutation(n)
    return pd.concat(drawn, ignore_index=True).iloc[order].reset_index(drop=True)


def _parts(model: Model, where: Condition | None, shares: Shares) -> list[tuple[Conditioned, float]]:
    """What to draw, with shares that sum to 1: the stated conditions, and the rest unless it is nothing."""
    book = CodeBook(model.encoder, model.schema)
    stated = stated_shares(shares)
    conditions = [
        parse_where(text, model.schema, place_of(number)) for number, (text, _) in enumerate(stated, start=1)
    ]
    within = [condition if where is None else All((where, condition)) for condition in conditions]
    parts = [
        (Conditioned.of(model, condition, place_of(number), book), share)
        for number, (condition, (_, share)) in enumerate(zip(within, stated, strict=True), start=1)
    ]
    _require_apart(within, book)
    left = 1 - sum(share for _, share in stated)
    if left <= ROUNDING:
        return parts
    rest = NotTrue(AtLeastOne(tuple(conditions)))
    return [*parts, (_rest(model, rest if where is None else All((where, rest)), book), left)]


def _require_apart(conditions: list[Condition], book: CodeBook) -> None:
    """ConfigError when a row might count for two shares."""
    both = overlapping(conditions, book)
    if both is not None:
        raise ConfigError(
            f"a row can meet this condition and that of share {both[0] + 1}",
            where=place_of(both[1] + 1),
            todo="state conditions that exclude each other, joined by AND where they are on two columns",
        )


def _rest(model: Model, condition: Condition, book: CodeBook) -> Conditioned:
    """The rows that no share states; ConfigError when there are none."""
    try:
        return Conditioned.of(model, condition, PLACE, book)
    except ConfigError:
        raise ConfigError(
            "the shares sum to less than 100%, but the model draws no rows other than those they state",
            where=PLACE,
            todo="state shares that sum to 100%",
        ) from None
